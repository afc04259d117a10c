//! Stores whose own pods, and those who look after them, are cut off.

use meshveil_policy::PeerTo;
use meshveil_reach::network::{Direction, Endpoint};
use meshveil_text::{Finding, Node, codes::manifest as codes};

use super::Case;

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let (reach, manifests) = (case.reach, case.reach.manifests);
    for store in &case.policy.stores {
        let PeerTo::Pods { namespace, labels: Some(labels) } = &store.to else { continue };
        let pods = labels.value.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for at in reach.select(namespace, pods) {
            let Some(workload) = manifests.workloads.get(at) else { continue };
            let own = Endpoint::Workload(at);
            if !reach.network.is_isolated(own, Direction::Ingress) {
                continue;
            }
            let replicas =
                case.document_of(workload).and_then(|node| node.at(&["spec", "replicas"])).and_then(Node::int);
            let ports: Vec<_> = workload.ports().map(|port| (port.protocol, port.port)).collect();
            let among = |port: &&(_, u16)| reach.network.explain(own, own, port.0, port.1).ingress.passes();
            let (name, title) = (&store.name.value, workload.title());
            if replicas.is_some_and(|replicas| replicas > 1) && !ports.iter().any(|port| among(&port)) {
                let message = format!("the replicas of `{title}`, store `{name}`, cannot reach each other");
                let finding = Finding::new(&codes::STORE_CUT_OFF, store.name.span, message);
                findings.push(finding.label(workload.meta.span, "has replicas").help(
                    "list the ports on which they talk under `peers` of the store, and its operator, backups and exporter under `clients`",
                ));
            }
            for (protocol, number) in &ports {
                let is_reached =
                    reach.network.endpoints().any(|end| reach.network.explain(end, own, *protocol, *number).passes());
                let is_known = store.ports.iter().any(|port| port.value == *number);
                if !is_reached && !is_known {
                    let message =
                        format!("port {number} of `{title}`, store `{name}`, is cut off: no source reaches it");
                    let finding = Finding::new(&codes::STORE_CUT_OFF, store.name.span, message);
                    findings.push(
                        finding
                            .severity(meshveil_text::Severity::Note)
                            .help("list who connects there under `clients` of the store, with `ports`"),
                    );
                }
            }
        }
    }
}
