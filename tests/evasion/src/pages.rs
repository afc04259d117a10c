//! The tables of the pages, made from the figures that are kept.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::results::{ORDINARY, Results, Tally, total};

/// What stands around a table that is made.
const BEGIN: &str = "<!-- Made from tests/evasion/results.json, which `make evasion` writes -->\n";
const END: &str = "<!-- End -->\n";

/// How a table is made.
type Table = fn(&Results) -> String;

/// The pages, and their tables.
const PAGES: [(&str, Table); 2] = [("README.md", summary), ("docs/evasion.md", by_kind)];

/// One line for each filter: attacks that got through, and ordinary responses that were lost.
#[must_use]
pub fn summary(results: &Results) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| | attacks that got through | ordinary responses lost or damaged |\n|---|---:|---:|");
    for (index, row) in results.filters.iter().enumerate() {
        let name = if index == 0 { format!("**{}**", row.name) } else { row.name.clone() };
        let _ = writeln!(text, "| {name} | {} | {} |", cell(row.total(false)), cell(row.total(true)));
    }
    text
}

/// One line for each kind of case, one column for each filter.
#[must_use]
pub fn by_kind(results: &Results) -> String {
    let kinds = results.filters.iter().flat_map(|row| row.kinds.keys()).chain(results.ours_alone.keys());
    let kinds: BTreeSet<(bool, &str)> = kinds.map(|kind| (kind == ORDINARY, kind.as_str())).collect();
    let names: Vec<&str> = results.filters.iter().map(|row| row.name.as_str()).collect();
    let mut text = String::new();
    let _ = writeln!(text, "| | {} | meshveil alone |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(names.len() + 1));
    for (is_ordinary, kind) in kinds {
        let what = if is_ordinary { "ordinary responses: lost".to_owned() } else { format!("{kind}: got through") };
        let tallies = results.filters.iter().map(|row| &row.kinds).chain([&results.ours_alone]);
        let cells = tallies.map(|kinds| kinds.get(kind).map_or_else(|| "–".to_owned(), |tally| cell(*tally)));
        let _ = writeln!(text, "| {what} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    let all = results.filters.iter().map(|row| row.total(false)).chain([total(&results.ours_alone, false)]);
    let _ = writeln!(text, "| all attacks | {} |", all.map(cell).collect::<Vec<_>>().join(" | "));
    text
}

fn cell(tally: Tally) -> String {
    format!("{} of {}", tally.failed, tally.cases)
}

/// Each page as it has to be, with its path.
///
/// # Errors
/// A page is missing, or has no place for its table.
pub fn current(results: &Results) -> Result<Vec<(PathBuf, String)>> {
    let root = meshveil_tests::artifact::workspace();
    PAGES
        .iter()
        .map(|(page, table)| {
            let path = root.join(page);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let (before, rest) = text.split_once(BEGIN).with_context(|| format!("{page}: no place for the table"))?;
            let (_, after) = rest.split_once(END).with_context(|| format!("{page}: the table does not end"))?;
            let text = [before, BEGIN, &table(results), END, after].concat();
            Ok((path, text))
        })
        .collect()
}

/// Writes the tables again.
///
/// # Errors
/// As [`current`].
pub fn write(results: &Results) -> Result<()> {
    for (path, text) in current(results)? {
        fs::write(path, text)?;
    }
    Ok(())
}
