//! `meshveil check`: what is wrong with policies and manifests.

use std::path::PathBuf;

use meshveil_policy::{Policies, Policy};
use meshveil_reach::{
    Manifests, Options, Reach,
    checks::{self, Caller, Context, Protected},
};
use meshveil_source::{Files, Finding, Severity};

use crate::{
    Failure,
    cluster::{protected_by, skipped},
    fix, input,
    render::{self, Output},
};

/// Check policies and manifests, and say everything that is wrong with them
///
/// Policies are checked by themselves; Kubernetes and Istio manifests for classic mistakes and for known ways round the
/// sidecars of the workloads that the policies protect. Exit code 1 when there is an error or a warning; notes do not count.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files, directories and patterns such as 'policies/*.yaml'; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Change the files where a change removes a finding and lets nobody in, then check again
    #[arg(long)]
    fix: bool,
    /// Write nothing: print the changes that `--fix` would make; exit code 1 where there are any
    #[arg(long, requires = "fix")]
    dry_run: bool,
}

/// Texts with what is wrong with them.
pub(crate) struct Inspection {
    pub(crate) files: Files,
    /// By place.
    pub(crate) findings: Vec<Finding>,
    /// What was not read.
    note: Option<String>,
    /// Whether there is neither a policy nor a workload nor a finding.
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
        return Err(Failure::Usage("nothing to check: no policy and no workload in any of the files".to_owned()));
    }
    render::findings(arguments.output, &files, &findings)?;
    if findings.iter().any(|finding| finding.severity > Severity::Note) {
        return Err(Failure::Findings);
    }
    Ok(())
}

/// Everything that is wrong with texts.
pub(crate) fn inspect(texts: Vec<(String, String)>) -> Inspection {
    let policies = Policies::read(texts.clone());
    // Both number the texts in the same order, so that places mean the same.
    let manifests = Manifests::read(texts);
    let note = skipped(&manifests);
    let mut findings = policies.findings;
    findings.extend(manifests.findings.iter().cloned());
    if manifests.is_sound() {
        findings.extend(ways_round(&policies.policies, &manifests));
    }
    findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    findings.dedup();
    let is_empty = policies.policies.is_empty() && findings.is_empty() && manifests.workloads.is_empty();
    Inspection { files: policies.files, findings, note, is_empty }
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
    checks::run(&context)
}
