//! The tables people read.

use crate::columns::{ALONE, Column, SIZES};
use crate::memory::{BODIES, Cell};
use crate::speed::{Speed, cpu_per_gigabyte, rate, share};

/// A Markdown table.
pub(crate) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<String> = (0..head.len()).map(|column| if column == 0 { "---" } else { "---:" }.to_owned()).collect();
    let mut text = line(head) + &line(&rule);
    for row in rows {
        text += &line(row);
    }
    text
}

fn head(first: &str) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(SIZES.iter().map(|(name, _)| (*name).to_owned())).collect()
}

/// One row per column, one cell per size.
fn by_size(
    columns: &[Column],
    speed: &Speed,
    cell: impl Fn(&[crate::speed::Round], &[crate::speed::Round]) -> String,
) -> Vec<Vec<String>> {
    columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            std::iter::once(column.title.to_owned())
                .chain(speed.iter().map(|by_column| match (by_column.get(index), by_column.get(ALONE)) {
                    (Some(rounds), Some(alone)) => cell(rounds, alone),
                    _ => String::new(),
                }))
                .collect()
        })
        .collect()
}

/// Speed and CPU time.
pub(crate) fn speed(columns: &[Column], speed: &Speed) -> String {
    let rates = by_size(columns, speed, |rounds, alone| format!("{:.0} ({:.3})", rate(rounds), share(rounds, alone)));
    let cpu = by_size(columns, speed, |rounds, _| format!("{:.2}", cpu_per_gigabyte(rounds)));
    format!(
        "\n### Requests per second (share of Envoy alone)\n\n{}\n### Envoy CPU seconds per GB of bodies\n\n{}",
        table(&head("filter"), &rates),
        table(&head("filter"), &cpu),
    )
}

/// Memory and file sizes.
pub(crate) fn memory(columns: &[Column], cells: &[Cell]) -> String {
    let mut head = vec!["filter".to_owned(), "wasm, KB".to_owned(), "idle, MB".to_owned()];
    head.extend(BODIES.map(|body| format!("32 x {body}: above idle, MB")));
    let megabytes = |bytes: Option<&f64>| {
        bytes
            .filter(|bytes| bytes.is_finite())
            .map_or_else(|| "not measured".to_owned(), |bytes| format!("{:.1}", bytes / 1e6))
    };
    let rows: Vec<Vec<String>> = cells
        .iter()
        .map(|cell| {
            vec![
                columns.get(cell.column).map_or_else(String::new, |column| column.title.to_owned()),
                cell.wasm.map_or_else(|| "none".to_owned(), |bytes| format!("{:.0}", bytes as f64 / 1e3)),
                megabytes(Some(&cell.idle)),
                megabytes(cell.above.first()),
                megabytes(cell.above.get(1)),
            ]
        })
        .collect();
    format!("\n### Memory of Envoy (resident)\n\n{}", table(&head, &rows))
}
