//! Each question, asked of the library alone.

use meshveil_answers::{
    Cluster, connections::connections, diff::Diff, diff::Effect, expect::Expectations, explain::Explanation,
    explain::Fate, faults::SingleFaults, fixes, matrix::AccessMatrix, names::Names, unknown_pods::UnknownPods,
};
use meshveil_reach::verdict::Form;
use meshveil_text::codes::Base;

/// Drops the NetworkPolicies and the authorisation of the workload: every pod reaches the port.
const OPEN: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: open, namespace: shop }
spec: { podSelector: { matchLabels: { app: customers } }, ingress: [{ ports: [{ port: 8080 }] }] }
";

fn cluster(change: &str) -> Cluster {
    let manifests = Base::Sidecar.with(change);
    let texts = [("policy.yaml", Base::Policy.text()), ("cluster.yaml", manifests.as_str())];
    Cluster::read(texts.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec()).unwrap()
}

#[test]
fn the_matrix_has_every_source_and_every_field() {
    let cluster = cluster("");
    let reach = cluster.reach();
    let (policy, workload) = cluster.must_protect(&reach).unwrap()[0];
    let matrix = AccessMatrix::find(&reach, policy, workload);
    assert_eq!((matrix.policy.as_str(), matrix.workload.as_str()), ("shop/customers", "shop/customers[Deployment]"));
    assert_eq!(matrix.fields, ["ssn", "email"]);
    let rows = matrix.rows();
    let billing = rows.iter().find(|row| row.source == "shop/billing[Deployment]").unwrap();
    assert!(matrix.fields.iter().all(|field| billing.fields.contains_key(field)));
    assert!(rows.iter().all(|row| row.source != matrix.workload));
}

#[test]
fn connections_are_sorted_and_more_when_a_port_is_opened() {
    let list = |change: &str| connections(&cluster(change).reach());
    let (closed, open) = (list(""), list(OPEN));
    assert!(closed.iter().all(|connection| !connection.ports.is_empty()));
    assert!(open.iter().any(|connection| !closed.contains(connection)), "{open:#?}");
}

#[test]
fn an_explanation_follows_every_path_and_says_what_a_stopped_one_takes() {
    let cluster = cluster("");
    let reach = cluster.reach();
    let names = Names::new(&cluster, &reach);
    let batch = names.sources("staging/batch").unwrap()[0];
    let customers = names.destinations("customers").unwrap()[0];
    let answer = Explanation::find(&cluster, &reach, batch, customers, None, Some("ssn")).unwrap();
    assert!(!answer.paths.is_empty());
    for path in answer.paths.iter().filter(|path| path.outcome != Fate::Served) {
        assert!(path.remedy.is_some() && path.steps.iter().any(|step| !step.passed), "{path:#?}");
    }
    let unknown = Explanation::find(&cluster, &reach, batch, customers, None, Some("snn")).unwrap_err();
    assert_eq!(unknown.near.as_deref(), Some("ssn"));
}

#[test]
fn a_state_does_not_differ_from_itself_and_an_opened_port_is_dangerous() {
    let (closed, open) = (cluster(""), cluster(OPEN));
    assert!(Diff::find(&closed, &closed, true).changes.is_empty());
    let opened = Diff::find(&closed, &open, true);
    assert!(opened.is_dangerous());
    let closed_again = Diff::find(&open, &closed, true);
    assert!(closed_again.with(Effect::Lost).next().is_some());
    assert!(closed_again.with(Effect::Gained).next().is_none(), "{:#?}", closed_again.changes);
}

#[test]
fn expectations_hold_or_are_broken_with_a_counterexample() {
    let cluster = cluster("");
    let reach = cluster.reach();
    let check = |text: &str| Expectations::check(&cluster, &reach, vec![("expect.yaml".to_owned(), text.to_owned())]);
    let found = check("expect:\n  - staging/batch sees ssn: unreachable\n  - staging/batch sees ssn: clear\n").unwrap();
    assert_eq!((found.count, found.broken.len()), (2, 1));
    let faulty = check("expect:\n  - nothing of the kind\n").unwrap_err();
    assert_eq!(faulty.findings.len(), 1);
}

#[test]
fn unknown_pods_and_single_faults_are_asked_of_the_protected_workload() {
    let cluster = cluster(OPEN);
    let reach = cluster.reach();
    let (policy, workload) = cluster.must_protect(&reach).unwrap()[0];
    let unknown = UnknownPods::find(&reach, policy, workload);
    assert!(unknown.pods.iter().all(|pod| pod.fields.values().all(|form| *form >= Form::Masked)));
    let faults = SingleFaults::find(&reach, policy, workload);
    assert!(faults.needed.iter().all(|(_, needed)| needed.len() == faults.fields.len()));
    for gain in faults.faults.iter().flat_map(|fault| &fault.leaks) {
        assert!(gain.after > gain.before, "{gain:?}");
    }
}

#[test]
fn fixes_leave_texts_without_a_safe_change_alone() {
    let texts = vec![("cluster.yaml".to_owned(), Base::Sidecar.text().to_owned())];
    let fixed = fixes::apply(&texts);
    assert_eq!(fixed.texts, texts);
    assert!(fixed.done.is_empty() && fixed.left.is_empty());
}
