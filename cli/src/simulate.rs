//! `meshveil simulate`: who sees which field, in which form.

use std::path::PathBuf;

use clap::ValueEnum;
use meshveil_answers::{
    Document, connections::connections, faults::SingleFaults, matrix::AccessMatrix, unknown_pods::UnknownPods, works,
};

use crate::{
    Failure, expect, input,
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
pub(crate) enum Format {
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
    let output = if is_json { Output::Json } else { Output::Text };
    let cluster = input::cluster(&arguments.paths, output)?;
    let reach = cluster.reach();
    if arguments.connections {
        let connections = connections(&reach);
        return if is_json {
            render::document(&Document::connections(connections))
        } else {
            render::print(&connections.iter().map(|connection| format!("{connection}\n")).collect::<String>())
        };
    }
    if !arguments.expectations.is_empty() {
        return expect::run(&cluster, &reach, &arguments.expectations, arguments.output);
    }
    let protected = input::protected(&cluster, &reach, output)?;
    if arguments.exposure {
        let answers = protected.iter().map(|(policy, workload)| UnknownPods::find(&reach, policy, *workload));
        let answers = answers.collect();
        return write(answers, is_json, Document::unknown_pods, render::unknown_pods::text);
    }
    if arguments.single_fault {
        let answers = protected.iter().map(|(policy, workload)| SingleFaults::find(&reach, policy, *workload));
        let answers = answers.collect();
        return write(answers, is_json, Document::single_faults, render::faults::text);
    }
    let answers = protected.iter().map(|(policy, workload)| AccessMatrix::find(&reach, policy, *workload));
    let answers: Vec<AccessMatrix> = answers.collect();
    let text = if arguments.output == Format::Markdown { render::matrix::markdown } else { render::matrix::text };
    let exceeds = answers.iter().any(|matrix| matrix.exceeding().next().is_some());
    write(answers, is_json, Document::matrix, text)?;
    let files = &cluster.manifests.files;
    for finding in works::cut_off(&cluster.policies, &reach) {
        eprintln!("warning: less than the policy grants: {} ({})", finding.message, files.place(finding.span));
    }
    if exceeds { Err(Failure::Exposed) } else { Ok(()) }
}

/// Prints the answers to one question.
fn write<A>(
    answers: Vec<A>,
    is_json: bool,
    document: fn(Vec<A>) -> Document,
    text: fn(&A) -> String,
) -> Result<(), Failure> {
    if is_json {
        return render::document(&document(answers));
    }
    render::print(&answers.iter().map(text).collect::<Vec<_>>().join("\n"))
}
