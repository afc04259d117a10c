//! The leg of a way in front of a gateway, and steps that rest on what is not known.

use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_text::Span;

use super::Walk;
use crate::cluster::Plane;
use crate::mesh::authorization::{self, Scope};
use crate::mesh::client_tls::{self, ClientTls, Setting};
use crate::mesh::gateway;
use crate::mesh::request::{Http, Request};
use crate::network::Endpoint;
use crate::verdict::reason::{Closed, EntryReason, NetworkReason};
use crate::verdict::{Credential, Entry, Layer, Outcome, Path, Reach, Verdict};

/// What becomes of a request. Where manifests do not say how a gateway on the way connects, the answer that shows more.
pub(in crate::verdict) fn walk(reach: &Reach<'_>, path: &Path, http: &Http) -> Verdict {
    let exposing = |verdict: &Verdict| match &verdict.outcome {
        Outcome::Unreachable => 0,
        Outcome::Denied => 1,
        Outcome::Served { filter: Some(_) } => 2,
        Outcome::Served { filter: None } => 3,
    };
    let verdicts = reach.legs(path).into_iter().map(|leg| Walk::new(reach, path, http, Some(leg)).run());
    verdicts.max_by_key(exposing).unwrap_or_else(|| Walk::new(reach, path, http, None).run())
}

impl Reach<'_> {
    /// How a gateway may connect to the pod at the end of a path, as DestinationRules say; mutual TLS comes last.
    pub(super) fn legs(&self, path: &Path) -> Vec<Setting> {
        let Entry::Gateway(route, gateway) = path.entry else { return Vec::new() };
        let (Some(route), Some(gateway), Some(destination)) = (
            self.manifests.routes.get(route),
            self.manifests.workloads.get(gateway),
            self.manifests.workloads.get(path.destination),
        ) else {
            return Vec::new();
        };
        let is_led_to = |service: &&Service| {
            route.backends.iter().any(|backend| backend.is(service)) && service.leads_to(destination)
        };
        let services = self.manifests.services.iter().filter(is_led_to);
        let mut legs: Vec<Setting> = services
            .flat_map(|service| {
                let ports = service.ports.iter().filter(|port| port.resolve(destination) == Some(path.port));
                ports.flat_map(|port| client_tls::settings(self.manifests, gateway, service, port.port))
            })
            .collect();
        legs.sort_by_key(|leg| std::cmp::Reverse(leg.tls));
        legs.dedup_by_key(|leg| leg.tls);
        legs
    }
}

impl<'m> Walk<'_, 'm> {
    /// What a gateway shows to a pod in the mesh. TLS that is not the mesh's shows no identity either.
    pub(super) fn shown_by_gateway(&mut self) -> Credential {
        match self.leg.take() {
            Some(Setting { tls: tls @ (ClientTls::Plain | ClientTls::Foreign), by: Some((object, span)) }) => {
                self.pass(
                    Layer::Entry,
                    EntryReason::PlainLeg { object, is_tls: tls == ClientTls::Foreign },
                    vec![span],
                );
                Credential::Plaintext
            }
            _ => Credential::Mtls,
        }
    }

    /// What an object that is not known may do, and its place; the outcome rests on it from here on.
    pub(super) fn doubt(&mut self, at: usize) -> (String, Vec<Span>) {
        self.doubt = Some(at);
        let doubt = self.reach.doubts().get(at);
        (doubt.map(ToString::to_string).unwrap_or_default(), doubt.map(|doubt| doubt.span).into_iter().collect())
    }

    /// What keeps the source from a gateway: the first leg of the way through it.
    pub(super) fn closed(&self, gateway: usize, pods: &'m Workload) -> Option<Closed> {
        let manifests = self.reach.manifests;
        let is_outside = matches!(self.path.source, Endpoint::Range(_));
        if is_outside && !gateway::is_open_outside(manifests, pods) {
            return Some(Closed::Inside);
        }
        let ports = self.reach.ports_between(self.path.source, Endpoint::Workload(gateway));
        if self.maybe_on_node(self.path.source).is_none() && ports.intervals(Protocol::Tcp).is_empty() {
            return Some(Closed::Network);
        }
        if !matches!(self.reach.enrolled(gateway), Plane::Proxy | Plane::Sidecar) {
            return None;
        }
        // Who asks is not known there: a gateway takes plaintext, tokens and certificates.
        let scope = Scope::Sidecar(pods);
        let refuses = |port: u16| {
            let request = Request { port, http: Some(self.http(scope)), ..Request::default() };
            authorization::decide(manifests, scope, &request).outcome == authorization::Outcome::Denied
        };
        let ports: Vec<u16> = self.reach.declared_ports(pods).into_keys().collect();
        let is_refused = if ports.is_empty() { refuses(0) } else { ports.into_iter().all(refuses) };
        is_refused.then_some(Closed::Authorization)
    }

    /// Something that is not known may let the network connect one end.
    pub(super) fn connects(&mut self, layer: Layer, at: usize) {
        let (doubt, spans) = self.doubt(at);
        self.pass(layer, NetworkReason::Unread(doubt), spans);
    }
}
