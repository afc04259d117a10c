//! `meshveil simulate`: who sees which field, in which form.

use std::path::PathBuf;

use clap::ValueEnum;
use meshveil_answers::{
    Cluster, Document,
    connections::connections,
    faults::SingleFaults,
    matrix::{AccessMatrix, Selection},
    names::Names,
    unknown_pods::UnknownPods,
};
use meshveil_policy::Policy;

use crate::{
    Failure, expect, input,
    render::{self, Output},
};

/// Show who sees which field and in which form, from manifests alone
///
/// Reads policies and Kubernetes and Istio manifests from the same files, follows every path from every workload to the
/// ones that policies protect, and shows the worst form in which each field arrives: clear, partial, masked, denied (no
/// response) or unreachable (no connection), or that it is unknown, since an object that is not read may open it. `!` marks what is more
/// than the policy grants, `<` what is less.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies and manifests: files, directories, patterns such as 'policies/*.yaml', `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// List every connection between workloads instead, with protocols and ports
    #[arg(long, group = "question")]
    connections: bool,
    /// Show what unknown pods would get instead, and which namespace, labels and identity they would need
    #[arg(long, group = "question")]
    exposure: bool,
    /// Let each object fail in turn (removed, permissive, not enforced) instead, and show what each single fault exposes and
    /// how many faults each field takes
    #[arg(long, group = "question")]
    single_fault: bool,
    /// Check the expectations of a file, such as `frontend sees ssn: partial`; exit code 3 when one does not hold
    #[arg(long = "assert", value_name = "FILE", group = "question")]
    expectations: Vec<PathBuf>,
    /// Take what is not known, and callers that get less than the policy grants, for faults: exit code 3. `--assert` always
    /// takes what is not known for one
    #[arg(long)]
    strict: bool,
    /// Write a row for each source; otherwise sources that get the same are one row
    #[arg(long)]
    wide: bool,
    /// Show this source only, by a name that `explain` takes. Filters also narrow what the exit code is about
    #[arg(long = "source", value_name = "SOURCE", conflicts_with = "question")]
    sources: Vec<String>,
    /// Show the workloads of this namespace only as sources (and those of --source)
    #[arg(long = "namespace", value_name = "NAMESPACE", conflicts_with = "question")]
    namespaces: Vec<String>,
    /// Show this field only, such as `ssn` or `customers.ssn`
    #[arg(long = "field", value_name = "FIELD", conflicts_with = "question")]
    fields: Vec<String>,
    /// The addresses of the cluster's pods, such as 10.244.0.0/16; otherwise those that nodes name, or all private ones
    #[arg(long = "pod-range", value_name = "CIDR")]
    pod_ranges: Vec<String>,
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
  meshveil simulate --namespace shop --field ssn policy.yaml manifests/
  meshveil simulate --wide --output json policy.yaml manifests/ | jq '.matrix[].sources[].source'

Exit codes: 0 done, 1 faults in the files, 2 wrong usage or a file that cannot be read, 3 a source gets more than a \
policy grants, an expectation does not hold, or with --strict something is unknown or less than the policy grants.";

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
    let output = if arguments.output == Format::Json { Output::Json } else { Output::Text };
    let mut cluster = input::cluster(&arguments.paths, output)?;
    input::set_pod_ranges(&mut cluster, &arguments.pod_ranges)?;
    let answered = answer(arguments, &cluster, output);
    match answered {
        // The answer is about the cluster without what it refuses.
        Ok(()) | Err(Failure::Exposed | Failure::Unknown) if cluster.has_refused() => Err(Failure::Findings),
        answered => answered,
    }
}

fn answer(arguments: &Arguments, cluster: &Cluster, output: Output) -> Result<(), Failure> {
    let is_json = arguments.output == Format::Json;
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
        return expect::run(cluster, &reach, &arguments.expectations, arguments.output);
    }
    let protected = input::protected(cluster, &reach, output)?;
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
    let Arguments { sources, namespaces, fields, wide, .. } = arguments;
    let selection = Selection::find(&Names::new(cluster, &reach), sources, namespaces, fields);
    let selection = selection.map_err(|error| render::unknown_name(&error))?;
    let asked = protected.iter().filter(|(_, workload)| selection.has_workload(*workload));
    let find = |(policy, workload): &(&Policy, usize)| AccessMatrix::find_some(&reach, policy, *workload, &selection);
    let answers: Vec<AccessMatrix> = asked.map(find).collect();
    let exceeds = answers.iter().any(|matrix| matrix.exceeding().count > 0);
    let is_short = answers.iter().any(|matrix| matrix.unknown().count + matrix.lacking().count > 0);
    let each = |text: fn(&AccessMatrix, bool) -> String| {
        answers.iter().map(|matrix| text(matrix, *wide)).collect::<Vec<_>>().join("\n")
    };
    match arguments.output {
        Format::Text => render::print(&each(render::matrix::text))?,
        Format::Markdown => render::print(&each(render::matrix::markdown))?,
        Format::Json if *wide => render::document(&Document::wide(&answers))?,
        Format::Json => render::document(&Document::matrix(&answers))?,
    }
    match exceeds {
        true => Err(Failure::Exposed),
        false if is_short && arguments.strict => Err(Failure::Unknown),
        false => Ok(()),
    }
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
