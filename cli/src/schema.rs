//! `meshveil schema`: the JSON schema of policies.

use std::io::Write;

use crate::Failure;

/// Print the JSON schema of policies, for editors
///
/// An editor with the YAML language server takes it from the first line of a policy:
/// `# yaml-language-server: $schema=meshveil.schema.json`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {}

const AFTER_HELP: &str = "\
Examples:
  meshveil schema > meshveil.schema.json";

/// Prints the schema.
pub(crate) fn run(_: &Arguments) -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&meshveil_policy::schema::json_schema())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    writeln!(std::io::stdout().lock(), "{schema}").map_err(Failure::writing)
}
