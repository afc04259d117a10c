//! `meshveil simulate`: who sees which field, in which form.

mod faults;

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use clap::ValueEnum;
use meshveil_policy::{Policies, Policy};
use meshveil_reach::{
    Manifests, Options, Reach,
    network::{Endpoint, Matrix},
    verdict::Form,
};
use meshveil_source::Severity;
use serde_json::{Value, json};

use crate::{
    Failure, input,
    render::{self, Output},
};

/// Say who sees which field and in which form, from manifests alone
///
/// Reads policies and Kubernetes and Istio manifests from the same files, follows every path from every workload to the
/// ones that policies protect, and shows the worst form in which each field arrives.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files and directories; `-` is standard input, so that `kustomize build` or `helm template` can be piped
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// List every connection between workloads instead, with protocols and ports
    #[arg(long)]
    connections: bool,
    /// Let each object fail in turn (dropped, permissive, not enforced) and say what that lets out
    #[arg(long, conflicts_with = "connections")]
    single_fault: bool,
    /// How the matrix is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Text,
    /// JSON, with the steps that decided
    Json,
    /// A Markdown table
    Markdown,
}

/// The forms in which one source gets the fields of one workload.
struct Row {
    source: String,
    forms: BTreeMap<String, (Form, Value)>,
}

/// Prints the matrix, or the connections.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let texts = input::texts(&arguments.paths)?;
    let policies = Policies::read(texts.clone());
    refuse_errors(&policies.files, &policies.findings)?;
    let manifests = Manifests::read(texts);
    refuse_errors(&manifests.files, &manifests.findings)?;
    let reach = Reach::new(&manifests, &Options::default());
    if arguments.connections {
        let mut output = std::io::stdout().lock();
        for connection in Matrix::new(&reach.network).connections(&reach.network) {
            writeln!(output, "{connection}").map_err(Failure::writing)?;
        }
        return Ok(());
    }
    if policies.policies.is_empty() {
        return Err(Failure::Usage("no policy found: `kind: MaskingPolicy` in none of the files".to_owned()));
    }
    let mut documents = Vec::new();
    for policy in &policies.policies {
        let labels = policy.workload.selector.value.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let protected = reach.select(&policy.namespace.value, labels);
        if protected.is_empty() {
            return Err(Failure::Usage(format!(
                "policy `{}` protects no workload of these manifests",
                policy.name.value
            )));
        }
        for destination in protected {
            if arguments.single_fault {
                faults::write(&reach, policy, destination)?;
                continue;
            }
            let rows = rows(&reach, policy, destination);
            let title = reach.network.title(Endpoint::Workload(destination));
            match arguments.output {
                Format::Text => table(&title, policy, &rows)?,
                Format::Markdown => markdown(&title, policy, &rows)?,
                Format::Json => documents.push(document(&title, policy, &rows)),
            }
        }
    }
    if arguments.output == Format::Json && !arguments.single_fault {
        writeln!(std::io::stdout().lock(), "{:#}", Value::Array(documents)).map_err(Failure::writing)?;
    }
    Ok(())
}

fn refuse_errors(files: &meshveil_source::Files, findings: &[meshveil_source::Finding]) -> Result<(), Failure> {
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    if errors.is_empty() {
        return Ok(());
    }
    render::findings(Output::Text, files, &errors)?;
    Err(Failure::Findings)
}

fn rows(reach: &Reach<'_>, policy: &Policy, destination: usize) -> Vec<Row> {
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
        Row { source: reach.network.title(endpoint), forms: forms.collect() }
    };
    reach.network.endpoints().filter(is_source).map(row).collect()
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

fn table(title: &str, policy: &Policy, rows: &[Row]) -> Result<(), Failure> {
    let lines: Vec<Vec<String>> =
        std::iter::once(head(title, policy)).chain(rows.iter().map(|row| cells(policy, row))).collect();
    let columns = policy.fields.len() + 1;
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut output = std::io::stdout().lock();
    for line in &lines {
        let padded = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        writeln!(output, "{}", padded.collect::<Vec<_>>().join("  ").trim_end()).map_err(Failure::writing)?;
    }
    writeln!(output).map_err(Failure::writing)
}

fn markdown(title: &str, policy: &Policy, rows: &[Row]) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let rule = vec!["---".to_owned(); policy.fields.len() + 1];
    for line in [head(title, policy), rule].into_iter().chain(rows.iter().map(|row| cells(policy, row))) {
        writeln!(output, "| {} |", line.join(" | ")).map_err(Failure::writing)?;
    }
    writeln!(output).map_err(Failure::writing)
}

fn document(title: &str, policy: &Policy, rows: &[Row]) -> Value {
    let row = |row: &Row| {
        let forms = row
            .forms
            .iter()
            .map(|(field, (form, decided))| (field.clone(), json!({"form": form.name(), "decided": decided})));
        json!({"source": row.source, "fields": forms.collect::<serde_json::Map<_, _>>()})
    };
    json!({
        "policy": format!("{}/{}", policy.namespace.value, policy.name.value),
        "workload": title,
        "sources": rows.iter().map(row).collect::<Vec<_>>(),
    })
}
