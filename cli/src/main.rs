//! `meshveil`: one verb per file.

mod admin;
mod check;
mod completions;
mod convert;
mod diff;
mod discover;
mod expect;
mod explain;
mod failure;
mod fix;
mod generate;
mod init;
mod input;
mod man;
mod mask;
mod package;
mod page;
mod plan;
mod playground;
mod render;
mod report;
mod schema;
mod simulate;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Masks sensitive fields of JSON for callers who may not see them.
#[derive(Debug, Parser)]
#[command(name = "meshveil", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil init --openapi openapi.yaml --manifests k8s/ -o policy.yaml
  meshveil check policy.yaml k8s/
  meshveil generate policy.yaml -o mesh/
  meshveil simulate policy.yaml k8s/ mesh/
  meshveil explain frontend customers ssn -m policy.yaml k8s/ mesh/

Exit codes: 0 done, 1 findings or malformed input, 2 wrong usage or input/output failed, 3 a source gets more than a \
policy grants.";

#[derive(Debug, Subcommand)]
enum Verb {
    Check(check::Arguments),
    Completions(completions::Arguments),
    Convert(convert::Arguments),
    Diff(diff::Arguments),
    Discover(discover::Arguments),
    Explain(explain::Arguments),
    Generate(generate::Arguments),
    Init(init::Arguments),
    Man(man::Arguments),
    Mask(mask::Arguments),
    Package(package::Arguments),
    Plan(plan::Arguments),
    Playground(playground::Arguments),
    Report(report::Arguments),
    Schema(schema::Arguments),
    Simulate(simulate::Arguments),
    Verify(verify::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.verb {
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Completions(arguments) => completions::run(&arguments),
        Verb::Convert(arguments) => convert::run(&arguments),
        Verb::Diff(arguments) => diff::run(&arguments),
        Verb::Discover(arguments) => discover::run(&arguments),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::Generate(arguments) => generate::run(&arguments),
        Verb::Init(arguments) => init::run(&arguments),
        Verb::Man(arguments) => man::run(&arguments),
        Verb::Mask(arguments) => mask::run(&arguments),
        Verb::Package(arguments) => package::run(&arguments),
        Verb::Plan(arguments) => plan::run(&arguments),
        Verb::Playground(arguments) => playground::run(&arguments),
        Verb::Report(arguments) => report::run(&arguments),
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::Simulate(arguments) => simulate::run(&arguments),
        Verb::Verify(arguments) => verify::run(&arguments),
    };
    match result {
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(failure @ (Failure::Findings | Failure::Exposed)) => ExitCode::from(failure.exit_code()),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
