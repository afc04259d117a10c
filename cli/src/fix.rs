//! `check --fix`: shows the changes, or writes them to the files.

use std::{fs, io::Write};

use meshveil_answers::fixes::Fixed;
use similar::TextDiff;

use crate::Failure;

/// Prints the changes as a unified diff.
pub(crate) fn show(before: &[(String, String)], fixed: &Fixed) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    for ((name, old), (_, new)) in before.iter().zip(&fixed.texts).filter(|((_, old), (_, new))| old != new) {
        let diff = TextDiff::from_lines(old.as_str(), new.as_str());
        let text = diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
        output.write_all(text.as_bytes()).map_err(Failure::writing)?;
    }
    if fixed.done.is_empty() {
        return writeln!(output, "nothing to fix").map_err(Failure::writing);
    }
    Err(Failure::Findings)
}

/// Writes what changed, and says so on standard error.
pub(crate) fn write(before: &[(String, String)], fixed: &Fixed) -> Result<(), Failure> {
    for ((name, old), (_, new)) in before.iter().zip(&fixed.texts) {
        if old != new {
            fs::write(name, new).map_err(|error| Failure::Io { what: format!("write `{name}`"), error })?;
        }
    }
    for line in &fixed.done {
        eprintln!("fixed: {line}");
    }
    for line in &fixed.left {
        eprintln!("not fixed, because something else would be wrong: {line}");
    }
    Ok(())
}
