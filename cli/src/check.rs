//! `meshveil check`: what is wrong with policies and manifests.

use std::{path::PathBuf, time::SystemTime};

use meshveil_answers::{checks::inspect_on, cluster::skipped, fixes};
use meshveil_policy::Date;
use meshveil_text::Severity;

use crate::{
    Failure, fix, input,
    render::{self, Output},
};

/// Check policies and manifests, and say everything that is wrong with them
///
/// Policies are checked by themselves; Kubernetes and Istio manifests for classic mistakes and for known bypasses of the
/// sidecars of protected workloads.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies and manifests: files, directories, patterns such as 'policies/*.yaml', `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Change the files where a change removes a finding and gives no access, then check again
    #[arg(long)]
    fix: bool,
    /// Write nothing: print the changes that `--fix` would make; exit code 1 where there are any
    #[arg(long, requires = "fix")]
    dry_run: bool,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil check
  meshveil check 'policies/*.yaml' manifests/
  meshveil check --fix --dry-run manifests/
  kustomize build overlays/production | meshveil check policy.yaml -
  meshveil check --output sarif . > meshveil.sarif

Exit codes: 0 clean (notes do not count), 1 an error or a warning, 2 wrong usage or a file that cannot be read.";

/// Checks policies and manifests.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.fix && arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Usage("`--fix` changes files, and standard input cannot be changed".to_owned()));
    }
    let mut texts = input::texts(&arguments.paths)?;
    if arguments.fix {
        let fixed = fixes::apply(&texts);
        if arguments.dry_run {
            return fix::show(&texts, &fixed);
        }
        fix::write(&texts, &fixed)?;
        texts = fixed.texts;
    }
    let found = inspect_on(texts, Some(Date::of(SystemTime::now())));
    if let Some(note) = skipped(&found.skipped) {
        eprintln!("{note}");
    }
    if found.is_without_workloads {
        eprintln!("note: no workload is read: policies of the network and the mesh are checked by themselves");
    }
    if found.is_empty {
        return Err(Failure::Usage(
            "nothing to check: no policy and no object of a known kind in any of the files".to_owned(),
        ));
    }
    render::findings(arguments.output, &found.files, &found.findings)?;
    if found.findings.iter().any(|finding| finding.severity > Severity::Note) {
        return Err(Failure::Findings);
    }
    Ok(())
}
