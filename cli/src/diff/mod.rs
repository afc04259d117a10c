//! `meshveil diff`: what a change of manifests and policies means.

mod access;
mod change;
mod connections;
mod locks;
mod render;
mod settings;
mod side;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::{Failure, cluster::Cluster};
use change::Effect;
use side::{Pairs, Side};

/// Say what a change means: who gains or loses access, connections, locks
///
/// Compares two states of the same cluster, each with its manifests and policies. Exit code 0 when nothing changed or access
/// only became stricter, 3 when somebody gained access or a lock became weaker, so that a pull request can be held.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A file or directory before the change
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The same after it; `-` is standard input
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Compare sensitive fields only, and leave connections out
    #[arg(long)]
    fields_only: bool,
    /// How changes are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

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
    let [before, after] = [&arguments.before, &arguments.after].map(|path| Cluster::read(std::slice::from_ref(path)));
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
