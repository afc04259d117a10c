//! How the node's ztunnel compares a rule of an AuthorizationPolicy with a connection.
//!
//! istiod hands on what TCP has (`handleRule` in pilot/pkg/serviceregistry/ambient/authorization.go): an ALLOW rule with
//! anything of HTTP is dropped; of a DENY rule each entry keeps what is left. ztunnel (`Authorization::matches` in src/rbac.rs)
//! skips an entry in which nothing is left: where every entry of `from` or of `to` is one, or a `when` is, the rule never holds,
//! and does not deny. A rule without `from`, `to` and `when` always holds. Text is compared as text, trust domains as they are
//! written (istio/ztunnel#1260), and a namespace with the namespace alone.

use meshveil_objects::kinds::security::{
    Action, AuthorizationPolicy, AuthorizationRule, Condition, Operation, Source, Values,
};

use crate::mesh::authorization::{Truth, address, any, fact, values};
use crate::mesh::matching::matches;
use crate::mesh::request::{Fact, Request};

/// Whether a rule holds for a connection.
pub(super) fn rule_matches(policy: &AuthorizationPolicy, rule: &AuthorizationRule, request: &Request) -> Truth {
    if policy.action != Action::Deny && lost(rule) {
        return Truth::No;
    }
    let judge = Judge { own: &policy.meta.namespace, request };
    let from = any(rule.from.iter().map(|source| judge.source(source)));
    let to = any(rule.to.iter().map(|operation| judge.operation(operation)));
    let when = rule.when.iter().map(|condition| judge.condition(condition)).min().unwrap_or(Truth::Yes);
    from.min(to).min(when)
}

/// Whether a rule asks for anything that ztunnel does not know.
fn lost(rule: &AuthorizationRule) -> bool {
    rule.to.iter().any(Operation::is_http)
        || rule.from.iter().any(|source| !(source.request_principals.is_empty() && source.remote_ip_blocks.is_empty()))
        || rule.when.iter().any(|condition| !is_kept(condition))
}

/// The keys of `when` that ztunnel knows.
fn is_kept(condition: &Condition) -> bool {
    matches!(
        condition.key.as_str(),
        "source.ip" | "source.namespace" | "source.principal" | "destination.ip" | "destination.port"
    )
}

fn is_empty_source(source: &Source) -> bool {
    [&source.principals, &source.namespaces, &source.service_accounts, &source.ip_blocks].iter().all(|v| v.is_empty())
}

struct Judge<'a> {
    /// The policy's namespace.
    own: &'a str,
    request: &'a Request,
}

impl Judge<'_> {
    fn source(&self, source: &Source) -> Truth {
        if is_empty_source(source) {
            return Truth::No;
        }
        [
            self.principal(&source.principals),
            self.namespace(&source.namespaces),
            values(&source.service_accounts, |pattern| {
                let (namespace, name) = pattern.split_once('/').unwrap_or((self.own, pattern));
                fact(&self.request.principal, |p| parts(p) == Some((namespace, name)))
            }),
            values(&source.ip_blocks, |block| address(block, &self.request.source_ip)),
        ]
        .into_iter()
        .min()
        .unwrap_or(Truth::Yes)
    }

    fn operation(&self, operation: &Operation) -> Truth {
        if operation.ports.is_empty() { Truth::No } else { self.port(&operation.ports) }
    }

    fn condition(&self, condition: &Condition) -> Truth {
        let v = &condition.values;
        match condition.key.as_str() {
            _ if v.is_empty() => Truth::No,
            "source.ip" => values(v, |block| address(block, &self.request.source_ip)),
            "source.namespace" => self.namespace(v),
            "source.principal" => self.principal(v),
            // The pod's address is not known.
            "destination.ip" => values(v, |block| address(block, &Fact::Unknown)),
            "destination.port" => self.port(v),
            _ => Truth::No,
        }
    }

    fn port(&self, ports: &Values) -> Truth {
        values(ports, |port| Truth::from(port.parse() == Ok(self.request.port)))
    }

    fn principal(&self, principals: &Values) -> Truth {
        values(principals, |pattern| fact(&self.request.principal, |principal| matches(pattern, principal)))
    }

    fn namespace(&self, namespaces: &Values) -> Truth {
        values(namespaces, |pattern| {
            fact(&self.request.principal, |p| parts(p).is_some_and(|(namespace, _)| matches(pattern, namespace)))
        })
    }
}

/// Namespace and account of a principal.
fn parts(principal: &str) -> Option<(&str, &str)> {
    let mut parts = principal.split('/').skip(1);
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("ns"), Some(namespace), Some("sa"), Some(account), None) => Some((namespace, account)),
        _ => None,
    }
}
