//! `meshveil verify`: whether what runs does what a policy says.

use std::{path::PathBuf, time::SystemTime};

use meshveil_answers::accepted::Acceptances;
use meshveil_policy::{Date, Policies, Policy};
use meshveil_text::{Code, Documents, Finding, Node, Severity, codes};
use meshveil_verify::{Options, Proxy, drift::drift, exposes, plans_in, verify};

use crate::{
    Failure, admin, input,
    render::{self, Output},
};

/// Verify that a running proxy, or a cluster, does what a policy says
///
/// Reads the config dump of a proxy and follows every listener, chain and route to the ports that the policies protect: each
/// has to go through the policy's filter, with the policy's plan. What is not understood counts as not protected. With
/// `--manifests` and `--live`, objects of a cluster are compared with the manifests they were made from.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Config dumps: a file, `-` for standard input, or the admin page of a proxy on this machine such as http://127.0.0.1:9901
    #[arg(value_name = "DUMP")]
    dumps: Vec<PathBuf>,
    /// The policies: files, directories, patterns; can be repeated
    #[arg(short, long, value_name = "PATH", required = true)]
    policy: Vec<PathBuf>,
    /// The manifests that were applied: their plan has to be the one that runs; can be repeated
    #[arg(short, long, value_name = "PATH")]
    manifests: Vec<PathBuf>,
    /// What is in the cluster, as `kubectl get -o yaml` prints it: it is compared with `--manifests`
    #[arg(long, value_name = "PATH", requires = "manifests")]
    live: Vec<PathBuf>,
    /// A cluster of the proxy that leads to the protected workload; can be repeated
    #[arg(long = "cluster", value_name = "NAME")]
    clusters: Vec<String>,
    /// A cluster of the proxy that does not lead to it; can be repeated
    #[arg(long, value_name = "NAME")]
    elsewhere: Vec<String>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Output::Text)]
    output: Output,
}

const AFTER_HELP: &str = "\
Examples:
  kubectl port-forward -n shop deploy/customers 15000 & meshveil verify http://127.0.0.1:15000 --policy policy.yaml
  istioctl proxy-config all deploy/customers -n shop -o json | meshveil verify - --policy policy.yaml
  meshveil verify envoy.yaml --policy policy.yaml
  kubectl get netpol,wasmplugin,envoyfilter -A -o yaml | meshveil verify --policy policy.yaml --manifests mesh/ --live -

Exit codes: 0 everything goes through the filter, 1 findings, 2 wrong usage or a dump that cannot be read, 3 a path to the \
workload without the filter or with other settings, or one that is not understood.";

/// Verifies dumps and objects.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.dumps.is_empty() && arguments.live.is_empty() {
        return Err(Failure::Usage("nothing to verify: name a dump, or `--manifests` and `--live`".to_owned()));
    }
    let mut texts = input::texts(&arguments.policy)?;
    let policies = texts.len();
    texts.extend(input::texts(&arguments.manifests)?);
    let manifests = texts.len();
    texts.extend(input::texts(&arguments.live)?);
    let live = texts.len();
    for dump in &arguments.dumps {
        texts.push(admin::dump(dump)?);
    }
    let documents = Documents::parse(texts);
    let of = |from: usize, to: usize| -> Vec<Node> {
        let within = |node: &&Node| (from..to).contains(&(node.span.file.0 as usize));
        documents.nodes.iter().filter(within).cloned().collect()
    };
    let read =
        Policies::read(&Documents { files: documents.files.clone(), nodes: of(0, policies), findings: Vec::new() });
    let faults = documents.findings.iter().chain(&read.findings).filter(|finding| finding.severity == Severity::Error);
    let faults: Vec<Finding> = faults.cloned().collect();
    if !faults.is_empty() {
        render::findings(arguments.output, &documents.files, &faults)?;
        return Err(Failure::Findings);
    }
    if read.policies.is_empty() {
        return Err(Failure::Usage("there is no policy".to_owned()));
    }
    let applied = of(policies, manifests);
    let options = Options {
        clusters: arguments.clusters.clone(),
        elsewhere: arguments.elsewhere.clone(),
        manifests: plans_in(&applied),
    };
    let mut findings = Vec::new();
    if !arguments.live.is_empty() {
        let live = of(manifests, live);
        findings.extend(drift(&applied, &live));
    }
    for (number, _) in arguments.dumps.iter().enumerate() {
        let file = live + number;
        let nodes = of(file, file + 1);
        let id = meshveil_text::FileId(u32::try_from(file).unwrap_or(u32::MAX));
        let proxy = Proxy::read(id, &nodes);
        findings.extend(of_proxy(&proxy, &read.policies, &options, documents.files.name(id)));
    }
    // Comments in policies accept what `check` finds: here they are only looked at for what is malformed or over.
    let is_asked = |code: &'static Code| codes::verify::ALL.contains(&code);
    let today = Some(Date::of(SystemTime::now()));
    let acceptances = Acceptances::read(&documents.files, &[]);
    let findings = acceptances.apply(&documents.files, findings, today, is_asked, |finding| !exposes(finding));
    render::findings(arguments.output, &documents.files, &findings)?;
    match findings.iter().any(exposes) {
        true => Err(Failure::Exposed),
        false if findings.iter().any(|finding| finding.severity > Severity::Note) => Err(Failure::Findings),
        false => Ok(()),
    }
}

/// What is wrong with a proxy; what is right is said beside.
fn of_proxy(proxy: &Proxy<'_>, policies: &[Policy], options: &Options, name: &str) -> Vec<Finding> {
    let found = verify(proxy, policies, options);
    for line in &found.running {
        eprintln!("note: {name}: {line}");
    }
    for policy in &found.elsewhere {
        eprintln!("note: {name}: policy {policy} is about another proxy");
    }
    found.findings
}
