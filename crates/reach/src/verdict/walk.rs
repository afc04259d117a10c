//! Walks one path, layer by layer.

use meshveil_objects::kinds::port::Protocol;
use meshveil_objects::kinds::security::MtlsMode;
use meshveil_objects::kinds::service::Service;
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::{label, port::HBONE};
use meshveil_text::Span;

use crate::cluster::Plane;
use crate::mesh::authorization::{self, Scope};
use crate::mesh::capture::{self, Capture};
use crate::mesh::filter::{self, Running};
use crate::mesh::mtls;
use crate::mesh::protocol::{self, Kind, PortProtocol};
use crate::mesh::request::{Fact, Http, Request};
use crate::mesh::waypoint::{self, Waypoint};
use crate::network::{Endpoint, RuleRef, Side};
use crate::verdict::{Credential, Entry, Layer, Outcome, Path, Reach, Step, Verdict};

/// Where the walk ends before the application.
enum Stop {
    Unreachable,
    Denied,
}

pub(super) struct Walk<'r, 'm> {
    reach: &'r Reach<'m>,
    path: Path,
    http: &'r Http,
    steps: Vec<Step>,
    conditional: bool,
    principal: Option<String>,
    /// The port that policies see.
    port: u16,
}

impl<'r, 'm> Walk<'r, 'm> {
    pub fn new(reach: &'r Reach<'m>, path: &Path, http: &'r Http) -> Self {
        Self { reach, path: *path, http, steps: Vec::new(), conditional: false, principal: None, port: path.port }
    }

    pub fn run(mut self) -> Verdict {
        let outcome = match self.walk() {
            Ok(filter) => Outcome::Served { filter },
            Err(Stop::Unreachable) => Outcome::Unreachable,
            Err(Stop::Denied) => Outcome::Denied,
        };
        Verdict {
            path: self.path,
            outcome,
            conditional: self.conditional,
            principal: self.principal,
            steps: self.steps,
        }
    }

    fn pass(&mut self, layer: Layer, text: impl Into<String>, spans: Vec<Span>) {
        self.steps.push(Step { layer, passed: true, text: text.into(), spans });
    }

    fn stop<T>(&mut self, layer: Layer, stop: Stop, text: impl Into<String>, spans: Vec<Span>) -> Result<T, Stop> {
        self.steps.push(Step { layer, passed: false, text: text.into(), spans });
        Err(stop)
    }

    fn walk(&mut self) -> Result<Option<Running>, Stop> {
        let Some(destination) = self.reach.manifests.workloads.get(self.path.destination) else {
            return self.stop(Layer::Entry, Stop::Unreachable, "no such workload", Vec::new());
        };
        let source = self.enter(destination)?;
        self.identify(source)?;
        if self.path.credential == Credential::Hbone
            && let Some(gateway) = self.waypoint(destination)
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
            Entry::Pod => self.pass(Layer::Entry, "the pod's address", vec![destination.meta.span]),
            Entry::HostPort => {
                self.pass(Layer::Entry, "a port of the node that leads to the pod", vec![destination.meta.span])
            }
            Entry::Service(at) | Entry::Node(at) => {
                let Some(service) = manifests.services.get(at) else {
                    return self.stop(Layer::Entry, Stop::Unreachable, "no such Service", Vec::new());
                };
                let port = service.ports.iter().find(|p| p.resolve(destination) == Some(self.path.port));
                let Some(port) = port.filter(|_| service.leads_to(destination)) else {
                    let text = format!("{} does not lead to port {}", service.meta.title(), self.path.port);
                    return self.stop(Layer::Entry, Stop::Unreachable, text, vec![service.meta.span]);
                };
                let kind = if matches!(self.path.entry, Entry::Node(_)) { &service.kind } else { "Service" };
                self.pass(Layer::Entry, format!("{kind} {}:{}", service.meta.full_name(), port.port), vec![port.span]);
            }
            Entry::Gateway(route, gateway) => {
                let (Some(route), Some(gateway_pods)) = (manifests.routes.get(route), manifests.workloads.get(gateway))
                else {
                    return self.stop(Layer::Entry, Stop::Unreachable, "no such route", Vec::new());
                };
                let spans = route.backends.first().map(|b| b.span).into_iter().collect();
                let text = format!("{} through {}", route.meta.title(), gateway_pods.title());
                // Whether the outside gets to the gateway is the load balancer's affair; inside it is the network's.
                if matches!(self.path.source, Endpoint::Workload(_)) && self.maybe_on_node(self.path.source).is_none() {
                    let ports = self.reach.network.ports_between(self.path.source, Endpoint::Workload(gateway));
                    if ports.intervals(Protocol::Tcp).is_empty() {
                        let text = format!("{text}, which the network keeps it from");
                        return self.stop(Layer::Entry, Stop::Unreachable, text, spans);
                    }
                }
                self.pass(Layer::Entry, text, spans);
                // The gateway speaks for the client from here on, with its own identity if it has one.
                self.path.credential = match (self.reach.enrolled(gateway), self.reach.enrolled(self.path.destination))
                {
                    (Plane::Outside, _) | (_, Plane::Outside) => Credential::Plaintext,
                    (_, Plane::Ambient) => Credential::Hbone,
                    _ => Credential::Mtls,
                };
                return Ok(Endpoint::Workload(gateway));
            }
        }
        Ok(self.path.source)
    }

    fn identify(&mut self, source: Endpoint) -> Result<(), Stop> {
        if self.path.credential == Credential::Plaintext {
            self.pass(Layer::Source, "no identity: plaintext", Vec::new());
            return Ok(());
        }
        let (principal, why) = match source {
            Endpoint::Workload(at) => {
                (self.reach.principal(at), self.reach.enrollments.get(at).map(|e| (e.why.clone(), e.span)))
            }
            Endpoint::Range(_) => (None, None),
        };
        let (why, span) = why.unwrap_or_else(|| ("outside the cluster".to_owned(), Span::NOWHERE));
        match principal {
            Some(principal) => {
                self.pass(Layer::Source, format!("identity `{principal}` ({why})"), vec![span]);
                self.principal = Some(principal);
                Ok(())
            }
            None => self.stop(Layer::Source, Stop::Unreachable, format!("no identity of the mesh: {why}"), vec![span]),
        }
    }

    fn network(&mut self, source: Endpoint, destination: Endpoint, port: u16) -> Result<(), Stop> {
        let network = &self.reach.network;
        let verdict = network.explain(source, destination, Protocol::Tcp, port);
        self.side(Layer::Egress, &verdict.egress, port)?;
        if let Some((why, spans)) = self.maybe_on_node(source).filter(|_| !verdict.ingress.passes()) {
            let text = format!("a node's own connections to its pods are always let in, and {why}");
            self.pass(Layer::Ingress, text, spans);
            return Ok(());
        }
        self.side(Layer::Ingress, &verdict.ingress, port)
    }

    /// Why a connection may come from the destination's node, which NetworkPolicy never stops.
    fn maybe_on_node(&self, source: Endpoint) -> Option<(&'static str, Vec<Span>)> {
        let manifests = self.reach.manifests;
        if let Entry::Node(at) = self.path.entry {
            // Behind a load balancer the address may be the balancer's, whatever the policy.
            let kept = manifests.services.get(at).is_some_and(|s| s.keeps_client && s.kind == "NodePort");
            return (!kept).then_some(("node ports may come from there", Vec::new()));
        }
        let Endpoint::Workload(at) = source else { return None };
        let span = manifests.workloads.get(at)?.host_network?;
        Some(("a pod on the node's network may run there", vec![span]))
    }

    fn side(&mut self, layer: Layer, side: &Side, port: u16) -> Result<(), Stop> {
        let reach = self.reach;
        let title =
            |policy: usize| reach.manifests.network_policies.get(policy).map(|p| p.meta.title()).unwrap_or_default();
        match side {
            Side::Open => self.pass(layer, "no NetworkPolicy selects this end", Vec::new()),
            Side::Allowed(rules) => {
                let first = rules.first().map(|rule| title(rule.policy)).unwrap_or_default();
                let spans = rules.iter().map(|rule: &RuleRef| reach.network.rule_span(*rule)).collect();
                self.pass(layer, format!("{first} lets TCP {port} through"), spans);
            }
            Side::Admin { rule, passes } => {
                let policy = reach.manifests.admin_policies.get(rule.policy);
                let title = policy.map(|policy| policy.meta.title()).unwrap_or_default();
                let spans = vec![reach.network.admin_span(*rule)];
                if !passes {
                    let text = format!("{title} refuses TCP {port}");
                    return self.stop(layer, Stop::Unreachable, text, spans);
                }
                self.pass(layer, format!("{title} lets TCP {port} through"), spans);
            }
            Side::Denied(policies) => {
                let names: Vec<String> = policies.iter().map(|policy| title(*policy)).collect();
                let spans = policies.iter().map(|policy| reach.network.policy_span(*policy)).collect();
                let text = format!("no rule of {} lets TCP {port} through", names.join(", "));
                return self.stop(layer, Stop::Unreachable, text, spans);
            }
        }
        Ok(())
    }

    /// The Service that a request is sent to, where it is sent to one: a headless Service's name stands for its pods.
    fn addressed(&self, destination: &Workload) -> Option<&'m Service> {
        let manifests = self.reach.manifests;
        let service = match self.path.entry {
            Entry::Service(at) | Entry::Node(at) => manifests.services.get(at),
            Entry::Gateway(route, _) => manifests.routes.get(route)?.backends.iter().find_map(|backend| {
                let named = |s: &&Service| s.meta.namespace == backend.namespace && s.meta.name == backend.service;
                manifests.services.iter().find(named).filter(|service| service.leads_to(destination))
            }),
            Entry::Pod | Entry::HostPort => None,
        };
        service.filter(|service| !service.headless)
    }

    /// The waypoint on the way, if there is one. One that is asked for and missing is passed over.
    fn waypoint(&mut self, destination: &'m Workload) -> Option<usize> {
        if self.reach.enrolled(self.path.destination) != Plane::Ambient {
            return None;
        }
        let manifests = self.reach.manifests;
        let from_gateway = matches!(self.path.entry, Entry::Gateway(..));
        let found = match self.addressed(destination) {
            Some(service) if from_gateway && !waypoint::from_ingress(manifests, service) => Waypoint::None,
            Some(service) => waypoint::of_service(manifests, service),
            None if from_gateway => Waypoint::None,
            None => waypoint::of_workload(manifests, destination),
        };
        match found {
            Waypoint::None => {
                self.pass(Layer::Waypoint, "no waypoint on this way", Vec::new());
                None
            }
            Waypoint::Missing(name) => {
                let text = format!("waypoint `{name}` does not exist or does not serve this: passed over");
                self.pass(Layer::Waypoint, text, Vec::new());
                None
            }
            Waypoint::Found(gateway) => {
                let text = format!("through waypoint `{}`", gateway.meta.full_name());
                self.pass(Layer::Waypoint, text, vec![gateway.meta.span]);
                waypoint::pods(manifests, gateway)
            }
        }
    }

    fn through_waypoint(
        &mut self,
        source: Endpoint,
        destination: &'m Workload,
        pods: usize,
    ) -> Result<Option<Running>, Stop> {
        let manifests = self.reach.manifests;
        let Some(waypoint_pods) = manifests.workloads.get(pods) else { return Err(Stop::Unreachable) };
        self.network(source, Endpoint::Workload(pods), HBONE)?;
        let gateway = waypoint_pods.labels.get(label::GATEWAY_NAME).unwrap_or_default();
        let service = self.addressed(destination);
        let named = service.map(|s| (s.meta.namespace.as_str(), s.meta.name.as_str()));
        let scope = Scope::Waypoint { namespace: &waypoint_pods.meta.namespace, gateway, service: named };
        // A Service is seen there with its own port and protocol; what is sent to pods is taken for what it looks like.
        let at_service = service.and_then(|s| protocol::of_service(s, destination, self.path.port));
        let (number, port) =
            at_service.unwrap_or_else(|| (self.path.port, protocol::sniffed(destination, self.path.port)));
        self.pass(Layer::Protocol, port.why.clone(), vec![port.span]);
        self.port = number;
        let running = self.proxy(scope, &port, "the waypoint takes the port for TCP: no HTTP filter runs");
        self.port = self.path.port;
        let running = running?;
        // From the waypoint on, the waypoint's identity counts.
        let caller = self.principal.clone();
        self.principal = self.reach.principal(pods);
        self.network(Endpoint::Workload(pods), Endpoint::Workload(self.path.destination), HBONE)?;
        let ztunnel = self.authorize(Scope::Ztunnel(destination), false);
        self.principal = caller;
        ztunnel?;
        Ok(running)
    }

    /// At the pod: the mesh's part, if the mesh sees the connection.
    fn arrive(&mut self, destination: &'m Workload) -> Result<Option<Running>, Stop> {
        let manifests = self.reach.manifests;
        let plane = self.reach.enrolled(self.path.destination);
        let secured = self.path.credential != Credential::Plaintext;
        if matches!(plane, Plane::Outside | Plane::Proxy) && !secured {
            let enrollment = self.reach.enrollments.get(self.path.destination);
            let why = enrollment.map(|e| e.why.as_str()).unwrap_or_default();
            let text = if plane == Plane::Proxy {
                "the proxy itself answers".to_owned()
            } else {
                format!("outside the mesh: {why}")
            };
            self.pass(Layer::Capture, text, enrollment.map(|e| e.span).into_iter().collect());
            self.pass(Layer::Filter, "no filter on this way", Vec::new());
            return Ok(None);
        }
        if plane == Plane::Outside {
            return self.stop(
                Layer::Capture,
                Stop::Unreachable,
                "outside the mesh: no mutual TLS",
                vec![destination.meta.span],
            );
        }
        match capture::capture(manifests, destination, plane, Protocol::Tcp, self.path.port) {
            Capture::Bypassed { why, span } if !secured => {
                self.pass(Layer::Capture, format!("goes past the proxy: {why}"), vec![span]);
                self.pass(Layer::Filter, "no filter on this way", vec![span]);
                return Ok(None);
            }
            Capture::Bypassed { why, span } if plane == Plane::Sidecar && self.path.credential == Credential::Mtls => {
                let text = format!("goes past the proxy, and the application speaks no mutual TLS of the mesh: {why}");
                return self.stop(Layer::Capture, Stop::Unreachable, text, vec![span]);
            }
            _ => {
                let span = self.reach.enrollments.get(self.path.destination).map_or(Span::NOWHERE, |e| e.span);
                self.pass(
                    Layer::Capture,
                    if plane == Plane::Ambient { "captured by ztunnel" } else { "captured by the sidecar" },
                    vec![span],
                );
            }
        }
        self.mutual_tls(destination, plane, secured)?;
        if plane == Plane::Ambient {
            self.authorize(Scope::Ztunnel(destination), false)?;
            self.pass(Layer::Filter, "no waypoint on this way: no HTTP filter runs", Vec::new());
            return Ok(None);
        }
        self.chains(destination)
    }

    fn mutual_tls(&mut self, destination: &Workload, plane: Plane, secured: bool) -> Result<(), Stop> {
        let mode = mtls::peer_mode(self.reach.manifests, destination, self.path.port);
        let by = mode.object.clone().unwrap_or_else(|| "the default".to_owned());
        let spans: Vec<Span> = Some(mode.span).filter(|span| span.is_somewhere()).into_iter().collect();
        let text = format!("{} by {by}", mode.mode.name());
        match (mode.mode, secured) {
            (MtlsMode::Strict, false) => {
                self.stop(Layer::MutualTls, Stop::Denied, format!("plaintext is refused: {text}"), spans)
            }
            // ztunnel always takes the tunnel.
            (MtlsMode::Disable, true) if plane != Plane::Ambient => {
                self.stop(Layer::MutualTls, Stop::Denied, format!("mutual TLS is switched off: {text}"), spans)
            }
            _ => {
                self.pass(Layer::MutualTls, text, spans);
                Ok(())
            }
        }
    }

    /// The sidecar's filter chains.
    fn chains(&mut self, destination: &'m Workload) -> Result<Option<Running>, Stop> {
        let port = protocol::port_protocol(self.reach.manifests, destination, self.path.port);
        self.pass(Layer::Protocol, port.why.clone(), vec![port.span]);
        self.proxy(Scope::Sidecar(destination), &port, "taken for TCP: no HTTP filter runs")
    }

    /// Policies and filter of a sidecar or a waypoint. Where the first bytes decide, the caller takes the chain that shows more.
    fn proxy(&mut self, scope: Scope<'_>, port: &PortProtocol, unfiltered: &str) -> Result<Option<Running>, Stop> {
        if port.kind != Kind::Http {
            let kept = (self.steps.len(), self.conditional);
            match self.authorize(scope, false) {
                Ok(()) => {
                    self.pass(Layer::Filter, unfiltered, vec![port.span]);
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
        self.authorize(scope, true)?;
        self.filter(scope)
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
                let how = if is_http { "" } else { " (no HTTP here: rules that need it let nobody in)" };
                self.stop(Layer::Authorization, Stop::Denied, format!("{}{how}", decision.why), decision.spans)
            }
            outcome => {
                self.conditional |= outcome == authorization::Outcome::Depends;
                self.pass(Layer::Authorization, decision.why, decision.spans);
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

    fn filter(&mut self, scope: Scope<'_>) -> Result<Option<Running>, Stop> {
        let manifests = self.reach.manifests;
        let guard = filter::guard(manifests, scope);
        match filter::running(manifests, &self.reach.filter, scope, self.path.port) {
            Ok(running) => {
                self.pass(Layer::Filter, format!("{} masks", running.object), vec![running.span]);
                if let Some(guard) = guard.filter(|guard| !marks(&running, guard)) {
                    let text = format!("{} waits for the filter of `{}`", guard.object, guard.mark);
                    return self.stop(Layer::Filter, Stop::Denied, text, vec![guard.span]);
                }
                Ok(Some(running))
            }
            Err(missing) => {
                let spans = Some(missing.span).filter(|span| span.is_somewhere()).into_iter().collect();
                self.pass(Layer::Filter, missing.why, spans);
                match guard {
                    Some(guard) => {
                        let text = format!("{} refuses requests that the filter has not seen", guard.object);
                        self.stop(Layer::Filter, Stop::Denied, text, vec![guard.span])
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
