//! `meshveil convert`: policies in the newest version of the format.

use std::{fs, io::Write, path::PathBuf};

use meshveil_policy::convert;
use meshveil_text::{Documents, Severity};

use crate::{
    Failure, input,
    render::{self, Output},
};

/// Write policies in the newest version of the format
///
/// Only `apiVersion` changes. Comments, manifests in the same files and everything else stay byte for byte.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Files, directories and patterns; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Change the files; without it the one text is printed
    #[arg(short, long)]
    write: bool,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil convert policy.yaml
  meshveil convert --write policies/
  kubectl get maskingpolicies -A -o yaml | meshveil convert -

Exit codes: 0 done, 1 a version that is not known or a text that is not YAML: nothing is written, 2 wrong usage or \
input/output failed.";

/// Converts policies.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let is_input = arguments.paths.iter().any(|path| path.as_os_str() == "-");
    if arguments.write && is_input {
        return Err(Failure::Usage("`--write` changes files, and standard input cannot be changed".to_owned()));
    }
    let texts = input::texts(&arguments.paths)?;
    if !arguments.write && texts.len() != 1 {
        return Err(Failure::Usage(format!("expected one file, found {}: `--write` changes several", texts.len())));
    }
    let documents = Documents::parse(texts.clone());
    let converted = convert(&documents);
    if converted.findings.iter().any(|finding| finding.severity >= Severity::Error) {
        render::findings(Output::Text, &documents.files, &converted.findings)?;
        return Err(Failure::Findings);
    }
    for ((name, old), (_, new)) in texts.iter().zip(&converted.texts) {
        if !arguments.write {
            std::io::stdout().lock().write_all(new.as_bytes()).map_err(Failure::writing)?;
        } else if old != new {
            fs::write(name, new).map_err(|error| Failure::Io { what: format!("write `{name}`"), error })?;
        }
    }
    eprintln!("{} converted, {} in the newest version already", converted.changed, converted.current);
    Ok(())
}
