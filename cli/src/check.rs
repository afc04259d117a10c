//! `meshveil check`: what is wrong with policies and manifests.

use std::path::PathBuf;

use meshveil_policy::{Policies, Policy};
use meshveil_reach::{
    Manifests, Options, Reach,
    checks::{self, Caller, Context, Protected},
};
use meshveil_text::{Documents, Files, Finding, Severity};

use crate::{
    Failure,
    cluster::{idle, protected_by, skipped},
    fix, input,
    render::{self, Output},
};

/// Check policies and manifests, and say everything that is wrong with them
///
/// Policies are checked by themselves; Kubernetes and Istio manifests for classic mistakes and for known ways round the
/// sidecars of the workloads that the policies protect.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Policies and manifests: files, directories, patterns such as 'policies/*.yaml', `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Change the files where a change removes a finding and lets nobody in, then check again
    #[arg(long)]
    fix: bool,
    /// Write nothing: print the changes that `--fix` would make; exit code 1 where there are any
    #[arg(long, requires = "fix")]
    dry_run: bool,
}

const AFTER_HELP: &str = "\
Examples:
  meshveil check
  meshveil check 'policies/*.yaml' manifests/
  meshveil check --fix --dry-run manifests/
  kustomize build overlays/production | meshveil check policy.yaml -
  meshveil check --output sarif . > meshveil.sarif

Exit codes: 0 clean (notes do not count), 1 an error or a warning, 2 wrong usage or a file that cannot be read.";

/// Texts with what is wrong with them.
pub(crate) struct Inspection {
    pub(crate) files: Files,
    /// By place.
    pub(crate) findings: Vec<Finding>,
    /// What was not read.
    note: Option<String>,
    /// Whether there is neither a policy nor an object that is checked nor a finding.
    is_empty: bool,
}

/// Checks policies and manifests.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.fix && arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Usage("`--fix` changes files: standard input is none".to_owned()));
    }
    let mut texts = input::texts(&arguments.paths)?;
    if arguments.fix {
        let fixed = fix::apply(&texts);
        if arguments.dry_run {
            return fix::show(&texts, &fixed);
        }
        fix::write(&texts, &fixed)?;
        texts = fixed.texts;
    }
    let Inspection { files, findings, note, is_empty } = inspect(texts);
    if let Some(note) = note {
        eprintln!("{note}");
    }
    if is_empty {
        return Err(Failure::Usage(
            "nothing to check: no policy and no object of a known kind in any of the files".to_owned(),
        ));
    }
    render::findings(arguments.output, &files, &findings)?;
    if findings.iter().any(|finding| finding.severity > Severity::Note) {
        return Err(Failure::Findings);
    }
    Ok(())
}

/// Everything that is wrong with texts.
pub(crate) fn inspect(texts: Vec<(String, String)>) -> Inspection {
    let documents = Documents::parse(texts);
    let policies = Policies::read(&documents);
    let manifests = Manifests::read(&documents);
    let is_sound = documents.is_sound() && manifests.is_sound();
    let mut note = skipped(&manifests);
    let mut findings = documents.findings;
    findings.extend(policies.findings);
    findings.extend(manifests.findings.iter().cloned());
    if is_sound {
        findings.extend(ways_round(&policies.policies, &manifests));
    }
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    let is_empty = policies.policies.is_empty() && findings.is_empty() && is_bare(&manifests);
    if manifests.workloads.is_empty() && !is_bare(&manifests) {
        let alone = "note: no workload is read: policies of the network and the mesh are checked by themselves";
        note = Some(note.into_iter().chain([alone.to_owned()]).collect::<Vec<_>>().join("\n"));
    }
    Inspection { files: documents.files, findings, note, is_empty }
}

/// Whether no object is there that any check is about.
fn is_bare(manifests: &Manifests) -> bool {
    manifests.workloads.is_empty()
        && manifests.services.is_empty()
        && manifests.network_policies.is_empty()
        && manifests.admin_policies.is_empty()
        && manifests.peer_authentications.is_empty()
        && manifests.authorization_policies.is_empty()
        && manifests.extensions.is_empty()
        && manifests.envoy_filters.is_empty()
}

/// Known mistakes, and ways round the sidecars of protected workloads.
fn ways_round(policies: &[Policy], manifests: &Manifests) -> Vec<Finding> {
    let reach = Reach::new(manifests, &Options::default());
    let mut protected = Vec::new();
    for policy in policies {
        let accounts = policy.callers.iter().filter_map(|caller| caller.service_account.as_ref());
        let callers: Vec<Caller> = accounts
            .map(|account| Caller {
                namespace: account.value.namespace.clone(),
                service_account: account.value.name.clone(),
            })
            .collect();
        let ports: Vec<u16> = policy.workload.ports.iter().map(|port| port.port.value).collect();
        for workload in protected_by(policy, &reach) {
            protected.push(Protected { workload, ports: ports.clone(), callers: callers.clone() });
        }
    }
    let context = if protected.is_empty() { Context::inferred(&reach) } else { Context::new(&reach, protected) };
    let mut findings = checks::run(&context);
    // Policies are also checked without the manifests of their workloads.
    let is_read =
        |policy: &&Policy| manifests.workloads.iter().any(|workload| workload.meta.namespace == policy.namespace.value);
    let idle = policies.iter().filter(is_read).filter_map(|policy| idle(policy, &reach));
    findings.extend(idle.map(|finding| Finding { severity: Severity::Warning, ..finding }));
    findings
}
