//! What each stage of a roll-out writes.

use std::collections::BTreeMap;

use meshveil_policy::Policies;
use meshveil_text::codes::Base;

use super::*;

/// The files of the sample policy at a stage, by name, and the notes.
fn written(stage: &str, target: Target) -> (BTreeMap<String, String>, Vec<String>) {
    let until = if stage == "enforce" { "" } else { "until: \"2027-12-31\"\n" };
    let text = Base::Policy.with(&format!("stage: {stage}\n{until}"));
    let policies = Policies::from_texts([("policy.yaml", text)]);
    assert!(policies.is_sound(), "{:#?}", policies.findings);
    let url = if target == Target::Envoy { "./meshveil_filter.wasm" } else { "oci://registry.example.com/meshveil" };
    let settings = Settings {
        target,
        istio: Version::new(1, 29),
        envoy: Version::new(1, 40),
        url: url.to_owned(),
        sha256: None,
        environments: Vec::new(),
    };
    let generated = generate(&policies.policies, &settings).unwrap();
    (generated.files.into_iter().map(|file| (file.path, file.text)).collect(), generated.notes)
}

#[test]
fn before_enforce_only_the_filter_enforces() {
    for target in [Target::IstioSidecar, Target::IstioAmbient, Target::EnvoyGateway] {
        for stage in ["observe", "mask"] {
            let (files, notes) = written(stage, target);
            assert!(files["filter.yaml"].contains("stage") && files["filter.yaml"].contains(stage));
            assert!(files["admission.yaml"].contains("Warn") && !files["admission.yaml"].contains("Deny"));
            for absent in ["network-policies", "guard"] {
                assert!(!files.contains_key(&format!("{absent}.yaml")), "{stage}");
                assert!(!files["kustomization.yaml"].contains(absent), "{stage}");
            }
            assert!(notes.iter().any(|note| note.contains(&format!("stage `{stage}`"))), "{notes:?}");
        }
        let (files, notes) = written("enforce", target);
        assert!(files["admission.yaml"].contains("Deny") && files.contains_key("network-policies.yaml"));
        assert!(!notes.iter().any(|note| note.contains("stage `")), "{notes:?}");
    }
}

#[test]
fn authorization_is_rehearsed_before_it_is_enforced() {
    for (target, rehearsed) in [(Target::IstioSidecar, 2), (Target::IstioAmbient, 1)] {
        let rules = |stage| written(stage, target).0["authorization.yaml"].clone();
        let observed = rules("observe");
        assert_eq!(observed.matches("istio.io/dry-run").count(), rehearsed, "{observed}");
        assert_eq!(observed.matches("kind: AuthorizationPolicy").count(), rehearsed, "nothing is enforced\n{observed}");
        assert!(observed.contains("PERMISSIVE") && !observed.contains("STRICT"));
        let enforced = rules("enforce");
        assert!(enforced.contains("STRICT") && !enforced.contains("dry-run"));
    }
}

#[test]
fn envoy_alone_refuses_no_caller_before_enforce() {
    for (stage, filters) in [("observe", 0), ("mask", 0), ("enforce", 2)] {
        let (files, _) = written(stage, Target::Envoy);
        let rules = files["envoy.yaml"].matches("extensions.filters.http.rbac").count();
        assert_eq!(rules, filters, "{stage}");
    }
}
