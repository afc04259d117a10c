//! `meshveil generate`: the manifests that force traffic through the filter.

use std::{fs, io::Write, path::PathBuf};

use clap::ValueEnum;
use meshveil_policy::Policies;
use meshveil_source::Severity;

use crate::{
    Failure,
    emit::{self, Image, Source},
    input,
    render::{self, Output},
};

/// Write every manifest that forces traffic through the filter
///
/// The same policy always gives the same text; each document names the line of the policy it comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file with one policy; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the workloads run on
    #[arg(long, value_enum, default_value_t = Target::IstioSidecar)]
    target: Target,
    /// Where sidecars get the module
    #[arg(long, value_name = "URL", default_value = "oci://registry.example.com/meshveil:0.1.0")]
    url: String,
    /// SHA-256 of the module, which sidecars then check
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    sha256: Option<String>,
    /// The directory to write to; `-` is standard output
    #[arg(short, long, value_name = "DIR", default_value = "-")]
    output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Istio with a sidecar beside each workload
    IstioSidecar,
}

fn sha256(text: &str) -> Result<String, String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok(text.to_ascii_lowercase()) } else { Err("expected 64 hexadecimal digits".to_owned()) }
}

/// Writes the manifests of the only policy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let policies = Policies::read(input::texts(std::slice::from_ref(&arguments.file))?);
    let errors: Vec<_> =
        policies.findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        render::findings(Output::Text, &policies.files, &errors)?;
        return Err(Failure::Findings);
    }
    let [policy] = policies.policies.as_slice() else {
        return Err(Failure::Usage(format!("expected one policy, found {}", policies.policies.len())));
    };
    let image = Image { url: arguments.url.clone(), sha256: arguments.sha256.clone() };
    let source = Source { files: &policies.files, policy, image: &image };
    let files = match arguments.target {
        Target::IstioSidecar => emit::istio_sidecar(&source),
    };
    if arguments.output.as_os_str() == "-" {
        let texts: Vec<String> = files.into_iter().map(|file| file.text).collect();
        return std::io::stdout().lock().write_all(texts.join("---\n").as_bytes()).map_err(Failure::writing);
    }
    fs::create_dir_all(&arguments.output).map_err(Failure::reading(&arguments.output))?;
    for file in files {
        let path = arguments.output.join(file.name);
        fs::write(&path, file.text)
            .map_err(|error| Failure::Io { what: format!("write `{}`", path.display()), error })?;
    }
    Ok(())
}
