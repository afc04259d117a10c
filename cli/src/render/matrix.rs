//! The matrix as a table, for a terminal or in Markdown.

use meshveil_answers::matrix::{AccessMatrix, Cell, Row};
use meshveil_reach::verdict::Form;

use super::table::{LESS, MORE, aligned};

/// The matrix in columns.
pub(crate) fn text(matrix: &AccessMatrix) -> String {
    let legend = legend(matrix).map(|legend| format!("{legend}\n"));
    format!("{}{}", aligned(&lines(matrix)), legend.unwrap_or_default())
}

/// The matrix as a table in Markdown.
pub(crate) fn markdown(matrix: &AccessMatrix) -> String {
    let mut lines = lines(matrix);
    lines.insert(1, vec!["---".to_owned(); matrix.fields.len() + 1]);
    let mut text = String::new();
    for mut line in lines {
        for cell in line.iter_mut().skip(1).filter(|cell| cell.ends_with(MORE)) {
            *cell = format!("**{cell}**");
        }
        text += &format!("| {} |\n", line.join(" | "));
    }
    if let Some(legend) = legend(matrix) {
        text += &format!("\n{legend}\n");
    }
    text
}

/// The names of the fields, then the cells of each source.
fn lines(matrix: &AccessMatrix) -> Vec<Vec<String>> {
    let head = std::iter::once(format!("to {}", matrix.workload)).chain(matrix.fields.iter().cloned());
    let row = |row: &Row| {
        let cells = matrix.fields.iter().map(|field| row.fields.get(field).map_or_else(absent, cell));
        std::iter::once(row.source.clone()).chain(cells).collect()
    };
    std::iter::once(head.collect()).chain(matrix.sources.iter().map(row)).collect()
}

fn cell(cell: &Cell) -> String {
    let mark = match cell {
        Cell { exceeds: true, .. } => Some(MORE),
        Cell { lacks: true, .. } => Some(LESS),
        _ => None,
    };
    cell.form.name().chars().chain(mark).collect()
}

fn absent() -> String {
    Form::Unreachable.name().to_owned()
}

/// What the mark means and why something is unknown, with the question that leads on; none where there is neither.
fn legend(matrix: &AccessMatrix) -> Option<String> {
    let unknown = matrix.unknown().next().map(|(row, field)| {
        let decided = row.fields.get(field).and_then(|cell| cell.decided.as_ref());
        let why = decided.map(|decided| format!(": {}", decided.reason)).unwrap_or_default();
        format!("unknown: {} of {}{why}", matrix.unknown().count(), matrix.sources.len() * matrix.fields.len())
    });
    let less = matrix.lacking().next().map(|(row, field)| {
        let (count, all) = (matrix.lacking().count(), matrix.sources.len() * matrix.fields.len());
        let question = format!("meshveil explain {} {} {field} -m PATH", short(&row.source), short(&matrix.workload));
        format!("{LESS} less than policy `{}` grants ({count} of {all}); why: {question}", name(matrix))
    });
    let lines: Vec<String> = marks(matrix).into_iter().chain(less).chain(unknown).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn marks(matrix: &AccessMatrix) -> Option<String> {
    let (row, field) = matrix.exceeding().next()?;
    let name = name(matrix);
    Some(format!(
        "{MORE} more than policy `{name}` grants ({} of {}); why: meshveil explain {} {} {field} -m PATH",
        matrix.exceeding().count(),
        matrix.sources.len() * matrix.fields.len(),
        short(&row.source),
        short(&matrix.workload),
    ))
}

fn name(matrix: &AccessMatrix) -> &str {
    matrix.policy.rsplit('/').next().unwrap_or_default()
}

/// A workload or range as a command takes it: brackets are patterns to a shell, and ranges have no other name.
fn short(title: &str) -> String {
    match title.strip_suffix("[External]") {
        Some(_) => format!("'{title}'"),
        None => title.split('[').next().unwrap_or(title).to_owned(),
    }
}
