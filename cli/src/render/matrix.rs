//! The matrix as a table, for a terminal or in Markdown: a row for each class of sources, a column for fields that come alike.

use meshveil_answers::matrix::{AccessMatrix, Cell, Class, Tally};
use meshveil_reach::verdict::Form;

use super::{
    escaped,
    table::{LESS, Line, MORE, Table},
};

/// Names that a cell in Markdown lists; what is more is counted.
const LISTED: usize = 50;

/// The matrix in columns; `wide`: a row for each source and a column for each field.
pub(crate) fn text(matrix: &AccessMatrix, wide: bool) -> String {
    let columns = columns(matrix, wide);
    let rows = rows(matrix, &columns, wide);
    let rows = rows.into_iter().map(|row| Line {
        cells: std::iter::once(label(&row.sources)).chain(row.cells).collect(),
        below: if row.sources.len() > 1 { row.sources } else { Vec::new() },
    });
    let table = Table {
        title: format!("to {}", matrix.workload),
        heads: columns.iter().map(|column| column.iter().map(|field| (*field).to_owned()).collect()).collect(),
        rows: rows.collect(),
    };
    format!("{}{}", table.text(wide), legend(matrix))
}

/// The matrix as a table in Markdown.
pub(crate) fn markdown(matrix: &AccessMatrix, wide: bool) -> String {
    let columns = columns(matrix, wide);
    let heads = columns.iter().map(|column| escaped(&column.join(", ")));
    let head: Vec<String> = std::iter::once(format!("to {}", escaped(&matrix.workload))).chain(heads).collect();
    let mut lines = vec![head, vec!["---".to_owned(); columns.len() + 1]];
    for row in rows(matrix, &columns, wide) {
        let bold = |cell: String| if cell.ends_with(MORE) { format!("**{cell}**") } else { cell };
        lines.push(std::iter::once(members(&row.sources)).chain(row.cells.into_iter().map(bold)).collect());
    }
    let mut text: String = lines.iter().map(|line| format!("| {} |\n", line.join(" | "))).collect();
    let legend = legend(matrix);
    if !legend.is_empty() {
        text += &format!("\n{}", escaped(&legend));
    }
    text
}

/// A row as it is shown.
struct Row {
    sources: Vec<String>,
    cells: Vec<String>,
}

/// Fields that come alike for every source, together.
fn columns(matrix: &AccessMatrix, wide: bool) -> Vec<Vec<&str>> {
    let shown = |field: &str| matrix.classes.iter().map(|class| shown(class, field)).collect::<Vec<_>>();
    let mut columns: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for field in &matrix.fields {
        let cells = shown(field);
        match columns.iter_mut().find(|(known, _)| !wide && *known == cells) {
            Some((_, fields)) => fields.push(field),
            None => columns.push((cells, vec![field])),
        }
    }
    columns.into_iter().map(|(_, fields)| fields).collect()
}

/// Classes that look alike are one row: what they are granted is not shown.
fn rows(matrix: &AccessMatrix, columns: &[Vec<&str>], wide: bool) -> Vec<Row> {
    let cells = |class: &Class| {
        columns.iter().filter_map(|column| column.first()).map(|field| shown(class, field)).collect::<Vec<_>>()
    };
    let mut rows: Vec<(Vec<String>, Vec<_>)> = Vec::new();
    for class in &matrix.classes {
        let cells = cells(class);
        match rows.iter_mut().find(|(known, _)| *known == cells) {
            Some((_, sources)) => sources.extend(class.joined()),
            None => rows.push((cells, class.joined())),
        }
    }
    if wide {
        let each = rows.into_iter().flat_map(|(cells, sources)| sources.into_iter().map(move |s| (s, cells.clone())));
        let mut each: Vec<_> = each.collect();
        each.sort();
        return each.into_iter().map(|(source, cells)| Row { sources: vec![source.to_string()], cells }).collect();
    }
    let row = |(cells, mut sources): (Vec<String>, Vec<_>)| {
        sources.sort();
        Row { sources: sources.iter().map(ToString::to_string).collect(), cells }
    };
    rows.into_iter().map(row).collect()
}

fn label(sources: &[String]) -> String {
    match sources {
        [one] => one.clone(),
        several => format!("{} sources", several.len()),
    }
}

/// The sources in a cell of Markdown.
fn members(sources: &[String]) -> String {
    let listed: Vec<String> = sources.iter().take(LISTED).map(|source| escaped(source)).collect();
    let more = sources.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match listed.as_slice() {
        [one] => one.clone(),
        several => {
            format!("<details><summary>{}</summary>{}{more}</details>", label(sources), several.join(", "))
        }
    }
}

fn shown(class: &Class, field: &str) -> String {
    let Some(cell) = class.cell(field) else { return Form::Unreachable.name().to_owned() };
    let mark = match cell {
        Cell { exceeds: true, .. } => Some(MORE),
        Cell { lacks: true, .. } => Some(LESS),
        _ => None,
    };
    cell.form.name().chars().chain(mark).collect()
}

/// What the marks mean and why something is unknown, with the question that leads on.
fn legend(matrix: &AccessMatrix) -> String {
    let marked = |mark: char, than: &str, tally: Tally<'_>| {
        let (source, field, _) = tally.first?;
        let (name, all) = (matrix.policy.rsplit('/').next().unwrap_or_default(), matrix.size());
        let question = format!("meshveil explain {} {} {field} -m PATH", short(&source), short(&matrix.workload));
        Some(format!("{mark} {than} than policy `{name}` grants ({} of {all}); why:\n  {question}\n", tally.count))
    };
    let unknown = matrix.unknown();
    let unknown = unknown.first.map(|(_, _, cell)| {
        let why = cell.decided.as_ref().map(|decided| format!(":\n  {}", decided.reason)).unwrap_or_default();
        format!("unknown: {} of {}{why}\n", unknown.count, matrix.size())
    });
    let marks = [marked(MORE, "more", matrix.exceeding()), marked(LESS, "less", matrix.lacking()), unknown];
    marks.into_iter().flatten().collect()
}

/// A workload or range as a command takes it: brackets are patterns to a shell, and ranges have no other name.
fn short(title: &str) -> String {
    match title.strip_suffix("[External]") {
        Some(_) => format!("'{title}'"),
        None => title.split('[').next().unwrap_or(title).to_owned(),
    }
}
