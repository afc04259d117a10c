//! `meshveil plan`: the filter's configuration for a policy.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use meshveil_plan::Plan;
use meshveil_policy::Policies;

use crate::{
    Failure, input,
    render::{self, Output},
};

/// Print the configuration of the filter for a policy, as JSON
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A file with one policy; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil plan policy.yaml | jq .callers";

/// Prints the plan of the only policy.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let plan = serde_json::to_string_pretty(&read(&arguments.file)?).map_err(Failure::usage)?;
    writeln!(std::io::stdout().lock(), "{plan}").map_err(Failure::writing)
}

/// The plan of the only policy of a file.
pub(crate) fn read(file: &Path) -> Result<Plan, Failure> {
    let policies = Policies::from_texts(input::texts(&[file.to_owned()])?);
    if !policies.is_sound() {
        render::findings(Output::Text, &policies.files, &policies.findings)?;
        return Err(Failure::Findings);
    }
    match policies.policies.as_slice() {
        [policy] => Ok(policy.plan()),
        several => Err(Failure::Usage(format!("expected one policy, found {}", several.len()))),
    }
}
