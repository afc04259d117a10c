//! Cells in columns, as wide as the terminal allows.

use std::io::IsTerminal;

use terminal_size::{Width, terminal_size};

/// What stands behind a form that is more than a policy grants.
pub(super) const MORE: char = '!';

/// What stands behind a form that is less.
pub(super) const LESS: char = '<';

/// Bold red, and what ends it.
const ALARM: (&str, &str) = ("\u{1b}[1;31m", "\u{1b}[0m");

/// Columns of text that everybody can read, where there is no terminal.
const USUAL: usize = 80;

/// The width of a heading that is not made narrower.
const NARROW: usize = 12;

/// Lines of names below a row; what does not fit is counted.
const BELOW: usize = 2;

/// A table: its first column is repeated where columns are shown some at a time.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The heading of the first column.
    pub(super) title: String,
    /// Names of each further column, of which there may be several.
    pub(super) heads: Vec<Vec<String>>,
    /// The rows.
    pub(super) rows: Vec<Line>,
}

/// A row of a table.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The cells, the first one included.
    pub(super) cells: Vec<String>,
    /// Names that the first cell stands for.
    pub(super) below: Vec<String>,
}

/// Cells in columns, a line each. In a terminal that is narrower, some columns at a time, each time with the first.
pub(super) fn aligned(lines: &[Vec<String>]) -> String {
    // `COLUMNS` is not asked: the reader of a pipe wants each row whole.
    within(lines, terminal().unwrap_or(usize::MAX))
}

impl Table {
    /// The table as text that fits the terminal, or 80 columns; with `wide` each row is a line, however long.
    pub(super) fn text(&self, wide: bool) -> String {
        self.within(if wide { usize::MAX } else { terminal().unwrap_or(USUAL) })
    }

    fn within(&self, limit: usize) -> String {
        let heads = self.headings(limit);
        let height = heads.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let head = |line: usize| {
            let first = if line == 0 { self.title.clone() } else { String::new() };
            std::iter::once(first).chain(heads.iter().map(|head| head.get(line).cloned().unwrap_or_default())).collect()
        };
        let mut lines: Vec<Vec<String>> = (0..height).map(head).collect();
        lines.extend(self.rows.iter().map(|row| row.cells.clone()));
        let mut text = String::new();
        for (at, line) in within_after(&lines, limit, height).lines().enumerate() {
            text += &format!("{line}\n");
            // Below the first block of columns only.
            let row = at.checked_sub(height).and_then(|row| self.rows.get(row));
            for below in row.map(|row| named(&row.below, limit)).unwrap_or_default() {
                text += &format!("  {below}\n");
            }
        }
        text
    }

    /// The names of each column in lines, as wide as leaves the table within the limit.
    fn headings(&self, limit: usize) -> Vec<Vec<String>> {
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.cells.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..=self.heads.len()).map(width).collect();
        let first = widths.first().copied().unwrap_or(0).max(self.title.chars().count());
        let mut cap = limit.min(10_000);
        loop {
            let heads: Vec<Vec<String>> = self.heads.iter().map(|names| wrapped(names, cap)).collect();
            let widest = |head: &Vec<String>| head.iter().map(|line| line.chars().count()).max().unwrap_or(0);
            let columns = heads.iter().zip(widths.iter().skip(1)).map(|(head, cells)| widest(head).max(*cells) + 2);
            if cap <= NARROW || first + columns.sum::<usize>() <= limit {
                return heads;
            }
            cap = (cap.min(limit) * 4 / 5).max(NARROW);
        }
    }
}

fn terminal() -> Option<usize> {
    let size = if std::io::stdout().is_terminal() { terminal_size() } else { None };
    size.map(|(Width(width), _)| usize::from(width))
}

/// Names with commas between them, in lines of a width where they fit.
pub(super) fn wrapped(names: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let name = if at + 1 < names.len() { format!("{name},") } else { name.clone() };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + name.chars().count() <= width => *line += &format!(" {name}"),
            _ => lines.push(name),
        }
    }
    lines
}

/// Names in a few lines; what does not fit is counted.
fn named(names: &[String], limit: usize) -> Vec<String> {
    let width = limit.saturating_sub(2);
    let lines = wrapped(names, width);
    if lines.len() <= BELOW {
        return lines;
    }
    // As many as leave room for the count.
    for shown in (1..names.len()).rev() {
        let more = format!("and {} more (--wide)", names.len() - shown);
        let mut some: Vec<String> = names.iter().take(shown).cloned().collect();
        some.push(more);
        let lines = wrapped(&some, width);
        if lines.len() <= BELOW {
            return lines.into_iter().map(|line| line.replace(", and ", " and ")).collect();
        }
    }
    vec![format!("{} (--wide)", names.len())]
}

fn within(lines: &[Vec<String>], limit: usize) -> String {
    within_after(lines, limit, 1)
}

/// Lines in columns; the first lines are headings.
fn within_after(lines: &[Vec<String>], limit: usize, heads: usize) -> String {
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
                cells.filter_map(|column| Some((line.get(column)?, widths.get(column)?, row >= heads && column > 0)));
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

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| words(row)).collect()
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

    #[test]
    fn headings_of_several_names_take_several_lines_and_names_below_are_counted() {
        let table = Table {
            title: "to x".to_owned(),
            heads: vec![words(&["a", "b", "c", "d", "e", "f"]), words(&["ssn"])],
            rows: vec![
                Line { cells: words(&["2 sources", "clear", "denied"]), below: words(&["n/one", "n/two"]) },
                Line { cells: words(&["n/three", "denied", "denied"]), below: Vec::new() },
            ],
        };
        assert_eq!(
            table.within(34),
            "to x       a, b, c, d,  ssn\n           e, f\n2 sources  clear        denied\n  n/one, n/two\nn/three    denied       denied\n"
        );
        assert_eq!(table.within(80).lines().next(), Some("to x       a, b, c, d, e, f  ssn"));
        let many: Vec<String> = (0..100).map(|at| format!("n/w{at}")).collect();
        let below = named(&many, 40);
        assert_eq!(below.len(), BELOW);
        assert!(below.iter().all(|line| line.chars().count() <= 38), "{below:?}");
        let shown = below.join(" ").matches("n/w").count();
        assert!(
            below.last().is_some_and(|line| line.ends_with(&format!("and {} more (--wide)", 100 - shown))),
            "{below:?}"
        );
    }
}
