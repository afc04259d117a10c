//! The way through a waypoint: whether a path takes it, the waypoint itself, and the leg behind it.

use super::*;
use crate::mesh::waypoint::{self, Waypoint};

impl<'r, 'm> Walk<'r, 'm> {
    /// The Service that a request is sent to, where it is sent to one: a headless Service's name stands for its pods.
    fn addressed(&self, destination: &Workload) -> Option<&'m Service> {
        let manifests = self.reach.manifests;
        let service = match self.path.entry {
            Entry::Service(at) | Entry::Node(at) => manifests.services.get(at),
            Entry::Gateway(route, _) => manifests.routes.get(route)?.backends.iter().find_map(|backend| {
                let named = |s: &&Service| s.meta.namespace == backend.namespace && s.meta.name == backend.service;
                manifests.services.iter().find(named).filter(|service| service.leads_to(destination))
            }),
            Entry::Pod | Entry::HostPort | Entry::Unread(_) | Entry::Listener(_) => None,
        };
        service.filter(|service| !service.headless)
    }

    /// The waypoint on the way, if there is one: its Gateway and its pods. One that is asked for and missing is passed over. A
    /// ztunnel leads through it whatever carries the destination's traffic; a sidecar connects to the pods themselves.
    pub(super) fn waypoint(&mut self, source: Endpoint, destination: &'m Workload) -> Option<(&'m Gateway, usize)> {
        let is_ambient = self.reach.enrolled(self.path.destination) == Plane::Ambient;
        let manifests = self.reach.manifests;
        let from_gateway = matches!(self.path.entry, Entry::Gateway(..));
        let leads =
            from_gateway || matches!(source, Endpoint::Workload(at) if self.reach.enrolled(at) == Plane::Ambient);
        let found = match self.addressed(destination) {
            _ if !leads => Waypoint::None,
            Some(service) if from_gateway && !waypoint::from_ingress(manifests, service) => Waypoint::None,
            Some(service) if self.path.canary => {
                waypoint::canary_of(manifests, service).map_or(Waypoint::None, Waypoint::Found)
            }
            Some(service) => waypoint::of_service(manifests, service),
            None if from_gateway => Waypoint::None,
            None => waypoint::of_workload(manifests, destination),
        };
        match found {
            Waypoint::None if is_ambient => {
                self.pass(Layer::Waypoint, OnTheWay::NoWaypoint, Vec::new());
                None
            }
            Waypoint::Missing(name) if is_ambient => {
                self.pass(Layer::Waypoint, OnTheWay::Missing(name), Vec::new());
                None
            }
            Waypoint::None | Waypoint::Missing(_) => None,
            Waypoint::Found(gateway) => {
                self.pass(Layer::Waypoint, OnTheWay::Waypoint(gateway.meta.full_name()), vec![gateway.meta.span]);
                waypoint::pods(manifests, gateway).map(|pods| (gateway, pods))
            }
        }
    }

    pub(super) fn through_waypoint(
        &mut self,
        source: Endpoint,
        destination: &'m Workload,
        (gateway, pods): (&'m Gateway, usize),
    ) -> Result<Option<Running>, Stop> {
        self.network(source, Endpoint::Workload(pods), HBONE)?;
        let running = match gateway.is_waypoint() {
            true => self.at_waypoint(destination, gateway)?,
            // What another class of Gateway does is not known.
            false => None,
        };
        // From the waypoint on, the waypoint's identity counts.
        let caller = self.principal.clone();
        self.principal = self.reach.principal(pods);
        let behind = self.behind_waypoint(destination, pods)?;
        // A filter beside the pod sees the waypoint.
        if running.is_some() || behind.is_none() {
            self.principal = caller;
        }
        Ok(running.or(behind))
    }

    /// The waypoint's part.
    fn at_waypoint(&mut self, destination: &'m Workload, gateway: &'m Gateway) -> Result<Option<Running>, Stop> {
        let service = self.addressed(destination);
        let named = service.map(|s| (s.meta.namespace.as_str(), s.meta.name.as_str()));
        let scope = Scope::Waypoint { namespace: &gateway.meta.namespace, gateway: &gateway.meta.name, service: named };
        // A Service is seen there with its own port and protocol; what is sent to pods is taken for what it looks like.
        let at_service = service.and_then(|s| protocol::of_service(s, destination, self.path.port));
        let (number, port) =
            at_service.unwrap_or_else(|| (self.path.port, protocol::sniffed(destination, self.path.port)));
        self.pass(Layer::Protocol, port.reason.clone(), vec![port.span]);
        self.port = number;
        let running = self.proxy(scope, &port);
        self.port = self.path.port;
        running
    }

    /// From the waypoint to the pod; the result is the filter beside the pod.
    fn behind_waypoint(&mut self, destination: &'m Workload, pods: usize) -> Result<Option<Running>, Stop> {
        let (from, to) = (Endpoint::Workload(pods), Endpoint::Workload(self.path.destination));
        let Some(enrollment) = self.reach.enrollments.get(self.path.destination) else { return Err(Stop::Unreachable) };
        match enrollment.plane {
            Plane::Ambient => {
                self.network(from, to, HBONE)?;
                self.authorize(Scope::Ztunnel(destination), false)?;
                Ok(None)
            }
            Plane::Sidecar => {
                // By mutual TLS, or in a tunnel where the sidecar takes one.
                let kept = self.steps.len();
                if self.network(from, to, self.path.port).is_err() {
                    self.steps.truncate(kept);
                    self.network(from, to, HBONE)?;
                }
                let credential = std::mem::replace(&mut self.path.credential, Credential::Mtls);
                let behind = self.arrive(destination);
                self.path.credential = credential;
                behind
            }
            Plane::Outside | Plane::Proxy => {
                self.network(from, to, self.path.port)?;
                self.pass(Layer::Capture, Arrival::Outside(enrollment.reason.clone()), vec![enrollment.span]);
                Ok(None)
            }
        }
    }
}
