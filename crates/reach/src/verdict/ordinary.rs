//! What ordinary requests get: those that a client's own proxy carries, as DestinationRules have it connect. A client may
//! connect in other ways, which is why worst forms do not rest on this; but what works is this alone.

use std::collections::BTreeMap;

use meshveil_objects::kinds::port::Protocol;
use meshveil_plan::{Form, Plan};
use meshveil_text::Span;

use crate::cluster::Plane;
use crate::mesh::client_tls::{self, ClientTls};
use crate::network::Endpoint;
use crate::verdict::{Credential, Entry, Path, Reach};

/// What DestinationRules make of a source's requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordinary {
    /// The best form over all Services, by field.
    pub forms: BTreeMap<String, Form>,
    /// The rules, each with its place.
    pub rules: Vec<(String, Span)>,
}

impl Reach<'_> {
    /// What the requests of a source get where DestinationRules have its proxy leave the mesh's mutual TLS on every way to a
    /// workload's Services; `None` where they do not, or where manifests do not say.
    #[must_use]
    pub fn without_mutual_tls(&self, source: usize, destination: usize, plan: &Plan) -> Option<Ordinary> {
        let manifests = self.manifests;
        if manifests.destination_rules.is_empty() || self.enrolled(source) != Plane::Sidecar {
            return None;
        }
        let (client, workload) = (manifests.workloads.get(source)?, manifests.workloads.get(destination)?);
        let mut found = Ordinary { forms: BTreeMap::new(), rules: Vec::new() };
        for (at, service) in manifests.services.iter().enumerate().filter(|(_, service)| service.leads_to(workload)) {
            for port in service.ports.iter().filter(|port| port.protocol == Protocol::Tcp) {
                let Some(number) = port.resolve(workload) else { continue };
                let mut is_foreign = false;
                for setting in client_tls::settings(manifests, client, service, port.port) {
                    is_foreign |= setting.tls == ClientTls::Foreign;
                    found.rules.push(setting.by.filter(|_| setting.tls != ClientTls::Mesh)?);
                }
                let path = Path {
                    source: Endpoint::Workload(source),
                    destination,
                    entry: Entry::Service(at),
                    credential: Credential::Plaintext,
                    port: number,
                    declared: true,
                    canary: false,
                };
                for (field, form) in self.forms(plan, &self.verdict(&path)) {
                    // A sidecar takes TLS of others for nothing it knows.
                    let form = if is_foreign { form.min(Form::Denied) } else { form };
                    let best = found.forms.entry(field).or_insert(form);
                    *best = form.max(*best);
                }
            }
        }
        found.rules.sort();
        found.rules.dedup();
        (!found.rules.is_empty()).then_some(found)
    }
}
