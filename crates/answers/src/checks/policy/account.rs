//! ServiceAccounts in a policy that its pods do not run as: with what is generated they would be refused.

use meshveil_policy::Policy;
use meshveil_reach::Reach;
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_text::codes;

use crate::checks::idle::is_known;
use crate::cluster::protected_by;

pub(super) fn run(policy: &Policy, reach: &Reach<'_>, findings: &mut Vec<Finding>) {
    let workloads = &reach.manifests.workloads;
    if let Some(account) = &policy.workload.service_account {
        let own = protected_by(policy, reach).into_iter().filter_map(|at| workloads.get(at));
        for workload in own.filter(|workload| workload.service_account != account.value) {
            let (title, runs_as) = (workload.title(), &workload.service_account);
            let message = format!("`{title}` runs as `{runs_as}`, not as `{}`, as the policy says", account.value);
            let finding = Finding::new(&codes::bypass::OTHER_ACCOUNT, account.span, message);
            let help = format!("set `serviceAccountName: {}` in its pod template, or change the policy", account.value);
            findings.push(finding.label(workload.service_account_span, "it is said here").help(help));
        }
    }
    for caller in &policy.callers {
        let (Some(account), Some(pods)) = (&caller.service_account, &caller.pods) else { continue };
        let own = || workloads.iter().filter(|workload| workload.meta.namespace == account.value.namespace);
        let has_labels =
            |workload: &&Workload| pods.value.iter().all(|(key, value)| workload.labels.get(key) == Some(value));
        let runs = |workload: &&Workload| workload.service_account == account.value.name;
        if own().any(|workload| runs(&workload)) || !is_known(reach.manifests, &account.value.namespace) {
            continue;
        }
        if let Some(workload) = own().find(has_labels) {
            let (title, name) = (workload.title(), &caller.name.value);
            let full = format!("{}/{}", account.value.namespace, account.value.name);
            let message = format!(
                "nobody runs as `{full}`, the account of caller `{name}`: `{title}` has its labels and runs as `{}`",
                workload.service_account
            );
            let help =
                format!("set `serviceAccountName: {}` in its pod template, or change the policy", account.value.name);
            let finding = Finding::new(&codes::bypass::OTHER_ACCOUNT, account.span, message);
            findings.push(finding.label(workload.service_account_span, "it is said here").help(help));
        }
    }
}
