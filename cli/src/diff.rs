//! `meshveil diff`: what a change of manifests and policies means.

use std::path::PathBuf;

use clap::ValueEnum;
use meshveil_answers::{Document, diff::Diff};

use crate::{
    Failure, input, page,
    render::{self, Output},
};

/// Compare two states: who gains or loses access, connections, locks
///
/// Compares two states of the same cluster, each with its manifests and policies, by their meaning and not by their
/// text: a policy that is split or renamed is no change. The exit code fails a pull request that gives access.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies and manifests before the change: a file, a directory, a pattern, `-` for standard input
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The same after it
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Compare sensitive fields only, and leave connections out
    #[arg(long)]
    fields_only: bool,
    /// How changes are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    output: Format,
}

const AFTER_HELP: &str = "\
Examples:
  git worktree add ../main main && meshveil diff ../main/deploy deploy
  meshveil diff before/ after/ --output markdown >> \"$GITHUB_STEP_SUMMARY\"
  meshveil diff before/ after/ --output html > diff.html
  kustomize build overlays/production | meshveil diff production.yaml -

Exit codes: 0 nothing changed or access only became stricter, 1 faults in the files, 2 wrong usage or a file that \
cannot be read, 3 access is gained or a lock is weaker.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// For a comment on a pull request
    Markdown,
    /// A page that needs nothing else
    Html,
}

/// Compares two states.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.before.as_os_str() == "-" && arguments.after.as_os_str() == "-" {
        return Err(Failure::Usage("only one side can be standard input".to_owned()));
    }
    let output = if arguments.output == Format::Json { Output::Json } else { Output::Text };
    let [before, after] =
        [&arguments.before, &arguments.after].map(|path| input::cluster(std::slice::from_ref(path), output));
    let (before, after) = (before?, after?);
    // What could not be rendered is empty, and would pass for a change that takes everything away.
    if after.manifests.workloads.is_empty() {
        return Err(Failure::Usage(format!("no workload in `{}`: nothing to compare", arguments.after.display())));
    }
    let diff = Diff::find(&before, &after, !arguments.fields_only);
    for title in &diff.not_compared {
        eprintln!("note: the locks of {title} are not compared: too many objects; see `simulate --single-fault`");
    }
    let is_dangerous = diff.is_dangerous();
    match arguments.output {
        Format::Text => render::print(&render::diff::text(&diff))?,
        Format::Json => render::document(&Document::diff(diff))?,
        Format::Markdown => render::print(&render::diff::markdown(&diff))?,
        Format::Html => {
            let [before, after] = [&arguments.before, &arguments.after].map(|path| path.display().to_string());
            render::print_as_it_is(&meshveil_report::diff(&diff, &before, &after, &page::origin()))?;
        }
    }
    if is_dangerous { Err(Failure::Exposed) } else { Ok(()) }
}
