//! `meshveil check`: what is wrong with policies.

use std::path::PathBuf;

use meshveil_policy::Policies;
use meshveil_source::Severity;

use crate::{
    Failure, input,
    render::{self, Output},
};

/// Check policies, and say everything that is wrong with them
///
/// Other kinds in the same files are left alone. Exit code 1 when there is an error or a warning; notes do not count.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files and directories; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

/// Checks policies.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let policies = Policies::read(input::texts(&arguments.paths)?);
    if policies.policies.is_empty() && policies.findings.is_empty() {
        return Err(Failure::Usage("no policy found: `kind: MaskingPolicy` in none of the files".to_owned()));
    }
    render::findings(arguments.output, &policies.files, &policies.findings)?;
    if policies.findings.iter().any(|finding| finding.severity > Severity::Note) {
        return Err(Failure::Findings);
    }
    Ok(())
}
