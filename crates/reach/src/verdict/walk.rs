//! Walks one path, layer by layer.

mod leg;
mod listener;
mod waypoint;

pub(super) use leg::walk;

use meshveil_objects::kinds::entry::Gateway;
use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::security::MtlsMode;
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::port::HBONE;
use meshveil_text::Span;

use crate::cluster::{EnrollmentReason, Plane};
use crate::mesh::authorization::{self, AuthorizationReason, Scope};
use crate::mesh::capture::{self, Capture};
use crate::mesh::client_tls::Setting;
use crate::mesh::filter::{self, Running};
use crate::mesh::mtls::{self, PeerMode};
use crate::mesh::patches::{self, Passage, Transport, Way};
use crate::mesh::protocol::{self, Kind, PortProtocol};
use crate::mesh::request::{Fact, Http, Request};
use crate::network::{Endpoint, RuleRef, Side};
use crate::verdict::reason::{
    Arrival, Closed, EntryReason, FilterReason, Identity, MutualTls, NetworkReason, NodeSource, OnTheWay, Reason,
};
use crate::verdict::{Credential, Entry, Layer, Outcome, Path, Reach, Step, Verdict};

/// Where the walk ends before the application.
enum Stop {
    Unreachable,
    Denied,
}

struct Walk<'r, 'm> {
    reach: &'r Reach<'m>,
    path: Path,
    http: &'r Http,
    steps: Vec<Step>,
    conditional: bool,
    principal: Option<String>,
    /// The port that policies see.
    port: u16,
    doubt: Option<usize>,
    /// How a gateway on the way connects, where DestinationRules say it.
    leg: Option<Setting>,
}

impl<'r, 'm> Walk<'r, 'm> {
    fn new(reach: &'r Reach<'m>, path: &Path, http: &'r Http, leg: Option<Setting>) -> Self {
        Self {
            leg,
            reach,
            path: *path,
            http,
            steps: Vec::new(),
            conditional: false,
            principal: None,
            port: path.port,
            doubt: None,
        }
    }

    fn run(mut self) -> Verdict {
        let outcome = match self.walk() {
            Ok(filter) => Outcome::Served { filter },
            Err(Stop::Unreachable) => Outcome::Unreachable,
            Err(Stop::Denied) => Outcome::Denied,
        };
        Verdict {
            path: self.path,
            outcome,
            conditional: self.conditional,
            doubt: self.doubt,
            principal: self.principal,
            steps: self.steps,
        }
    }

    fn pass(&mut self, layer: Layer, reason: impl Into<Reason>, spans: Vec<Span>) {
        self.steps.push(Step { layer, passed: true, reason: reason.into(), spans });
    }

    fn stop<T>(&mut self, layer: Layer, stop: Stop, reason: impl Into<Reason>, spans: Vec<Span>) -> Result<T, Stop> {
        self.steps.push(Step { layer, passed: false, reason: reason.into(), spans });
        Err(stop)
    }

    fn walk(&mut self) -> Result<Option<Running>, Stop> {
        let Some(destination) = self.reach.manifests.workloads.get(self.path.destination) else {
            return self.stop(Layer::Entry, Stop::Unreachable, EntryReason::NoWorkload, Vec::new());
        };
        if let Entry::Listener(at) = self.path.entry {
            return self.through_listener(at, destination);
        }
        let source = self.enter(destination)?;
        if matches!(self.path.entry, Entry::Unread(_)) {
            return Ok(None); // Whoever leads it here, with whatever identity.
        }
        self.identify(source)?;
        if self.path.credential == Credential::Hbone
            && let Some(gateway) = self.waypoint(source, destination)
        {
            return self.through_waypoint(source, destination, gateway);
        }
        let direct = if self.path.credential == Credential::Hbone { HBONE } else { self.path.port };
        self.network(source, Endpoint::Workload(self.path.destination), direct)?;
        self.arrive(destination)
    }

    /// The entry; the result is who connects to the pod.
    fn enter(&mut self, destination: &Workload) -> Result<Endpoint, Stop> {
        let manifests = self.reach.manifests;
        match self.path.entry {
            Entry::Pod => self.pass(Layer::Entry, EntryReason::Pod, vec![destination.meta.span]),
            Entry::HostPort => self.pass(Layer::Entry, EntryReason::HostPort, vec![destination.meta.span]),
            Entry::Service(at) | Entry::Node(at) => {
                let Some(service) = manifests.services.get(at) else {
                    return self.stop(Layer::Entry, Stop::Unreachable, EntryReason::NoService, Vec::new());
                };
                let port = service.ports.iter().find(|p| p.resolve(destination) == Some(self.path.port));
                let Some(port) = port.filter(|_| service.leads_to(destination)) else {
                    let reason = EntryReason::OtherPort { service: service.meta.title(), port: self.path.port };
                    return self.stop(Layer::Entry, Stop::Unreachable, reason, vec![service.meta.span]);
                };
                let kind = if matches!(self.path.entry, Entry::Node(_)) { &service.kind } else { "Service" };
                let (kind, service) = (kind.to_owned(), service.meta.full_name());
                self.pass(Layer::Entry, EntryReason::Service { kind, service, port: port.port }, vec![port.span]);
            }
            Entry::Listener(_) => {}
            Entry::Unread(at) => {
                let doubt = self.doubt(at);
                self.pass(Layer::Entry, EntryReason::Unread(doubt.0), doubt.1);
            }
            Entry::Gateway(route, gateway) => {
                let (Some(route), Some(gateway_pods)) = (manifests.routes.get(route), manifests.workloads.get(gateway))
                else {
                    return self.stop(Layer::Entry, Stop::Unreachable, EntryReason::NoRoute, Vec::new());
                };
                let spans = route.backends.first().map(|b| b.span).into_iter().collect();
                let closed = self.closed(gateway, gateway_pods);
                let reason = EntryReason::Gateway { route: route.meta.title(), gateway: gateway_pods.title(), closed };
                match closed {
                    Some(Closed::Authorization) => return self.stop(Layer::Entry, Stop::Denied, reason, spans),
                    Some(_) => return self.stop(Layer::Entry, Stop::Unreachable, reason, spans),
                    None => self.pass(Layer::Entry, reason, spans),
                }
                // The gateway speaks for the client from here on, with its own identity if it has one.
                self.path.credential = self.credential_of(gateway);
                return Ok(Endpoint::Workload(gateway));
            }
        }
        Ok(self.path.source)
    }

    /// What a gateway shows to the destination.
    fn credential_of(&mut self, gateway: usize) -> Credential {
        match (self.reach.enrolled(gateway), self.reach.enrolled(self.path.destination)) {
            (Plane::Outside, _) | (_, Plane::Outside) => Credential::Plaintext,
            (_, Plane::Ambient) => Credential::Hbone,
            _ => self.shown_by_gateway(),
        }
    }

    fn identify(&mut self, source: Endpoint) -> Result<(), Stop> {
        if self.path.credential == Credential::Plaintext {
            self.pass(Layer::Source, Identity::Plaintext, Vec::new());
            return Ok(());
        }
        let (principal, enrollment) = match source {
            Endpoint::Workload(at) => (self.reach.principal(at), self.reach.enrollments.get(at)),
            Endpoint::Range(_) => (None, None),
        };
        let reason = enrollment.map(|enrollment| match enrollment.plane {
            Plane::Outside if principal.is_some() => EnrollmentReason::NotKnown,
            _ => enrollment.reason.clone(),
        });
        let span = enrollment.map_or(Span::NOWHERE, |enrollment| enrollment.span);
        match (principal, reason) {
            (Some(principal), Some(reason)) => {
                self.principal = Some(principal.clone());
                self.pass(Layer::Source, Identity::Is { principal, reason }, vec![span]);
                Ok(())
            }
            (_, reason) => self.stop(Layer::Source, Stop::Unreachable, Identity::None { reason }, vec![span]),
        }
    }

    fn network(&mut self, source: Endpoint, destination: Endpoint, port: u16) -> Result<(), Stop> {
        let network = &self.reach.network;
        let verdict = network.explain(source, destination, Protocol::Tcp, port);
        let connecting = |end: Endpoint, side: &Side| self.reach.connecting(end).filter(|_| !side.passes());
        let (out, into) = (connecting(source, &verdict.egress), connecting(destination, &verdict.ingress));
        match out {
            Some(at) => self.connects(Layer::Egress, at),
            None => self.side(Layer::Egress, &verdict.egress, port)?,
        }
        if let Some((source, spans)) = self.maybe_on_node(source).filter(|_| !verdict.ingress.passes()) {
            self.pass(Layer::Ingress, NetworkReason::OwnNode(source), spans);
            return Ok(());
        }
        match into {
            Some(at) => self.connects(Layer::Ingress, at),
            None => self.side(Layer::Ingress, &verdict.ingress, port)?,
        }
        Ok(())
    }

    /// Why a connection may come from the destination's node, which NetworkPolicy never stops.
    fn maybe_on_node(&self, source: Endpoint) -> Option<(NodeSource, Vec<Span>)> {
        let manifests = self.reach.manifests;
        if let Entry::Node(at) = self.path.entry {
            // Behind a load balancer the address may be the balancer's, whatever the policy.
            let kept = manifests.services.get(at).is_some_and(|s| s.keeps_client && s.kind == "NodePort");
            return (!kept).then_some((NodeSource::NodePort, Vec::new()));
        }
        let Endpoint::Workload(at) = source else { return None };
        let span = manifests.workloads.get(at)?.host_network?;
        Some((NodeSource::HostNetwork, vec![span]))
    }

    fn side(&mut self, layer: Layer, side: &Side, port: u16) -> Result<(), Stop> {
        let reach = self.reach;
        let title =
            |policy: usize| reach.manifests.network_policies.get(policy).map(|p| p.meta.title()).unwrap_or_default();
        match side {
            Side::Open => self.pass(layer, NetworkReason::Open, Vec::new()),
            Side::Allowed(rules) => {
                let policy = rules.first().map(|rule| title(rule.policy)).unwrap_or_default();
                let spans = rules.iter().map(|rule: &RuleRef| reach.network.rule_span(*rule)).collect();
                self.pass(layer, NetworkReason::Allowed { policy, port }, spans);
            }
            Side::Admin { rule, passes } => {
                let policy = reach.manifests.admin_policies.get(rule.policy);
                let policy = policy.map(|policy| policy.meta.title()).unwrap_or_default();
                let spans = vec![reach.network.admin_span(*rule)];
                if !passes {
                    return self.stop(layer, Stop::Unreachable, NetworkReason::Refused { policy, port }, spans);
                }
                self.pass(layer, NetworkReason::Allowed { policy, port }, spans);
            }
            Side::Denied(policies) => {
                let spans = policies.iter().map(|policy| reach.network.policy_span(*policy)).collect();
                let policies = policies.iter().map(|policy| title(*policy)).collect();
                return self.stop(layer, Stop::Unreachable, NetworkReason::NoRule { policies, port }, spans);
            }
        }
        Ok(())
    }

    /// At the pod: the mesh's part, if the mesh sees the connection.
    fn arrive(&mut self, destination: &'m Workload) -> Result<Option<Running>, Stop> {
        let manifests = self.reach.manifests;
        let Some(enrollment) = self.reach.enrollments.get(self.path.destination) else {
            return self.stop(Layer::Entry, Stop::Unreachable, EntryReason::NoWorkload, Vec::new());
        };
        let plane = enrollment.plane;
        let secured = self.path.credential != Credential::Plaintext;
        if matches!(plane, Plane::Outside | Plane::Proxy) && !secured {
            let reason = match plane {
                Plane::Proxy => Arrival::ProxyItself,
                _ => Arrival::Outside(enrollment.reason.clone()),
            };
            self.pass(Layer::Capture, reason, vec![enrollment.span]);
            self.pass(Layer::Filter, FilterReason::NoProxy, Vec::new());
            return Ok(None);
        }
        if enrollment.is_doubtful && !secured {
            self.pass(Layer::Capture, Arrival::Outside(enrollment.reason.clone()), vec![enrollment.span]);
            self.pass(Layer::Filter, FilterReason::NoProxy, Vec::new());
            return Ok(None);
        }
        if plane == Plane::Outside {
            return self.stop(Layer::Capture, Stop::Unreachable, Arrival::NoMutualTls, vec![destination.meta.span]);
        }
        match capture::capture(manifests, destination, plane, Protocol::Tcp, self.path.port) {
            Capture::Bypassed { reason, span } if !secured => {
                self.pass(Layer::Capture, Arrival::Bypassed(reason), vec![span]);
                self.pass(Layer::Filter, FilterReason::NoProxy, vec![span]);
                return Ok(None);
            }
            Capture::Bypassed { reason, span }
                if plane == Plane::Sidecar && self.path.credential == Credential::Mtls =>
            {
                return self.stop(Layer::Capture, Stop::Unreachable, Arrival::BypassedWithTls(reason), vec![span]);
            }
            _ => {
                let by = if plane == Plane::Ambient { Arrival::Ztunnel } else { Arrival::Sidecar };
                self.pass(Layer::Capture, by, vec![enrollment.span]);
            }
        }
        self.mutual_tls(destination, plane, secured)?;
        if plane == Plane::Ambient {
            self.authorize(Scope::Ztunnel(destination), false)?;
            self.pass(Layer::Filter, FilterReason::NoWaypoint, Vec::new());
            return Ok(None);
        }
        self.chains(destination)
    }

    fn mutual_tls(&mut self, destination: &'m Workload, plane: Plane, secured: bool) -> Result<(), Stop> {
        let PeerMode { mode, object, span } = mtls::peer_mode(self.reach.manifests, destination, self.path.port);
        let is_refused = match mode {
            MtlsMode::Strict => !secured,
            // ztunnel always takes the tunnel, and so does a sidecar that listens for tunnels.
            MtlsMode::Disable => secured && plane != Plane::Ambient && self.path.credential != Credential::Hbone,
            MtlsMode::Permissive | MtlsMode::Unset => false,
        };
        let spans = Some(span).filter(|span| span.is_somewhere()).into_iter().collect();
        let reason = MutualTls { mode, object, is_refused };
        if let Some((object, span)) = self.weakened(destination, plane).filter(|_| is_refused) {
            let mode = MutualTls { mode: MtlsMode::Permissive, object: Some(object), is_refused: false };
            self.pass(Layer::MutualTls, mode, vec![span]);
            return Ok(());
        }
        if is_refused {
            return self.stop(Layer::MutualTls, Stop::Denied, reason, spans);
        }
        self.pass(Layer::MutualTls, reason, spans);
        Ok(())
    }

    /// What may let clients without a certificate in where the mode is strict.
    fn weakened(&self, destination: &'m Workload, plane: Plane) -> Option<patches::Place> {
        if plane != Plane::Sidecar || self.reach.manifests.envoy_filters.is_empty() {
            return None;
        }
        let (manifests, scope) = (self.reach.manifests, Scope::Sidecar(destination));
        let port = protocol::port_protocol(manifests, destination, self.path.port);
        patches::weakens_tls(manifests, scope, &Way::new(manifests, scope, self.path.port, &port, Transport::Tls))
    }

    /// The sidecar's filter chains.
    fn chains(&mut self, destination: &'m Workload) -> Result<Option<Running>, Stop> {
        let port = protocol::port_protocol(self.reach.manifests, destination, self.path.port);
        self.pass(Layer::Protocol, port.reason.clone(), vec![port.span]);
        self.proxy(Scope::Sidecar(destination), &port)
    }

    /// Policies and filter of a sidecar or a waypoint. Where the first bytes decide, the caller takes the chain that shows more.
    fn proxy(&mut self, scope: Scope<'_>, port: &PortProtocol) -> Result<Option<Running>, Stop> {
        let (manifests, names) = (self.reach.manifests, &self.reach.filter);
        let transport = match self.path.credential {
            Credential::Plaintext => Transport::Plain,
            Credential::Mtls => Transport::Tls,
            Credential::Hbone => Transport::Tunnel,
        };
        let way = Way::new(manifests, scope, self.port, port, transport);
        if port.kind != Kind::Http {
            let kept = (self.steps.len(), self.conditional);
            match self.as_tcp(scope, patches::tcp(manifests, names, scope, &way)) {
                Ok(Some(running)) => return Ok(running),
                Ok(None) => {
                    let at_waypoint = matches!(scope, Scope::Waypoint { .. });
                    self.pass(Layer::Filter, FilterReason::TakenForTcp { at_waypoint }, vec![port.span]);
                    return Ok(None);
                }
                Err(stop) if port.kind == Kind::Tcp => return Err(stop),
                Err(_) => {
                    // Taken for TCP it is refused; what remains is HTTP.
                    self.steps.truncate(kept.0);
                    self.conditional = kept.1;
                }
            }
        }
        let passage = patches::http(manifests, names, scope, &way);
        if let Some((object, span)) = passage.removed {
            if passage.falls_through {
                self.pass(Layer::Protocol, FilterReason::ChainRemoved(object), vec![span]);
                return self.past_chain(scope);
            }
            return self.stop(Layer::Filter, Stop::Unreachable, FilterReason::ChainRemoved(object), vec![span]);
        }
        self.authorize_unless(passage.unauthorized.clone(), scope, true)?;
        self.filter(scope, passage)
    }

    /// A chain for TCP; what the chain for ports that nothing declares says, where connections end up there.
    fn as_tcp(
        &mut self,
        scope: Scope<'_>,
        (removed, unauthorized): (Option<(patches::Place, bool)>, Option<patches::Place>),
    ) -> Result<Option<Option<Running>>, Stop> {
        match removed {
            Some(((object, span), true)) => {
                self.pass(Layer::Protocol, FilterReason::ChainRemoved(object), vec![span]);
                self.past_chain(scope).map(Some)
            }
            Some(((object, span), false)) => {
                self.stop(Layer::Filter, Stop::Unreachable, FilterReason::ChainRemoved(object), vec![span])
            }
            None => self.authorize_unless(unauthorized, scope, false).map(|()| None),
        }
    }

    /// The chain for ports that nothing declares, which takes what a removed one took.
    fn past_chain(&mut self, scope: Scope<'_>) -> Result<Option<Running>, Stop> {
        let (Scope::Sidecar(workload) | Scope::Ztunnel(workload)) = scope else { return Err(Stop::Unreachable) };
        let port = protocol::sniffed(workload, self.path.port);
        self.proxy(scope, &port)
    }

    /// Authorisation, unless an object takes it out of the proxy.
    fn authorize_unless(
        &mut self,
        unauthorized: Option<patches::Place>,
        scope: Scope<'_>,
        is_http: bool,
    ) -> Result<(), Stop> {
        let Some((object, span)) = unauthorized else { return self.authorize(scope, is_http) };
        let reason = Reason::Authorization { reason: AuthorizationReason::TakenOut(object), without_http: false };
        self.pass(Layer::Authorization, reason, vec![span]);
        Ok(())
    }

    fn authorize(&mut self, scope: Scope<'_>, is_http: bool) -> Result<(), Stop> {
        let manifests = self.reach.manifests;
        let request = Request {
            principal: self.principal.clone().map_or(Fact::Absent, Fact::Is),
            port: self.port,
            http: is_http.then(|| self.http(scope)),
            ..Request::default()
        };
        let decision = authorization::decide(manifests, scope, &request);
        match decision.outcome {
            authorization::Outcome::Denied => {
                let reason = Reason::Authorization { reason: decision.reason, without_http: !is_http };
                self.stop(Layer::Authorization, Stop::Denied, reason, decision.spans)
            }
            outcome => {
                self.conditional |= outcome == authorization::Outcome::Depends;
                let reason = Reason::Authorization { reason: decision.reason, without_http: false };
                self.pass(Layer::Authorization, reason, decision.spans);
                Ok(())
            }
        }
    }

    /// The request's HTTP part. Without a RequestAuthentication no token is verified.
    fn http(&self, scope: Scope<'_>) -> Http {
        let mut http = self.http.clone();
        let manifests = self.reach.manifests;
        let root = &manifests.mesh.root_namespace;
        let verified = manifests.request_authentications.iter().any(|authentication| match scope {
            Scope::Sidecar(w) | Scope::Ztunnel(w) => {
                authentication.attachment.selects(&authentication.meta.namespace, root, &w.meta.namespace, &w.labels)
            }
            Scope::Waypoint { .. } => !authentication.attachment.targets.is_empty(),
        });
        if !verified {
            http.request_principal = Fact::Absent;
            http.claims.clear();
            http.claims_complete = true;
        }
        http
    }

    fn filter(&mut self, scope: Scope<'_>, passage: Passage) -> Result<Option<Running>, Stop> {
        let Passage { running, guard, guard_first, .. } = passage;
        match running.map_err(|missing| missing.at(scope)) {
            Ok(running) => {
                self.pass(Layer::Filter, FilterReason::Masks(running.object.clone()), vec![running.span]);
                match guard {
                    Some(guard) if guard_first => {
                        let reason = FilterReason::GuardFirst(guard.object);
                        self.stop(Layer::Filter, Stop::Denied, reason, vec![guard.span])
                    }
                    Some(guard) if !marks(&running, &guard) => {
                        let reason = FilterReason::OtherMark { guard: guard.object, policy: guard.mark };
                        self.stop(Layer::Filter, Stop::Denied, reason, vec![guard.span])
                    }
                    _ => {
                        if let Some(at) = self.reach.script(scope) {
                            let (_, spans) = self.doubt(at);
                            let object =
                                self.reach.doubts().get(at).map(|doubt| doubt.object.clone()).unwrap_or_default();
                            self.pass(Layer::Filter, FilterReason::Script(object), spans);
                        }
                        Ok(Some(running))
                    }
                }
            }
            Err(missing) => {
                let spans = Some(missing.span).filter(|span| span.is_somewhere()).into_iter().collect();
                self.pass(Layer::Filter, FilterReason::Missing(missing.reason), spans);
                match guard {
                    Some(guard) => {
                        self.stop(Layer::Filter, Stop::Denied, FilterReason::Guarded(guard.object), vec![guard.span])
                    }
                    None => Ok(None),
                }
            }
        }
    }
}

/// Whether a filter sets the marker that a guard requires.
fn marks(running: &Running, guard: &filter::Guard) -> bool {
    running.config.get("policy").and_then(serde_json::Value::as_str) == Some(guard.mark.as_str())
}
