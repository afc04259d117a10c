//! `meshveil playground`: policy and body left, what every caller gets right, in a page that asks nobody.

use std::path::PathBuf;

use crate::{Failure, page};

/// Write a page in which a policy and a body can be edited and every caller's view is seen
///
/// The page holds the engine, the checks of policies and the rules of reachability of this very program as WebAssembly. What is typed
/// stays in the page: it makes no request.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The policy to begin with; otherwise a sample
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The body in JSON to begin with: its values are in the page
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil playground -o playground.html
  meshveil playground --policy policy.yaml --sample customers.json -o playground.html

Exit codes: 0 done, 2 wrong usage, a file that cannot be read, or a program that was built without the playground.";

/// What the fields hold at first.
const POLICY: &str = include_str!("playground/policy.yaml");
const SAMPLE: &str = include_str!("playground/body.json");

/// Writes the page.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let module = page::module().ok_or_else(|| Failure::Usage(page::WITHOUT.to_owned()))?;
    let read = |path: &Option<PathBuf>, otherwise: &str| match path {
        Some(path) => page::text(path).map(|(_, text)| text),
        None => Ok(otherwise.to_owned()),
    };
    let (policy, sample) = (read(&arguments.policy, POLICY)?, read(&arguments.sample, SAMPLE)?);
    let text = meshveil_report::playground(&module, &policy, &sample, &page::origin());
    page::write(&arguments.output, &text)
}
