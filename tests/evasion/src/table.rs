//! The table: by kind of attack, how many got through each filter, and how many ordinary responses arrived as they should.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::run::Outcome;

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What became of each case.
    pub outcomes: Vec<Outcome>,
}

/// The table as Markdown. A cell of an attack is `got through/tried`, one of ordinary responses `arrived/sent`.
#[must_use]
pub fn markdown(columns: &[Column]) -> String {
    let mut kinds: BTreeMap<(bool, &str), ()> = BTreeMap::new();
    for outcome in columns.iter().flat_map(|column| &column.outcomes) {
        kinds.insert((outcome.kind == "ordinary", &outcome.kind), ());
    }
    let mut text = String::new();
    let headings: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| | {} |", headings.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(columns.len()));
    for (is_ordinary, kind) in kinds.into_keys() {
        let what =
            if is_ordinary { "ordinary responses that arrive".to_owned() } else { format!("{kind}: got through") };
        let cells = columns.iter().map(|column| {
            let own: Vec<&Outcome> = column.outcomes.iter().filter(|outcome| outcome.kind == kind).collect();
            let counted =
                own.iter().filter(|outcome| if is_ordinary { outcome.is_right() } else { outcome.leak.is_some() });
            format!("{} of {}", counted.count(), own.len())
        });
        let _ = writeln!(text, "| {what} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    text
}
