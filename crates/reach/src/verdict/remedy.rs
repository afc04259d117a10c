//! What would have to change for a request to pass the step that stopped it.

use std::fmt::Write as _;

use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::port::HBONE;

use crate::network::Endpoint;
use crate::verdict::{Credential, Layer, Reach, Verdict};

impl Reach<'_> {
    /// What would have to change for a request to pass the step that stopped it; `None` where nothing stopped it.
    /// Says what is missing, not that it should be given.
    #[must_use]
    pub fn remedy(&self, verdict: &Verdict) -> Option<String> {
        let step = verdict.stopped()?;
        let destination = self.manifests.workloads.get(verdict.path.destination)?;
        let source = match verdict.path.source {
            Endpoint::Workload(at) => self.manifests.workloads.get(at),
            Endpoint::Range(_) => None,
        };
        let port = if verdict.path.credential == Credential::Hbone { HBONE } else { verdict.path.port };
        Some(match step.layer {
            Layer::Egress => {
                let own = source.map(Workload::title).unwrap_or_default();
                format!(
                    "an egress rule of a policy that selects `{own}`: `to: [{}], ports: [{}]`",
                    peer(destination, source),
                    tcp(port)
                )
            }
            Layer::Ingress => {
                let from =
                    source.map_or_else(|| "{ ipBlock: ... }".to_owned(), |source| peer(source, Some(destination)));
                format!(
                    "an ingress rule of a policy that selects `{}`: `from: [{from}], ports: [{}]`",
                    destination.title(),
                    tcp(port)
                )
            }
            Layer::Authorization => match &verdict.principal {
                Some(principal) => format!(
                    "an ALLOW rule that names `{principal}` and matches the request, and no DENY rule that does"
                ),
                None => "an identity: plaintext has no principal".to_owned(),
            },
            Layer::MutualTls if verdict.path.credential == Credential::Plaintext => {
                "mutual TLS: the source needs a sidecar or ambient, or the port PERMISSIVE".to_owned()
            }
            Layer::MutualTls => "mutual TLS switched on for the port".to_owned(),
            Layer::Source => "a sidecar or ambient at the source: without one it has no certificate".to_owned(),
            Layer::Capture => "the port captured by the proxy".to_owned(),
            Layer::Entry => "a Service, route or port that leads there".to_owned(),
            Layer::Waypoint | Layer::Protocol | Layer::Filter => step.text.clone(),
        })
    }
}

/// A peer that names a workload, as seen from another's namespace.
fn peer(workload: &Workload, from: Option<&Workload>) -> String {
    let mut text = String::from("{ ");
    if from.is_none_or(|other| other.meta.namespace != workload.meta.namespace) {
        let _ = write!(
            text,
            "namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {} }} }}, ",
            workload.meta.namespace
        );
    }
    let labels: Vec<String> = workload.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    let _ = write!(text, "podSelector: {{ matchLabels: {{ {} }} }} }}", labels.join(", "));
    text
}

fn tcp(port: u16) -> String {
    format!("{{ port: {port}, protocol: TCP }}")
}
