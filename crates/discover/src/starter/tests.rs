//! Policies that are written, read back.

use std::collections::BTreeSet;

use meshveil_json::query::Selector;
use meshveil_policy::Policies;
use proptest::prelude::*;

use super::*;
use crate::{graph::Step, propose, shown::shown};

fn written(names: &BTreeSet<String>, topology: Option<&Topology>) -> (String, Proposal) {
    let mut graph = Graph::default();
    for name in names {
        // One above the other, so that comments hold them, too.
        let root = graph.add();
        graph.roots.push(Root { title: format!("GET /{}", shown(name)), node: root });
        let holder = graph.child(root, &Step::Name(name.clone()));
        let inner = graph.child(holder, &Step::Name(name.clone()));
        graph.at(inner).unwrap().facts.mark = Some("x-pii");
    }
    let ways = Ways::of(&graph);
    let proposal = propose::fields(&graph, &ways, true);
    let files = vec![names.iter().cloned().collect()];
    let media = Media::default();
    let sources = Sources {
        files,
        graph: &graph,
        ways: &ways,
        media: &media,
        proposal: &proposal,
        topology,
        named: None,
        key: Some("KEY"),
    };
    (policy(&sources), proposal)
}

proptest! {
    #[test]
    fn every_name_comes_back_from_the_policy(names in prop::collection::btree_set("\\PC{0,20}|.{0,9}|[*&!%@`'\"\\\\#:,?{}\\[\\]| \t\n\r\u{85}\u{2028}-]{0,9}|no|1e3|~|null|TODO", 1..6)) {
        let (text, proposal) = written(&names, None);
        prop_assert!(proposal.left_out.is_empty());
        let policies = Policies::from_texts([("policy.yaml", text.as_str())]);
        prop_assert!(policies.is_sound(), "{:?}\n{}", policies.findings, text);
        let mut found = BTreeSet::new();
        for path in policies.policies.iter().flat_map(|policy| &policy.fields).flat_map(|field| &field.paths) {
            let last = path.value.segments.last().unwrap();
            let [Selector::Name(name)] = last.selectors.as_slice() else { panic!("{path:?}") };
            found.insert(name.clone());
        }
        prop_assert_eq!(found, names);
    }

    #[test]
    fn odd_manifests_give_a_policy(name in ".{0,70}", account in ".{0,70}", label in ".{0,20}") {
        let labels = vec![(label.clone(), name.clone())];
        let caller = |name: &str| CallerProposal { namespace: label.clone(), name: name.to_owned(), account: account.clone(), pods: labels.clone() };
        let topology = Topology {
            name: name.clone(),
            namespace: label.clone(),
            place: account.clone(),
            selector: labels.clone(),
            also_selected: vec![name.clone()],
            account: account.clone(),
            shares_account: vec![label.clone()],
            services: vec![name.clone()],
            ports: vec![(1, Some("http".to_owned()))],
            other_ports: vec![(2, label.clone())],
            probes: [format!("/{name}"), format!("/{label}")].into(),
            callers: vec![caller(&name), caller(&account)],
            hops: vec![caller(&label)],
            no_callers: vec![(account.clone(), name.clone())],
        };
        let (text, _) = written(&["ssn".to_owned()].into(), Some(&topology));
        let policies = Policies::from_texts([("policy.yaml", text.as_str())]);
        prop_assert!(policies.is_sound(), "{:?}\n{}", policies.findings, text);
    }
}
