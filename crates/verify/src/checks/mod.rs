//! What is asked of a proxy, one file for each part of it.

mod chain;
mod filter;
mod listener;
mod order;
mod proxy;
mod route;

use meshveil_policy::Policy;
use meshveil_text::{Finding, codes::verify as codes};

use crate::{
    Proxy, Settings,
    dump::{Role, shown},
    lead::Question,
};

/// What is known beside the dump.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Clusters that lead to the protected workload.
    pub clusters: Vec<String>,
    /// Clusters that do not.
    pub elsewhere: Vec<String>,
    /// The plans of the manifests that were applied, where they are given.
    pub manifests: Vec<Settings>,
}

/// What was found in a proxy.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// What is wrong, by place.
    pub findings: Vec<Finding>,
    /// What is right: a line for each policy whose filter runs.
    pub running: Vec<String>,
    /// Policies that are about other proxies than this one.
    pub elsewhere: Vec<String>,
}

/// How many routes and connections lead to a protected port, and by which plans.
#[derive(Debug, Default)]
struct Tally {
    paths: usize,
    digests: Vec<String>,
}

/// Asks a proxy whether every path to what the policies protect goes through their filters. With one policy the proxy has
/// to be one that serves its workload; of several, those that protect other workloads are left out.
#[must_use]
pub fn verify(proxy: &Proxy<'_>, policies: &[Policy], options: &Options) -> Verification {
    let mut found = Verification { findings: proxy.findings.clone(), ..Verification::default() };
    if proxy.bootstrap.is_some() || !proxy.listeners.is_empty() {
        proxy::check(proxy, policies, &mut found.findings);
        for policy in policies {
            let question = Question { proxy, policy, options };
            if let Some(reason) = is_of_others(&question) {
                other_workload(&question, &reason, policies.len() == 1, &mut found);
                continue;
            }
            let mut findings = Vec::new();
            let tally = listener::check(&question, &mut findings);
            if tally.paths == 0 && findings.is_empty() {
                let reason = "no listener leads to its ports".to_owned();
                other_workload(&question, &reason, policies.len() == 1, &mut found);
                continue;
            }
            if findings.iter().all(|finding| !crate::exposes(finding)) {
                let paths =
                    if tally.paths == 1 { "1 path leads".to_owned() } else { format!("{} paths lead", tally.paths) };
                let plan = if tally.digests.is_empty() {
                    String::new()
                } else {
                    format!(", plan {}", tally.digests.join(" and "))
                };
                found.running.push(format!("{}: {paths} to it, through its filter{plan}", policy.full_name()));
            }
            found.findings.append(&mut findings);
        }
        let all = policies.len();
        if all > 1 && found.elsewhere.len() == all {
            let message = "this proxy serves none of the policies' workloads";
            found.findings.push(Finding::new(&codes::NOTHING_PROTECTED, proxy.span, message).help(OTHER_PROXY));
        }
    }
    found.findings.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    found.findings.dedup();
    found
}

const OTHER_PROXY: &str =
    "dump the proxy that runs the filter: the sidecar of the workload, its waypoint, or the Envoy in front of it";

fn other_workload(question: &Question<'_>, reason: &str, is_only: bool, found: &mut Verification) {
    let name = question.policy.full_name();
    if is_only {
        let message = format!("nothing here leads to what policy `{name}` protects: {reason}");
        found.findings.push(Finding::new(&codes::NOTHING_PROTECTED, question.proxy.span, message).help(OTHER_PROXY));
    } else {
        found.elsewhere.push(name);
    }
}

/// Why a sidecar is that of another workload, by its namespace and labels.
fn is_of_others(question: &Question<'_>) -> Option<String> {
    match &question.proxy.role {
        Role::Gateway => Some("this is a gateway, and the filter runs at the workload".to_owned()),
        Role::Sidecar { namespace, labels } => {
            let own = &question.policy.namespace.value;
            if let Some(other) = namespace.as_ref().filter(|namespace| *namespace != own) {
                return Some(format!("this is a sidecar in namespace `{}`", shown(other)));
            }
            let labels = labels.as_ref()?;
            let mut wanted = question.policy.workload.selector.value.iter();
            let missing = wanted.find(|(key, value)| labels.get(*key) != Some(value))?;
            Some(format!("this is a sidecar of a pod without the label `{}: {}`", missing.0, missing.1))
        }
        Role::Waypoint | Role::Plain => None,
    }
}
