//! `meshveil simulate`: who sees which field, in which form.

pub(crate) mod expect;
mod exposure;
mod faults;
mod grant;
mod matrix;
mod table;

use std::path::PathBuf;

use clap::ValueEnum;
use meshveil_reach::{
    Reach,
    network::{Endpoint, Matrix, connections::Connection},
};
use serde_json::{Value, json};

use crate::{
    Failure,
    cluster::Cluster,
    render::{self, Output},
};

/// Say who sees which field and in which form, from manifests alone
///
/// Reads policies and Kubernetes and Istio manifests from the same files, follows every path from every workload to the
/// ones that policies protect, and shows the worst form in which each field arrives: clear, partial, masked, denied (no
/// response) or unreachable (no connection). `!` marks what is more than the policy grants.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies and manifests: files, directories, patterns such as 'policies/*.yaml', `-` for standard input
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
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Text)]
    output: Format,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil simulate policy.yaml manifests/
  kustomize build overlays/production | meshveil simulate policy.yaml -
  meshveil simulate --assert expectations.yaml policy.yaml manifests/
  meshveil simulate --single-fault policy.yaml manifests/
  meshveil simulate --output json policy.yaml manifests/ | jq '.matrix[].sources[].source'

Exit codes: 0 done, 1 faults in the files, 2 wrong usage or a file that cannot be read, 3 somebody gets more than a \
policy grants, or an expectation does not hold.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
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
    let is_stdin = |paths: &[PathBuf]| paths.iter().any(|path| path.as_os_str() == "-");
    if is_stdin(&arguments.paths) && is_stdin(&arguments.expectations) {
        let message = "standard input is either manifests or expectations: name a file for one of them";
        return Err(Failure::Usage(message.to_owned()));
    }
    let is_json = arguments.output == Format::Json;
    let cluster = Cluster::read(&arguments.paths, if is_json { Output::Json } else { Output::Text })?;
    let reach = cluster.reach();
    if arguments.connections {
        return connections(&reach, is_json);
    }
    if !arguments.expectations.is_empty() {
        return expect::run(&cluster, &reach, &arguments.expectations, arguments.output);
    }
    let (mut texts, mut documents, mut exceeds) = (Vec::new(), Vec::new(), false);
    for (policy, destination) in cluster.must_protect(&reach)? {
        let title = reach.network.title(Endpoint::Workload(destination));
        match (arguments.exposure, arguments.single_fault, arguments.output) {
            (true, _, Format::Json) => documents.push(exposure::document(&reach, policy, destination)),
            (true, ..) => texts.push(exposure::text(&reach, policy, destination)),
            (_, true, Format::Json) => documents.push(faults::document(&reach, policy, destination)),
            (_, true, _) => texts.push(faults::text(&reach, policy, destination)),
            (.., format) => {
                let rows = matrix::rows(&reach, policy, destination);
                exceeds |= matrix::exceeds(&rows);
                match format {
                    Format::Text => texts.push(matrix::table(&title, policy, &rows)),
                    Format::Markdown => texts.push(matrix::markdown(&title, policy, &rows)),
                    Format::Json => documents.push(matrix::document(&title, policy, &rows)),
                }
            }
        }
    }
    let question = match (arguments.exposure, arguments.single_fault) {
        (true, _) => "exposure",
        (_, true) => "singleFault",
        _ => "matrix",
    };
    if is_json { render::document([(question, Value::Array(documents))]) } else { table::print(&texts.join("\n")) }?;
    if exceeds { Err(Failure::Exposed) } else { Ok(()) }
}

/// Every connection, a line each.
fn connections(reach: &Reach<'_>, is_json: bool) -> Result<(), Failure> {
    let mut connections = Matrix::new(&reach.network).connections(&reach.network);
    connections.dedup(); // Of objects that are given twice.
    if is_json {
        let one = |connection: &Connection| json!({"source": connection.source, "destination": connection.destination, "ports": connection.ports.to_string()});
        return render::document([("connections", Value::Array(connections.iter().map(one).collect()))]);
    }
    table::print(&connections.iter().map(|connection| format!("{connection}\n")).collect::<String>())
}
