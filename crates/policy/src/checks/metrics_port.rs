//! Metrics on a port with data, which opens it past the filter, and on another port of the application, where mutual TLS
//! refuses Prometheus.

use meshveil_text::Finding;

use crate::{Policy, codes};

/// Where a proxy serves merged metrics, and its own (Istio, "Ports used by Istio").
const OF_PROXIES: [u16; 2] = [15020, 15090];

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    for port in policy.metrics.iter().flat_map(|metrics| &metrics.ports) {
        let number = port.value;
        if let Some(own) = policy.workload.ports.iter().find(|own| own.port.value == number) {
            let message = format!("metrics at port {number}, which serves the data");
            let finding = Finding::new(&codes::METRICS_PORT, port.span, message);
            findings.push(finding.label(own.port.span, "the workload's port").help(
                "leave `ports` out: the sidecar merges the application's metrics at port 15020 (`prometheus.io/port` of its pods)",
            ));
        } else if !OF_PROXIES.contains(&number) {
            let message = format!(
                "metrics at port {number} of the application: mutual TLS is STRICT there, and refuses Prometheus"
            );
            findings.push(Finding::new(&codes::OWN_METRICS_PORT, port.span, message).help(
                "leave `ports` out: the sidecar merges the application's metrics at port 15020 (`prometheus.io/port` of its pods)",
            ));
        }
    }
}
