//! `meshveil simulate`: who sees which field, in which form.

pub(crate) mod expect;
mod exposure;
mod faults;
mod matrix;

use std::{io::Write, path::PathBuf};

use clap::ValueEnum;
use meshveil_reach::{
    Reach,
    network::{Endpoint, Matrix, connections::Connection},
};
use serde_json::{Value, json};

use crate::{Failure, cluster::Cluster};

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
    #[arg(long, group = "question")]
    connections: bool,
    /// Say instead what pods that nobody knows yet would get, and which namespace, labels and identity they would need
    #[arg(long, group = "question")]
    exposure: bool,
    /// Let each object fail in turn (dropped, permissive, not enforced), and say what that lets out and how many faults each
    /// field would take
    #[arg(long, group = "question")]
    single_fault: bool,
    /// Check the expectations of a file, such as `frontend sees ssn: partial`; exit code 3 when one does not hold
    #[arg(long = "assert", value_name = "FILE", group = "question")]
    expectations: Vec<PathBuf>,
    /// How the answer is written
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

/// Prints the matrix, or the answer to another question.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let other = arguments.connections || arguments.exposure || arguments.single_fault;
    if other && arguments.output == Format::Markdown {
        return Err(Failure::Usage("`--output markdown` is for the matrix and `--assert`".to_owned()));
    }
    let cluster = Cluster::read(&arguments.paths)?;
    let reach = cluster.reach();
    let is_json = arguments.output == Format::Json;
    if arguments.connections {
        return connections(&reach, is_json);
    }
    if !arguments.expectations.is_empty() {
        return expect::run(&cluster, &reach, &arguments.expectations, arguments.output);
    }
    let mut documents = Vec::new();
    for (policy, destination) in cluster.must_protect(&reach)? {
        let title = reach.network.title(Endpoint::Workload(destination));
        match (arguments.exposure, arguments.single_fault, arguments.output) {
            (true, _, Format::Json) => documents.push(exposure::document(&reach, policy, destination)),
            (true, ..) => exposure::text(&reach, policy, destination)?,
            (_, true, Format::Json) => documents.push(faults::document(&reach, policy, destination)),
            (_, true, _) => faults::text(&reach, policy, destination)?,
            (.., format) => {
                let rows = matrix::rows(&reach, policy, destination);
                match format {
                    Format::Text => matrix::table(&title, policy, &rows)?,
                    Format::Markdown => matrix::markdown(&title, policy, &rows)?,
                    Format::Json => documents.push(matrix::document(&title, policy, &rows)),
                }
            }
        }
    }
    if is_json {
        writeln!(std::io::stdout().lock(), "{:#}", Value::Array(documents)).map_err(Failure::writing)?;
    }
    Ok(())
}

/// Every connection, a line each.
fn connections(reach: &Reach<'_>, is_json: bool) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let mut connections = Matrix::new(&reach.network).connections(&reach.network);
    connections.dedup(); // Of objects that are given twice.
    if is_json {
        let one = |connection: &Connection| json!({"source": connection.source, "destination": connection.destination, "ports": connection.ports.to_string()});
        let list = Value::Array(connections.iter().map(one).collect());
        return writeln!(output, "{list:#}").map_err(Failure::writing);
    }
    connections.iter().try_for_each(|connection| writeln!(output, "{connection}").map_err(Failure::writing))
}
