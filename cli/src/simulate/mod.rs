//! `meshveil simulate`: who sees which field, in which form.

pub(crate) mod expect;
mod faults;
mod matrix;

use std::{io::Write, path::PathBuf};

use clap::ValueEnum;
use meshveil_reach::network::{Endpoint, Matrix};
use serde_json::Value;

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
    #[arg(long)]
    connections: bool,
    /// Let each object fail in turn (dropped, permissive, not enforced) and say what that lets out
    #[arg(long, conflicts_with = "connections")]
    single_fault: bool,
    /// Check the expectations of a file, such as `frontend sees ssn: partial`; exit code 3 when one does not hold
    #[arg(long = "assert", value_name = "FILE", conflicts_with_all = ["connections", "single_fault"])]
    expectations: Vec<PathBuf>,
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

/// Prints the matrix, or the connections.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let cluster = Cluster::read(&arguments.paths)?;
    let reach = cluster.reach();
    if arguments.connections {
        let mut output = std::io::stdout().lock();
        for connection in Matrix::new(&reach.network).connections(&reach.network) {
            writeln!(output, "{connection}").map_err(Failure::writing)?;
        }
        return Ok(());
    }
    if !arguments.expectations.is_empty() {
        return expect::run(&cluster, &reach, &arguments.expectations, arguments.output);
    }
    let protected = cluster.must_protect(&reach)?;
    if arguments.single_fault {
        return protected.iter().try_for_each(|(policy, workload)| faults::write(&reach, policy, *workload));
    }
    let mut documents = Vec::new();
    for (policy, destination) in protected {
        let rows = matrix::rows(&reach, policy, destination);
        let title = reach.network.title(Endpoint::Workload(destination));
        match arguments.output {
            Format::Text => matrix::table(&title, policy, &rows)?,
            Format::Markdown => matrix::markdown(&title, policy, &rows)?,
            Format::Json => documents.push(matrix::document(&title, policy, &rows)),
        }
    }
    if arguments.output == Format::Json {
        writeln!(std::io::stdout().lock(), "{:#}", Value::Array(documents)).map_err(Failure::writing)?;
    }
    Ok(())
}
