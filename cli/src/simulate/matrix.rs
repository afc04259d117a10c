//! Sources by fields: the worst form in which each arrives, and whether that is more than the policy grants.

use std::collections::BTreeMap;

use meshveil_plan::Plan;
use meshveil_policy::Policy;
use meshveil_reach::{Reach, network::Endpoint, verdict::Form};
use serde_json::{Value, json};

use super::{
    grant::Grant,
    table::{MORE, aligned},
};

/// The forms in which one source gets the fields of one workload.
pub(super) struct Row {
    source: String,
    /// Its identity in the mesh; none outside of it.
    principal: Option<String>,
    cells: BTreeMap<String, Cell>,
}

/// One field for one source.
struct Cell {
    form: Form,
    /// The most that the policy lets it have.
    granted: Form,
    /// The step that decided.
    decided: Value,
}

impl Cell {
    /// Whether a response holds more than the policy grants.
    fn exceeds(&self) -> bool {
        self.form >= Form::Masked && self.form > self.granted
    }

    fn text(&self) -> String {
        if self.exceeds() { format!("{}{MORE}", self.form.name()) } else { self.form.name().to_owned() }
    }
}

/// Every source with every field, by name; addresses come last.
pub(super) fn rows(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Vec<Row> {
    let plan: Plan = policy.plan();
    let grant = Grant::new(reach, policy, &plan);
    let is_source = |endpoint: &Endpoint| match *endpoint {
        Endpoint::Workload(at) => at != destination && !reach.is_waypoint(at),
        Endpoint::Range(_) => true,
    };
    let row = |endpoint| {
        let exposures = reach.exposure(endpoint, destination, &plan);
        let grants = grant.of(endpoint, &exposures);
        let forms = exposures.into_iter().map(|(field, exposure)| {
            let granted = grants.get(&field).copied().unwrap_or(Form::Denied);
            let step = exposure.verdict.stopped().or(exposure.verdict.steps.last());
            let decided = step.map_or(Value::Null, |step| {
                let places = step.spans.iter().map(|&span| reach.manifests.files.place(span));
                json!({"layer": step.layer.name(), "reason": step.text, "places": places.collect::<Vec<_>>()})
            });
            (field, Cell { form: exposure.form, granted, decided })
        });
        let principal = match endpoint {
            Endpoint::Workload(at) => reach.principal(at),
            Endpoint::Range(_) => None,
        };
        Row { source: reach.network.title(endpoint), principal, cells: forms.collect() }
    };
    let mut rows: Vec<(Endpoint, Row)> =
        reach.network.endpoints().filter(is_source).map(|endpoint| (endpoint, row(endpoint))).collect();
    // By name, so that the order of the files does not matter; addresses come last.
    let key = |(endpoint, row): &(Endpoint, Row)| match *endpoint {
        Endpoint::Workload(_) => (0, row.source.clone()),
        Endpoint::Range(at) => (at.saturating_add(1), String::new()),
    };
    rows.sort_by_cached_key(key);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn cells(policy: &Policy, row: &Row) -> Vec<String> {
    let text = |field: &meshveil_policy::Field| {
        row.cells.get(&field.name.value).map_or_else(|| Form::Unreachable.name().to_owned(), Cell::text)
    };
    std::iter::once(row.source.clone()).chain(policy.fields.iter().map(text)).collect()
}

fn head(title: &str, policy: &Policy) -> Vec<String> {
    std::iter::once(format!("to {title}")).chain(policy.fields.iter().map(|field| field.name.value.clone())).collect()
}

/// Whether somebody gets more than the policy grants.
pub(super) fn exceeds(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.cells.values().any(Cell::exceeds))
}

/// What the mark means, with the question that leads on; none where nothing is marked.
fn legend(title: &str, policy: &Policy, rows: &[Row]) -> Option<String> {
    let fields = || policy.fields.iter().map(|field| &field.name.value);
    let is_marked = |row: &Row, field: &String| row.cells.get(field).is_some_and(Cell::exceeds);
    let marked =
        rows.iter().flat_map(|row| fields().filter(|field| is_marked(row, field)).map(move |field| (row, field)));
    let (row, field) = marked.clone().next()?;
    let name = &policy.name.value;
    // Brackets are patterns to a shell, and ranges have no other name.
    let short = |title: &str| match title.strip_suffix("[External]") {
        Some(_) => format!("'{title}'"),
        None => title.split('[').next().unwrap_or(title).to_owned(),
    };
    let source = short(&row.source);
    let count = marked.count();
    Some(format!(
        "{MORE} more than policy `{name}` grants ({count} of {}); why: meshveil explain {source} {} {field} -m PATH",
        rows.len() * policy.fields.len(),
        short(title),
    ))
}

pub(super) fn table(title: &str, policy: &Policy, rows: &[Row]) -> String {
    let lines: Vec<Vec<String>> =
        std::iter::once(head(title, policy)).chain(rows.iter().map(|row| cells(policy, row))).collect();
    let legend = legend(title, policy, rows).map(|legend| format!("{legend}\n"));
    format!("{}{}", aligned(&lines), legend.unwrap_or_default())
}

pub(super) fn markdown(title: &str, policy: &Policy, rows: &[Row]) -> String {
    let rule = vec!["---".to_owned(); policy.fields.len() + 1];
    let mut text = String::new();
    for mut line in [head(title, policy), rule].into_iter().chain(rows.iter().map(|row| cells(policy, row))) {
        for cell in line.iter_mut().skip(1).filter(|cell| cell.ends_with(MORE)) {
            *cell = format!("**{cell}**");
        }
        text += &format!("| {} |\n", line.join(" | "));
    }
    if let Some(legend) = legend(title, policy, rows) {
        text += &format!("\n{legend}\n");
    }
    text
}

pub(super) fn document(title: &str, policy: &Policy, rows: &[Row]) -> Value {
    let cell = |cell: &Cell| {
        json!({
            "form": cell.form.name(),
            "granted": cell.granted.name(),
            "exceeds": cell.exceeds(),
            "decided": cell.decided,
        })
    };
    let row = |row: &Row| {
        let cells = row.cells.iter().map(|(field, one)| (field.clone(), cell(one)));
        json!({"source": row.source, "principal": row.principal, "fields": cells.collect::<serde_json::Map<_, _>>()})
    };
    json!({
        "policy": format!("{}/{}", policy.namespace.value, policy.name.value),
        "workload": title,
        "sources": rows.iter().map(row).collect::<Vec<_>>(),
    })
}
