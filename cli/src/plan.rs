//! `meshveil plan`: the filter's configuration for a policy.

use std::{io::Write, path::PathBuf};

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
    let policies = Policies::from_texts(input::texts(std::slice::from_ref(&arguments.file))?);
    if !policies.is_sound() {
        render::findings(Output::Text, &policies.files, &policies.findings)?;
        return Err(Failure::Findings);
    }
    let [policy] = policies.policies.as_slice() else {
        return Err(Failure::Usage(format!("expected one policy, found {}", policies.policies.len())));
    };
    let plan = serde_json::to_string_pretty(&policy.plan()).map_err(|error| Failure::Usage(error.to_string()))?;
    writeln!(std::io::stdout().lock(), "{plan}").map_err(Failure::writing)
}
