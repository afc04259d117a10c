//! Sources by fields: the worst form in which each arrives.

use std::{collections::BTreeMap, io::Write};

use meshveil_policy::Policy;
use meshveil_reach::{Reach, network::Endpoint, verdict::Form};
use serde_json::{Value, json};

use crate::Failure;

/// The forms in which one source gets the fields of one workload.
pub(super) struct Row {
    source: String,
    /// Its identity in the mesh; none outside of it.
    principal: Option<String>,
    forms: BTreeMap<String, (Form, Value)>,
}

pub(super) fn rows(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Vec<Row> {
    let plan = policy.plan();
    let is_source = |endpoint: &Endpoint| match *endpoint {
        Endpoint::Workload(at) => at != destination && !reach.is_waypoint(at),
        Endpoint::Range(_) => true,
    };
    let row = |endpoint| {
        let exposures = reach.exposure(endpoint, destination, &plan);
        let forms = exposures.into_iter().map(|(field, exposure)| {
            let step = exposure.verdict.stopped().or(exposure.verdict.steps.last());
            let decided = step.map_or(Value::Null, |step| {
                let places = step.spans.iter().map(|&span| reach.manifests.files.place(span));
                json!({"layer": step.layer.name(), "reason": step.text, "places": places.collect::<Vec<_>>()})
            });
            (field, (exposure.form, decided))
        });
        let principal = match endpoint {
            Endpoint::Workload(at) => reach.principal(at),
            Endpoint::Range(_) => None,
        };
        Row { source: reach.network.title(endpoint), principal, forms: forms.collect() }
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
    let form = |field: &meshveil_policy::Field| {
        row.forms.get(&field.name.value).map_or("unreachable", |(form, _)| form.name())
    };
    std::iter::once(row.source.clone()).chain(policy.fields.iter().map(|field| form(field).to_owned())).collect()
}

fn head(title: &str, policy: &Policy) -> Vec<String> {
    std::iter::once(format!("to {title}")).chain(policy.fields.iter().map(|field| field.name.value.clone())).collect()
}

pub(super) fn table(title: &str, policy: &Policy, rows: &[Row]) -> Result<(), Failure> {
    let lines: Vec<Vec<String>> =
        std::iter::once(head(title, policy)).chain(rows.iter().map(|row| cells(policy, row))).collect();
    writeln!(std::io::stdout().lock(), "{}", aligned(&lines)).map_err(Failure::writing)
}

/// Cells in columns, a line each.
pub(super) fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in lines {
        let padded = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn markdown(title: &str, policy: &Policy, rows: &[Row]) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let rule = vec!["---".to_owned(); policy.fields.len() + 1];
    for line in [head(title, policy), rule].into_iter().chain(rows.iter().map(|row| cells(policy, row))) {
        writeln!(output, "| {} |", line.join(" | ")).map_err(Failure::writing)?;
    }
    writeln!(output).map_err(Failure::writing)
}

pub(super) fn document(title: &str, policy: &Policy, rows: &[Row]) -> Value {
    let row = |row: &Row| {
        let forms = row
            .forms
            .iter()
            .map(|(field, (form, decided))| (field.clone(), json!({"form": form.name(), "decided": decided})));
        json!({"source": row.source, "principal": row.principal, "fields": forms.collect::<serde_json::Map<_, _>>()})
    };
    json!({
        "policy": format!("{}/{}", policy.namespace.value, policy.name.value),
        "workload": title,
        "sources": rows.iter().map(row).collect::<Vec<_>>(),
    })
}
