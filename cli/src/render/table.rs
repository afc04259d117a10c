//! Cells in columns, as wide as the terminal allows.

use std::io::IsTerminal;

use terminal_size::{Width, terminal_size};

/// What stands behind a form that is more than a policy grants.
pub(super) const MORE: char = '!';

/// What stands behind a form that is less.
pub(super) const LESS: char = '<';

/// Bold red, and what ends it.
const ALARM: (&str, &str) = ("\u{1b}[1;31m", "\u{1b}[0m");

/// Cells in columns, a line each. In a terminal that is narrower, some columns at a time, each time with the first.
pub(super) fn aligned(lines: &[Vec<String>]) -> String {
    let stdout = std::io::stdout();
    // `COLUMNS` is not asked: the reader of a pipe wants each row whole.
    let width = if stdout.is_terminal() { terminal_size() } else { None };
    within(lines, width.map_or(usize::MAX, |(Width(width), _)| usize::from(width)))
}

fn within(lines: &[Vec<String>], limit: usize) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let first = widths.first().copied().unwrap_or(0);
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let mut taken = 0;
    for (column, width) in widths.iter().enumerate().skip(1) {
        let next = taken + 2 + width;
        match blocks.last_mut() {
            Some(block) if next <= limit => (taken, _) = (next, block.push(column)),
            _ => (taken, _) = (first + 2 + width, blocks.push(vec![column])),
        }
    }
    let mut texts = Vec::new();
    for block in blocks {
        let mut text = String::new();
        for (row, line) in lines.iter().enumerate() {
            let cells = std::iter::once(0).chain(block.iter().copied());
            let cells =
                cells.filter_map(|column| Some((line.get(column)?, widths.get(column)?, row > 0 && column > 0)));
            let cells: Vec<String> = cells.map(|(cell, width, is_inner)| padded(cell, *width, is_inner)).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        texts.push(text);
    }
    texts.join("\n")
}

fn padded(cell: &str, width: usize, is_inner: bool) -> String {
    let space = " ".repeat(width.saturating_sub(cell.chars().count()));
    let (on, off) = if is_inner && cell.ends_with(MORE) { ALARM } else { ("", "") };
    format!("{on}{cell}{off}{space}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn a_narrow_terminal_gets_some_columns_at_a_time() {
        let rows = rows(&[&["to x", "ssn", "card", "notes"], &["a/long", "clear", "masked", "denied"]]);
        assert_eq!(within(&rows, 80), "to x    ssn    card    notes\na/long  clear  masked  denied\n");
        assert_eq!(within(&rows, 21), "to x    ssn    card\na/long  clear  masked\n\nto x    notes\na/long  denied\n");
        let narrow = within(&rows, 1);
        assert_eq!(narrow.matches("a/long").count(), 3, "a column each, however narrow: {narrow}");
    }

    #[test]
    fn only_what_is_too_much_is_coloured_and_columns_stay_straight() {
        let rows = rows(&[&["to x", "odd!", "b"], &["a", "clear!", "c"]]);
        assert_eq!(within(&rows, 80), "to x  odd!    b\na     \u{1b}[1;31mclear!\u{1b}[0m  c\n");
    }
}
