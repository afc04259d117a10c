//! The leg of a way in front of a gateway, and steps that rest on what is not known.

use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::workload::Workload;
use meshveil_text::Span;

use super::Walk;
use crate::cluster::Plane;
use crate::mesh::authorization::{self, Scope};
use crate::mesh::gateway;
use crate::mesh::request::Request;
use crate::network::Endpoint;
use crate::verdict::Layer;
use crate::verdict::reason::{Closed, NetworkReason};

impl<'m> Walk<'_, 'm> {
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
