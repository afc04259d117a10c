//! What the engine says about a connection and its requests, and whether Envoy's answers agree.

use std::net::IpAddr;

use meshveil_reach::Manifests;
use meshveil_reach::manifest::kinds::security::{Action, MtlsMode};
use meshveil_reach::manifest::kinds::workload::Workload;
use meshveil_reach::mesh::authorization::{self, Scope, decide};
use meshveil_reach::mesh::mtls::peer_mode;
use meshveil_reach::mesh::protocol::{Kind, port_protocol};
use meshveil_reach::mesh::request::{Fact, Http, Request};
use meshveil_reach::network::Endpoint;
use meshveil_reach::verdict::{Credential, Entry, Options, Outcome, Path, Reach};
use serde_json::Value;

use crate::client::Answer;
use crate::generate::Case;
use crate::generate::requests::{self, Ask, Protocols, Transport, Visit};
use crate::objects::WORKLOAD;
use crate::translate;

/// What must come back, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The application's answer to a request.
    Served,
    /// The application sees bytes that it does not take for a request.
    Raw,
    /// The RBAC filter's refusal of a request.
    Forbidden,
    /// No answer: no chain takes the connection, TLS fails, or RBAC ends it.
    Closed,
    /// The proxy takes the bytes for HTTP, and they are not.
    Unread,
    /// The engine does not decide, though it knows all.
    Unknown,
}

/// The engine's reading of one request.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What must come back.
    pub expected: Expected,
    /// What decided.
    pub cause: Cause,
    /// Why, in words.
    pub why: String,
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Mutual TLS is wanted, and this is none.
    Plaintext,
    /// The caller's certificate is of another mesh.
    TrustDomain,
    /// The caller has no certificate.
    NoCertificate,
    /// The proxy takes the bytes for HTTP, and they are not.
    NoHttp,
    /// A DENY policy.
    Deny,
    /// No ALLOW policy that applies lets it in.
    NoAllow,
    /// No policy refuses it.
    Allowed,
    /// The engine leaves it open.
    Open,
}

impl Cause {
    /// Short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext is refused",
            Self::TrustDomain => "another trust domain",
            Self::NoCertificate => "no certificate",
            Self::NoHttp => "no HTTP",
            Self::Deny => "DENY",
            Self::NoAllow => "want of ALLOW",
            Self::Allowed => "allowed",
            Self::Open => "open",
        }
    }
}

impl Reading {
    /// Whether an answer is this, and for this cause.
    #[must_use]
    pub fn agrees(&self, answer: &Answer) -> bool {
        match (self.expected, answer) {
            (Expected::Served, Answer::Served) | (Expected::Raw, Answer::Raw) | (Expected::Closed, Answer::Closed) => {
                true
            }
            // Envoy names the policy that matched; where ALLOW is missing, none did.
            (Expected::Forbidden, Answer::Forbidden(details)) => {
                details.ends_with("[none]") == (self.cause == Cause::NoAllow)
            }
            // What differs by the release of Istio is left open; how often is bounded where answers are counted.
            (Expected::Unknown, _) => true,
            (Expected::Unread, answer) => !matches!(answer, Answer::Served | Answer::Raw),
            _ => false,
        }
    }
}

/// One mesh as the engine reads it.
pub struct Engine<'c> {
    case: &'c Case,
    manifests: &'c Manifests,
    workload: usize,
    reach: Reach<'c>,
}

fn is(text: &str) -> Fact<String> {
    Fact::Is(text.to_owned())
}

fn fact(text: Option<String>) -> Fact<String> {
    text.map_or(Fact::Absent, Fact::Is)
}

/// Every member of the claims by its path, a list as its items.
fn claims(prefix: &str, claims: &Value, found: &mut Vec<(String, Vec<String>)>) {
    for (name, value) in claims.as_object().into_iter().flatten() {
        let name = format!("{prefix}{name}");
        match value {
            Value::String(text) => found.push((name, vec![text.clone()])),
            Value::Array(items) => {
                found.push((name, items.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
            }
            other => claims_of(&name, other, found),
        }
    }
}

fn claims_of(name: &str, value: &Value, found: &mut Vec<(String, Vec<String>)>) {
    claims(&format!("{name}."), value, found);
}

impl<'c> Engine<'c> {
    /// Reads the manifests of a case.
    ///
    /// # Panics
    /// The engine finds something wrong with them.
    #[must_use]
    pub fn new(case: &'c Case, manifests: &'c Manifests) -> Self {
        assert!(manifests.is_sound(), "seed {}: {:?}\n{}", case.seed, manifests.findings, case.mesh.manifests());
        let reach = Reach::new(manifests, &Options::default());
        let workload = reach.find(&case.mesh.namespace, WORKLOAD, None);
        let workload = workload.unwrap_or_else(|| panic!("seed {}: no workload", case.seed));
        Self { case, manifests, workload, reach }
    }

    fn workload(&self) -> &'c Workload {
        &self.manifests.workloads[self.workload]
    }

    /// The HTTP part of a request; whether its token is read is the translator's word, as the engine's is asked for in
    /// [`Engine::walk_agrees`].
    fn http(&self, http: &requests::Http, verified: bool) -> Http {
        let headers = http.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), is(value))).collect();
        let token = http.token.as_ref().filter(|_| verified);
        let mut found = Vec::new();
        if let Some(token) = token {
            claims("", token, &mut found);
        }
        let part = |name: &str| token.and_then(|token| token[name].as_str());
        Http {
            method: is(&http.method),
            path: is(&http.path),
            host: is(&http.host),
            headers,
            headers_complete: true,
            request_principal: fact(
                part("iss").zip(part("sub")).map(|(issuer, subject)| format!("{issuer}/{subject}")),
            ),
            claims: found,
            claims_complete: true,
        }
    }

    /// Whether the proxy verifies tokens, by the translator's word.
    #[must_use]
    pub fn tokens_are_read(&self) -> bool {
        let mesh = &self.case.mesh;
        let applies = |meta| translate::applies(meta, &mesh.root, &mesh.namespace, &mesh.labels);
        mesh.tokens.iter().any(|token| applies(&token.meta))
    }

    /// The engine's decision on what RBAC sees.
    fn decide(
        &self,
        visit: &Visit,
        principal: Option<String>,
        sni: Option<String>,
        http: Option<&Ask>,
    ) -> (Cause, String) {
        let source = IpAddr::V4(visit.source);
        let asked = http.and_then(|ask| match ask {
            Ask::Http(http) => Some(http),
            Ask::Raw => None,
        });
        // The last hop says for whom it speaks, and no further hop is trusted.
        let forwarded = asked.and_then(|http| http.headers.iter().find(|(name, _)| name == "x-forwarded-for"));
        let remote = forwarded.and_then(|(_, hops)| hops.rsplit(',').next()?.trim().parse().ok()).unwrap_or(source);
        let request = Request {
            principal: fact(principal),
            source_ip: Fact::Is(source),
            remote_ip: Fact::Is(remote),
            port: visit.port,
            sni: fact(sni),
            http: asked.map(|http| self.http(http, self.tokens_are_read())),
        };
        let decision = decide(self.manifests, Scope::Sidecar(self.workload()), &request);
        let outcome = decision.outcome;
        let why = format!("{outcome:?}: {} (of {request:?})", decision.reason);
        let denies =
            decision.policies.iter().any(|at| self.manifests.authorization_policies[*at].action == Action::Deny);
        let cause = match outcome {
            authorization::Outcome::Allowed => Cause::Allowed,
            authorization::Outcome::Depends => Cause::Open,
            authorization::Outcome::Denied if denies => Cause::Deny,
            authorization::Outcome::Denied => Cause::NoAllow,
        };
        (cause, why)
    }

    /// What must come back for each request of a connection.
    #[must_use]
    pub fn readings(&self, visit: &Visit) -> Vec<Reading> {
        let mode = peer_mode(self.manifests, self.workload(), visit.port);
        let kind = port_protocol(self.manifests, self.workload(), visit.port).kind;
        let (mode, by) = (mode.mode, format!("{} by {:?}, {kind:?}", mode.mode.name(), mode.object));
        visit.asks.iter().map(|ask| self.reading(visit, mode, kind, ask, &by)).collect()
    }

    fn reading(&self, visit: &Visit, mode: MtlsMode, kind: Kind, ask: &Ask, by: &str) -> Reading {
        let reading = |expected, cause, why: &str| Reading { expected, cause, why: format!("{by}; {why}") };
        let refused = |cause: Cause| reading(Expected::Closed, cause, cause.name());
        let chain = |principal: Option<String>, sni: Option<String>, is_http: bool| {
            if is_http && matches!(ask, Ask::Raw) {
                return reading(Expected::Unread, Cause::NoHttp, "bytes that are no HTTP");
            }
            let (cause, why) = self.decide(visit, principal, sni, is_http.then_some(ask));
            let expected = match (cause, ask) {
                (Cause::Allowed, Ask::Http(_)) => Expected::Served,
                (Cause::Allowed, Ask::Raw) => Expected::Raw,
                (Cause::Open, _) => Expected::Unknown,
                _ if is_http => Expected::Forbidden,
                _ => Expected::Closed,
            };
            reading(expected, cause, &why)
        };
        // No proxy ends TLS: RBAC sees bytes, and so does the application.
        let foreign = |sni: Option<String>| {
            let (cause, why) = self.decide(visit, None, sni, None);
            let expected = match cause {
                Cause::Allowed => Expected::Raw,
                Cause::Open => Expected::Unknown,
                _ => Expected::Closed,
            };
            reading(expected, cause, &why)
        };
        let taken_for_http = |is_http| kind == Kind::Http || kind == Kind::Sniffed && is_http;
        match (&visit.transport, mode) {
            (Transport::Plaintext, MtlsMode::Strict) => refused(Cause::Plaintext),
            (Transport::Plaintext, _) => chain(None, None, taken_for_http(matches!(ask, Ask::Http(_)))),
            (_, MtlsMode::Disable) if kind == Kind::Http => {
                reading(Expected::Unread, Cause::NoHttp, "TLS that nobody ends")
            }
            (_, MtlsMode::Disable) => foreign(None),
            (Transport::Mtls { domain, caller: (namespace, account) }, _) => {
                let mesh = &self.manifests.mesh;
                if *domain != mesh.trust_domain && !mesh.trust_domain_aliases.contains(domain) {
                    return refused(Cause::TrustDomain);
                }
                let is_http = taken_for_http(visit.protocols == Protocols::MeshHttp);
                chain(Some(format!("{domain}/ns/{namespace}/sa/{account}")), visit.sni.clone(), is_http)
            }
            (Transport::Tls, MtlsMode::Strict) => refused(Cause::NoCertificate),
            (Transport::Tls, _) if kind == Kind::Http || visit.protocols != Protocols::Foreign => {
                refused(Cause::NoCertificate)
            }
            (Transport::Tls, _) => foreign(visit.sni.clone()),
        }
    }

    /// Compares with the verdict on the whole path, which knows neither addresses nor names, and must be right about what
    /// it is sure of. The answer is what is wrong.
    #[must_use]
    pub fn walk_agrees(&self, visit: &Visit, ask: &Ask, answer: &Answer) -> Option<String> {
        let workloads = &self.manifests.workloads;
        let (source, credential) = match &visit.transport {
            Transport::Tls => return None,
            Transport::Plaintext => (0, Credential::Plaintext),
            Transport::Mtls { domain, caller: (namespace, account) } => {
                if *domain != self.manifests.mesh.trust_domain {
                    return None;
                }
                let is_caller = |w: &Workload| {
                    w.meta.name != WORKLOAD && w.meta.namespace == *namespace && w.service_account == *account
                };
                (workloads.iter().position(is_caller)?, Credential::Mtls)
            }
        };
        let path = Path {
            source: Endpoint::Workload(source),
            destination: self.workload,
            entry: Entry::Pod,
            credential,
            port: visit.port,
            declared: self.case.mesh.ports.iter().any(|port| port.target == visit.port),
            canary: false,
        };
        let http = match ask {
            Ask::Http(http) => self.http(http, true),
            Ask::Raw => Http::default(),
        };
        let verdict = self.reach.verdict_for(&path, &http);
        let allowed = matches!(verdict.outcome, Outcome::Served { .. });
        let served = *answer == Answer::Served;
        let kind = port_protocol(self.manifests, self.workload(), visit.port).kind;
        // A port whose bytes decide has two chains, and the verdict is about the one that lets in more.
        let sure = !verdict.conditional && kind != Kind::Sniffed && matches!(ask, Ask::Http(_));
        let wrong = (served && !allowed) || (sure && allowed && !served);
        wrong.then(|| format!("{:?}, conditional: {}: {:#?}", verdict.outcome, verdict.conditional, verdict.steps))
    }
}
