//! `meshveil schema`: the JSON schema of policies.

use std::io::Write;

use crate::Failure;

/// Print the JSON schema of policies, for editors
///
/// An editor with the YAML language server takes it from the first line of a policy:
/// `# yaml-language-server: $schema=meshveil.schema.json`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Print the CustomResourceDefinition instead, for clusters that are to keep policies
    #[arg(long)]
    crd: bool,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil schema > meshveil.schema.json
  meshveil schema --crd | kubectl apply -f -";

/// Prints the schema.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    use meshveil_policy::schema::{definition, json_schema};
    let schema = if arguments.crd { definition() } else { json_schema() };
    let schema = serde_json::to_string_pretty(&schema).map_err(Failure::usage)?;
    writeln!(std::io::stdout().lock(), "{schema}").map_err(Failure::writing)
}
