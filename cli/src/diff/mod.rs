//! `meshveil diff`: what a change of manifests and policies means.

mod access;
mod change;
mod connections;
mod locks;
mod render;
mod settings;
mod side;
mod spare;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::{Failure, cluster::Cluster, render::Output};
use change::Effect;
use side::{Pairs, Side};

/// Say what a change means: who gains or loses access, connections, locks
///
/// Compares two states of the same cluster, each with its manifests and policies, by their meaning and not by their
/// text: a policy that is split or renamed is no change. The exit code holds a pull request that gives access.
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
  kustomize build overlays/production | meshveil diff production.yaml -

Exit codes: 0 nothing changed or access only became stricter, 1 faults in the files, 2 wrong usage or a file that \
cannot be read, 3 somebody gains access or a lock is weaker.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// For a comment on a pull request
    Markdown,
}

/// Compares two states.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.before.as_os_str() == "-" && arguments.after.as_os_str() == "-" {
        return Err(Failure::Usage("only one side can be standard input".to_owned()));
    }
    let output = if arguments.output == Format::Json { Output::Json } else { Output::Text };
    let [before, after] =
        [&arguments.before, &arguments.after].map(|path| Cluster::read(std::slice::from_ref(path), output));
    let (before, after) = (before?, after?);
    // What could not be rendered is empty, and would pass for a change that takes everything away.
    if after.manifests.workloads.is_empty() {
        return Err(Failure::Usage(format!("no workload in `{}`: nothing to compare", arguments.after.display())));
    }
    let (reach_before, reach_after) = (before.reach(), after.reach());
    let (before, after) = (Side::new(&before, &reach_before), Side::new(&after, &reach_after));
    let pairs = Pairs::new(&before, &after);
    let mut changes = side::workloads(&pairs);
    let accesses = access::all(&pairs);
    changes.extend(access::changes(&accesses));
    changes.extend(settings::changes(&pairs));
    changes.extend(locks::changes(&pairs, &accesses));
    changes.extend(spare::changes(&pairs));
    if !arguments.fields_only {
        changes.extend(connections::changes(&pairs));
    }
    changes.sort();
    changes.dedup();
    match arguments.output {
        Format::Text => render::text(&changes)?,
        Format::Json => render::json(&changes)?,
        Format::Markdown => render::markdown(&changes)?,
    }
    if changes.iter().any(|change| change.effect <= Effect::Weaker) {
        return Err(Failure::Exposed);
    }
    Ok(())
}
