//! AuthorizationPolicy: which policies apply to a proxy, and what they say about a request.
//!
//! Order: CUSTOM, then DENY, then ALLOW. Where a proxy does not see HTTP (a port taken for TCP), an ALLOW rule that needs
//! HTTP is dropped, and the HTTP parts of a DENY rule are ignored: both refuse more, never less. The node's ztunnel compares
//! by rules of its own, see [`ztunnel`].

use std::{fmt, net::IpAddr};

use meshveil_objects::kinds::security::{
    Action, AuthorizationPolicy, AuthorizationRule, Condition, Operation, Source, Values,
};
use meshveil_objects::kinds::workload::Workload;
use meshveil_objects::well_known::label;
use meshveil_text::{Cidr, Span};

use crate::cluster::Cluster;
use crate::mesh::matching;
use crate::mesh::request::{Fact, Http, Request};
use crate::mesh::{trust, ztunnel};

/// Whether something matches, as far as the request is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not.
    No,
    /// It depends on what is not known.
    Maybe,
    /// It does.
    Yes,
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// Who enforces.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// The Envoy beside a workload, or a gateway's Envoy.
    Sidecar(&'a Workload),
    /// The ztunnel of a workload's node.
    Ztunnel(&'a Workload),
    /// A waypoint, for a Service it serves.
    Waypoint {
        /// Namespace of the waypoint.
        namespace: &'a str,
        /// Name of the waypoint's Gateway.
        gateway: &'a str,
        /// Namespace and name of the Service, where the request is for one.
        service: Option<(&'a str, &'a str)>,
    },
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Refused.
    Denied,
    /// It depends on what is not known about the request.
    Depends,
    /// Let in.
    Allowed,
}

/// A decision and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub outcome: Outcome,
    /// What decided.
    pub reason: AuthorizationReason,
    /// Rules and policies that decided.
    pub spans: Vec<Span>,
    /// Indices of the policies that decided.
    pub policies: Vec<usize>,
}

/// What decides about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationReason {
    /// This DENY policy matches.
    DeniedBy(String),
    /// This ALLOW policy matches.
    AllowedBy(String),
    /// This ALLOW policy matches some requests, or a DENY or CUSTOM policy may refuse some.
    SomeAllowedBy(String),
    /// There are ALLOW policies, and none matches.
    NotAllowed,
    /// This object takes what enforces policies out of the proxy.
    TakenOut(String),
    /// There is no ALLOW policy, and no other that could refuse.
    Open,
    /// There is no ALLOW policy, but a DENY or CUSTOM policy that may refuse some requests.
    MayBeRefused,
}

impl fmt::Display for AuthorizationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeniedBy(policy) => write!(f, "{policy} denies it"),
            Self::AllowedBy(policy) => write!(f, "{policy} lets it in"),
            Self::SomeAllowedBy(policy) => write!(f, "{policy} lets some requests in"),
            Self::TakenOut(object) => write!(f, "{object} takes authorisation out: everything is let in"),
            Self::NotAllowed => f.write_str("no rule of the ALLOW policies matches"),
            Self::Open => f.write_str("no ALLOW policy applies: everything is let in"),
            Self::MayBeRefused => f.write_str("a DENY or CUSTOM policy may refuse some requests"),
        }
    }
}

/// The policies that a proxy enforces, with their indices. Rehearsals (`istio.io/dry-run`) are not among them.
pub fn applying<'m>(
    manifests: &'m Cluster,
    scope: Scope<'_>,
) -> impl Iterator<Item = (usize, &'m AuthorizationPolicy)> {
    let root = manifests.mesh.root_namespace.as_str();
    let policies = manifests.authorization_policies.iter().enumerate();
    policies.filter(move |(_, policy)| {
        policy.dry_run.is_none()
            && match scope {
                Scope::Sidecar(workload) => selects(policy, root, workload) || targets_gateway_of(policy, workload),
                // A selector without labels attaches to no workload there.
                Scope::Ztunnel(workload) => {
                    !matches!(policy.action, Action::Custom | Action::Audit)
                        && !policy.attachment.has_empty_selector()
                        && selects(policy, root, workload)
                }
                Scope::Waypoint { namespace, gateway, service } => {
                    policy.attachment.targets_waypoint(&policy.meta.namespace, root, (namespace, gateway), service)
                }
            }
    })
}

fn selects(policy: &AuthorizationPolicy, root: &str, workload: &Workload) -> bool {
    policy.attachment.selects(&policy.meta.namespace, root, &workload.meta.namespace, &workload.labels)
}

fn targets_gateway_of(policy: &AuthorizationPolicy, workload: &Workload) -> bool {
    let gateway = workload.labels.get(label::GATEWAY_NAME);
    policy.meta.namespace == workload.meta.namespace
        && gateway.is_some_and(|gateway| policy.attachment.targets.iter().any(|target| target.is_gateway(gateway)))
}

/// Decides about a request. `Request::http` must be `None` for a ztunnel.
#[must_use]
pub fn decide(manifests: &Cluster, scope: Scope<'_>, request: &Request) -> Decision {
    let policies: Vec<(usize, &AuthorizationPolicy)> = applying(manifests, scope).collect();
    let mut asked = Vec::new();
    let at_ztunnel = matches!(scope, Scope::Ztunnel(_));
    let judge = |action: Action| -> Vec<(usize, Span, Truth)> {
        let of_action = policies.iter().filter(|(_, policy)| policy.action == action);
        let rules = of_action.flat_map(|(at, policy)| policy.rules.iter().map(move |rule| (*at, *policy, rule)));
        rules
            .map(|(at, policy, rule)| {
                let truth = match at_ztunnel {
                    true => ztunnel::rule_matches(policy, rule, request),
                    false => rule_matches(manifests, policy, rule, request),
                };
                (at, rule.span, truth)
            })
            .filter(|(_, _, truth)| *truth > Truth::No)
            .collect()
    };
    let decision = |outcome, reason: AuthorizationReason, found: &[(usize, Span, Truth)]| Decision {
        outcome,
        reason,
        spans: found.iter().map(|(_, span, _)| *span).collect(),
        policies: found.iter().map(|(at, _, _)| *at).collect(),
    };
    let title = |at: usize| manifests.authorization_policies.get(at).map(|p| p.meta.title()).unwrap_or_default();
    asked.extend(judge(Action::Custom));
    let denying = judge(Action::Deny);
    if let Some(found) = denying.iter().find(|(_, _, truth)| *truth == Truth::Yes) {
        let reason = AuthorizationReason::DeniedBy(title(found.0));
        return decision(Outcome::Denied, reason, std::slice::from_ref(found));
    }
    let depends = !denying.is_empty() || !asked.is_empty();
    let allow: Vec<&(usize, &AuthorizationPolicy)> =
        policies.iter().filter(|(_, p)| p.action == Action::Allow).collect();
    if allow.is_empty() {
        let mut found = denying;
        found.extend(asked);
        return match depends {
            false => decision(Outcome::Allowed, AuthorizationReason::Open, &[]),
            true => decision(Outcome::Depends, AuthorizationReason::MayBeRefused, &found),
        };
    }
    let allowing = judge(Action::Allow);
    if let Some(found) = allowing.iter().max_by_key(|(_, _, truth)| *truth) {
        let policy = title(found.0);
        let (outcome, reason) = match found.2 == Truth::Yes && !depends {
            true => (Outcome::Allowed, AuthorizationReason::AllowedBy(policy)),
            false => (Outcome::Depends, AuthorizationReason::SomeAllowedBy(policy)),
        };
        return decision(outcome, reason, std::slice::from_ref(found));
    }
    Decision {
        outcome: Outcome::Denied,
        reason: AuthorizationReason::NotAllowed,
        spans: allow.iter().map(|(_, policy)| policy.meta.span).collect(),
        policies: allow.iter().map(|(at, _)| *at).collect(),
    }
}

/// Whether a rule matches a request at an Envoy. Where there is no HTTP, see the head of this file.
#[must_use]
pub fn rule_matches(
    manifests: &Cluster,
    policy: &AuthorizationPolicy,
    rule: &AuthorizationRule,
    request: &Request,
) -> Truth {
    let judge = Judge { manifests, policy, request };
    if request.http.is_none() && policy.action != Action::Deny && needs_http(rule) {
        return Truth::No;
    }
    let from = any(rule.from.iter().map(|source| judge.source(source)));
    let to = any(rule.to.iter().map(|operation| judge.operation(operation)));
    let when = rule.when.iter().map(|condition| judge.condition(condition)).min().unwrap_or(Truth::Yes);
    from.min(to).min(when)
}

/// Whether a rule names anything that only HTTP has.
#[must_use]
pub fn needs_http(rule: &AuthorizationRule) -> bool {
    rule.to.iter().any(Operation::is_http)
        || rule.from.iter().any(|source| !source.request_principals.is_empty())
        || rule.when.iter().any(Condition::is_http)
}

/// An empty list does not restrict.
pub(super) fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.max().unwrap_or(Truth::Yes)
}

struct Judge<'a> {
    manifests: &'a Cluster,
    policy: &'a AuthorizationPolicy,
    request: &'a Request,
}

impl Judge<'_> {
    fn source(&self, source: &Source) -> Truth {
        let principal = &self.request.principal;
        [
            values(&source.principals, |pattern| self.principal(pattern)),
            values(&source.namespaces, |pattern| {
                by_release(principal, |p, quoted| matching::matches_namespace(pattern, p, quoted))
            }),
            values(&source.service_accounts, |pattern| self.service_account(pattern)),
            values(&source.ip_blocks, |block| address(block, &self.request.source_ip)),
            values(&source.remote_ip_blocks, |block| address(block, &self.request.remote_ip)),
            self.http(&source.request_principals, request_principal),
        ]
        .into_iter()
        .min()
        .unwrap_or(Truth::Yes)
    }

    fn operation(&self, operation: &Operation) -> Truth {
        [
            values(&operation.ports, |port| Truth::from(port.parse() == Ok(self.request.port))),
            self.http(&operation.hosts, |http, pattern| match pattern {
                "*" if http.host == Fact::Unknown => Truth::Yes,
                _ => fact(&http.host, |host| matching::matches_host(pattern, host)),
            }),
            self.http(&operation.methods, |http, pattern| match pattern {
                "*" if http.method == Fact::Unknown => Truth::Yes,
                _ => fact(&http.method, |method| matching::matches(pattern, method)),
            }),
            self.http(&operation.paths, |http, pattern| match pattern {
                // Every path starts with a slash.
                "*" | "/*" | "/{**}" if http.path == Fact::Unknown => Truth::Yes,
                _ => fact(&http.path, |path| matching::matches_path(pattern, path)),
            }),
        ]
        .into_iter()
        .min()
        .unwrap_or(Truth::Yes)
    }

    fn condition(&self, condition: &Condition) -> Truth {
        let request = self.request;
        let v = &condition.values;
        let inside = |prefix: &str| {
            condition.key.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(']')).map(str::to_ascii_lowercase)
        };
        if let Some(name) = inside("request.headers[") {
            return self.http(v, |http, pattern| header(http, &name, pattern));
        }
        let claim = match condition.key.as_str() {
            "request.auth.audiences" => Some("aud".to_owned()),
            "request.auth.presenter" => Some("azp".to_owned()),
            key => key.strip_prefix("request.auth.claims").map(|name| name.replace("][", ".").replace(['[', ']'], "")),
        };
        if let Some(name) = claim {
            return self.http(v, |http, pattern| match http.claims.iter().find(|(known, _)| *known == name) {
                Some((_, values)) => Truth::from(values.iter().any(|value| matching::matches(pattern, value))),
                None if http.claims_complete || http.request_principal == Fact::Absent => Truth::No,
                None => Truth::Maybe,
            });
        }
        match condition.key.as_str() {
            "source.ip" => values(v, |block| address(block, &request.source_ip)),
            "remote.ip" => values(v, |block| address(block, &request.remote_ip)),
            "source.namespace" => values(v, |pattern| {
                by_release(&request.principal, |p, quoted| matching::matches_namespace(pattern, p, quoted))
            }),
            "source.serviceAccount" => values(v, |pattern| self.service_account(pattern)),
            "source.principal" => values(v, |pattern| self.principal(pattern)),
            "destination.port" => values(v, |port| Truth::from(port.parse() == Ok(request.port))),
            "connection.sni" => values(v, |pattern| fact(&request.sni, |sni| matching::matches(pattern, sni))),
            "request.auth.principal" => self.http(v, request_principal),
            key if key.starts_with("request.auth.") => self.http(v, |http, _| match http.request_principal {
                Fact::Absent => Truth::No,
                _ => Truth::Maybe,
            }),
            // `destination.ip`, `experimental.envoy.filters.*`: not known from manifests.
            _ => Truth::Maybe,
        }
    }

    /// Compares a principal, in every trust domain that the pattern stands for.
    fn principal(&self, pattern: &str) -> Truth {
        by_release(&self.request.principal, |principal, quoted| {
            let spellings = trust::spellings(&self.manifests.mesh, pattern);
            spellings.iter().any(|pattern| matching::matches_principal(pattern, principal, quoted))
        })
    }

    fn service_account(&self, pattern: &str) -> Truth {
        by_release(&self.request.principal, |principal, quoted| {
            matching::matches_service_account(pattern, &self.policy.meta.namespace, principal, quoted)
        })
    }

    /// Values of something only HTTP has. Without HTTP they are ignored (a DENY rule; ALLOW rules never come here).
    fn http(&self, found: &Values, judge: impl Fn(&Http, &str) -> Truth) -> Truth {
        match &self.request.http {
            Some(http) => values(found, |pattern| judge(http, pattern)),
            None => Truth::Yes,
        }
    }
}

/// One of `any`, none of `none`.
pub(super) fn values(values: &Values, judge: impl Fn(&str) -> Truth) -> Truth {
    let wanted = any(values.any.iter().map(|pattern| judge(pattern)));
    let forbidden = values.none.iter().map(|pattern| judge(pattern)).max().unwrap_or(Truth::No);
    wanted.min(forbidden.not())
}

/// Compares a header; `*` asks whether it is there, even if it is empty.
fn header(http: &Http, name: &str, pattern: &str) -> Truth {
    let matches = |value: &String| pattern == "*" || matching::matches(pattern, value);
    match name {
        ":method" => fact(&http.method, matches),
        ":path" => fact(&http.path, |path| matches(&matching::normalize(path).into_owned())),
        ":authority" | "host" => fact(&http.host, matches),
        _ => {
            let lines = http.headers.iter().filter(|(known, _)| known == name);
            let absent = if http.headers_complete { Truth::No } else { Truth::Maybe };
            lines.map(|(_, value)| fact(value, matches)).max().unwrap_or(absent)
        }
    }
}

/// Compares the issuer and the subject of the verified token. Where they are not among the claims, the last slash divides
/// them.
fn request_principal(http: &Http, pattern: &str) -> Truth {
    let claim = |name: &str| http.claims.iter().find(|(known, _)| known == name).and_then(|(_, values)| values.first());
    fact(&http.request_principal, |principal| {
        let (issuer, subject) = principal.rsplit_once('/').unwrap_or((principal, ""));
        let (issuer, subject) = claim("iss").zip(claim("sub")).map_or((issuer, subject), |(i, s)| (i, s));
        matching::matches_request_principal(pattern, issuer, subject)
    })
}

pub(super) fn fact<T>(fact: &Fact<T>, judge: impl Fn(&T) -> bool) -> Truth {
    match fact {
        Fact::Is(value) => Truth::from(judge(value)),
        Fact::Absent => Truth::No,
        Fact::Unknown => Truth::Maybe,
    }
}

/// Compares a principal as istiod writes patterns today (`quoted`), and as it did before: where they differ, the release
/// decides, and it is not known.
fn by_release(principal: &Fact<String>, judge: impl Fn(&str, bool) -> bool) -> Truth {
    match principal {
        Fact::Is(principal) => match (judge(principal, true), judge(principal, false)) {
            (today, before) if today == before => Truth::from(today),
            _ => Truth::Maybe,
        },
        Fact::Absent => Truth::No,
        Fact::Unknown => Truth::Maybe,
    }
}

pub(super) fn address(block: &str, found: &Fact<IpAddr>) -> Truth {
    let cidr = block.parse::<Cidr>().ok().or_else(|| {
        let address: IpAddr = block.parse().ok()?;
        Cidr::new(address, if address.is_ipv4() { 32 } else { 128 })
    });
    match cidr {
        Some(cidr) if cidr.is_everything() && *found == Fact::Unknown => Truth::Maybe,
        Some(cidr) => fact(found, |address| cidr.contains(*address)),
        None => Truth::No,
    }
}
