//! Every code: its bad example gives it, underlined where it says, and its good example gives nothing.

use meshveil_policy::Policies;
use meshveil_text::{
    Severity,
    codes::{Base, policy as codes},
};

#[test]
fn the_base_policy_has_no_findings() {
    let policies = Policies::from_texts([("policy.yaml", Base::Policy.text())]);
    assert_eq!(policies.findings, []);
    let policy = policies.policies.first().unwrap();
    let plan = policy.plan();
    assert_eq!(plan.policy, "shop/customers");
    let billing = serde_json::to_value(&plan.callers).unwrap();
    assert_eq!(billing.pointer("/0/match/0/principal").unwrap(), "spiffe://cluster.local/ns/shop/sa/billing");
}

#[test]
fn every_code_has_an_example_that_gives_it_and_one_that_does_not() {
    for code in codes::ALL {
        let example = &code.example;
        let bad = Policies::from_texts([("policy.yaml", example.base.with(example.bad))]);
        let found: Vec<_> = bad.findings.iter().filter(|finding| finding.code == *code).collect();
        assert!(!found.is_empty(), "{code}: {:#?}", bad.findings);
        assert_eq!(bad.files.slice(found.first().unwrap().span), example.underlined, "{code}: {found:#?}");
        let good = Policies::from_texts([("policy.yaml", example.base.with(example.good))]);
        assert_eq!(good.findings, [], "{code}");
    }
}

#[test]
fn two_policies_for_one_workload_are_an_error() {
    let second = Base::Policy.text().replace("name: customers, namespace", "name: more, namespace");
    let policies = Policies::from_texts([("a.yaml", Base::Policy.text().to_owned()), ("b.yaml", second)]);
    let codes: Vec<_> = policies.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [&codes::SAME_WORKLOAD]);
}

#[test]
fn no_fault_hides_another() {
    let text = "\
apiVersion: meshveil.dev/v1
kind: MaskingPolicy
metadata: { name: customers }
spec:
  worklod: {}
  fields:
    - { name: a b, paths: [\"$..[\"], mask: redcat }
    - { name: x, paths: \"$.x\", mask: { partial: { keepLst: 4 } } }
    - { paths: [], mask: redact }
  callers:
    - { name: a, serviceAccount: a, sees: [y] }
    - { name: b, sees: none }
  others: nobody
";
    let policies = Policies::from_texts([("policy.yaml", text)]);
    let errors = policies.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    assert!(errors >= 15, "{errors}: {:#?}", policies.findings);
    assert!(policies.policies.is_empty());
}

#[test]
fn other_kinds_are_left_alone() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: { name: x }\n";
    assert_eq!(Policies::from_texts([("x.yaml", text)]).findings, []);
}
