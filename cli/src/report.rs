//! `meshveil report`: everything about policies and a cluster as one page.

use std::{path::PathBuf, time::SystemTime};

use meshveil_answers::{Cluster, checks::inspect_on, cluster::Faulty, expect::Expectations, matrix::AccessMatrix};
use meshveil_policy::Date;
use meshveil_report::Report;

use crate::{
    Failure, input, page,
    render::{self, Output},
};

/// Write what `simulate`, `explain` and `check` say as one page of HTML
///
/// The page needs no other file and makes no request: it can be opened from a disk, mailed or kept. It says first what the answer does
/// not rest on, then who gets more than is granted, the matrix with the reasons and lines of every cell, which cells a line decides, a
/// map, findings, and what one fault exposes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies and manifests: files, directories, patterns such as 'policies/*.yaml', `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Expectations whose result is shown, too
    #[arg(long = "assert", value_name = "FILE")]
    expectations: Vec<PathBuf>,
    /// A body in JSON that is shown as each caller gets it: its values are in the page. Without it no page holds a value of a body
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// The addresses of the cluster's pods, such as 10.244.0.0/16; otherwise those that nodes name, or all private ones
    #[arg(long = "pod-range", value_name = "CIDR")]
    pod_ranges: Vec<String>,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil report policy.yaml manifests/ -o report.html
  meshveil report --assert expectations.yaml --sample customers.json policy.yaml manifests/ -o report.html

Exit codes: 0 done, 1 faults in the files (the page says which), 2 wrong usage or a file that cannot be read, 3 a source gets more \
than a policy grants, or an expectation does not hold.";

/// Writes the page.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let texts = input::texts(&arguments.paths)?;
    let origin = page::origin();
    let found = inspect_on(texts.clone(), Some(Date::of(SystemTime::now())));
    let mut cluster = match Cluster::read(texts) {
        Ok(cluster) => cluster,
        Err(Faulty { files, findings }) => {
            page::write(&arguments.output, &meshveil_report::faulty(&files, &findings, &origin))?;
            return Err(Failure::Findings);
        }
    };
    if cluster.is_empty() {
        return Err(Failure::Usage("nothing to read: no policy and no workload in any of the files".to_owned()));
    }
    input::set_pod_ranges(&mut cluster, &arguments.pod_ranges)?;
    let reach = cluster.reach();
    let expectations = match arguments.expectations.as_slice() {
        [] => None,
        paths => Some(Expectations::check(&cluster, &reach, input::texts(paths)?)),
    };
    let expectations = match expectations.transpose() {
        Ok(expectations) => expectations,
        Err(Faulty { files, findings }) => {
            render::findings(Output::Text, &files, &findings)?;
            return Err(Failure::Findings);
        }
    };
    let sample = arguments.sample.as_deref().map(page::text).transpose()?;
    let report = Report {
        cluster: &cluster,
        reach: &reach,
        findings: &found.findings,
        files: &found.files,
        expectations: expectations.as_ref(),
        sample: sample.as_ref().map(|(name, text)| (name.as_str(), text.as_str())),
        module: page::module(),
        origin,
    };
    let answers: Vec<AccessMatrix> = report.answers();
    page::write(&arguments.output, &report.page(&answers))?;
    let is_broken = expectations.as_ref().is_some_and(|expectations| !expectations.broken.is_empty());
    let exceeds = answers.iter().any(|answer| answer.exceeding().count > 0);
    match cluster.has_refused() {
        true => Err(Failure::Findings),
        false if exceeds || is_broken => Err(Failure::Exposed),
        false => Ok(()),
    }
}
