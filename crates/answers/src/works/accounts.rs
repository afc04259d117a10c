//! The workload runs as another ServiceAccount than its policy says.

use meshveil_text::{Finding, codes::manifest as codes};

use super::Case;

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(account) = &case.policy.workload.service_account else { return };
    let workload = case.workload;
    if account.value == workload.service_account {
        return;
    }
    let message = format!(
        "`{}` runs as ServiceAccount `{}`, not as `{}`",
        workload.title(),
        workload.service_account,
        account.value
    );
    let finding = Finding::new(&codes::OTHER_ACCOUNT, account.span, message);
    let finding = finding.label(workload.service_account_span, "what it runs as");
    findings.push(finding.help("set `serviceAccountName` of its pods, or correct the policy"));
}
