//! AuthorizationPolicies to the rules of Envoy's RBAC filters (`pilot/pkg/security/authz/builder` and `model`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::objects::{Action, AuthorizationPolicy, Condition, Mesh, Operation, Rule, Source};
use crate::translate::{applies, matchers, trust};

/// Where the rules are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// In the HTTP connection manager.
    Http,
    /// On the connection; nothing is known of requests.
    Tcp,
}

/// What one condition looks at.
enum Attribute {
    Host,
    Method,
    Path,
    Port,
    Sni,
    Principal,
    ServiceAccount,
    Namespace,
    SourceIp,
    RemoteIp,
    Header(String),
    RequestPrincipal,
    Claim(Vec<String>),
}

/// Values and forbidden values of one attribute.
struct Clause {
    attribute: Attribute,
    values: Vec<String>,
    not_values: Vec<String>,
}

/// An attribute that a connection does not have.
struct HttpOnly;

impl Attribute {
    fn is_http(&self) -> bool {
        use Attribute::{Claim, Header, Host, Method, Path, RequestPrincipal};
        matches!(self, Host | Method | Path | Header(_) | RequestPrincipal | Claim(_))
    }

    fn of_permission(&self) -> bool {
        use Attribute::{Host, Method, Path, Port, Sni};
        matches!(self, Host | Method | Path | Port | Sni)
    }

    /// Reads the `key` of a condition.
    fn of_key(key: &str) -> Option<Self> {
        Some(match key {
            "destination.port" => Self::Port,
            "connection.sni" => Self::Sni,
            "source.ip" => Self::SourceIp,
            "remote.ip" => Self::RemoteIp,
            "source.namespace" => Self::Namespace,
            "source.principal" => Self::Principal,
            "source.serviceAccount" => Self::ServiceAccount,
            "request.auth.principal" => Self::RequestPrincipal,
            "request.auth.audiences" => Self::Claim(vec!["aud".to_owned()]),
            "request.auth.presenter" => Self::Claim(vec!["azp".to_owned()]),
            _ => {
                if let Some(name) = key.strip_prefix("request.headers[") {
                    Self::Header(name.strip_suffix(']')?.to_owned())
                } else {
                    let names = key.strip_prefix("request.auth.claims[")?.strip_suffix(']')?;
                    Self::Claim(names.split("][").map(str::to_owned).collect())
                }
            }
        })
    }
}

impl Clause {
    fn new(attribute: Attribute, values: &[String], not_values: &[String]) -> Option<Self> {
        (!values.is_empty() || !not_values.is_empty()).then(|| Self {
            attribute,
            values: values.to_vec(),
            not_values: not_values.to_vec(),
        })
    }

    fn of_condition(condition: &Condition) -> Option<Self> {
        Self::new(Attribute::of_key(&condition.key)?, &condition.values, &condition.not_values)
    }

    fn one(&self, value: &str, namespace: &str) -> Value {
        let authenticated = |name: Value| json!({"authenticated": {"principal_name": name}});
        match &self.attribute {
            Attribute::Host => json!({"header": matchers::host(value)}),
            Attribute::Method => json!({"header": matchers::header(":method", value)}),
            Attribute::Path => matchers::path(value),
            Attribute::Port => json!({"destination_port": value.parse::<u16>().unwrap_or_default()}),
            Attribute::Sni => json!({"requested_server_name": matchers::string(value)}),
            Attribute::Principal => authenticated(matchers::spiffe(value)),
            Attribute::Namespace => authenticated(matchers::regex(&format!(".*/ns/{}/.*", value.replace('*', ".*")))),
            Attribute::ServiceAccount => {
                let (namespace, name) = value.split_once('/').unwrap_or((namespace, value));
                let expression = format!("spiffe://.+/ns/{namespace}/(.+/|)sa/{name}(/.+)?");
                authenticated(matchers::regex(&expression))
            }
            Attribute::SourceIp => json!({"direct_remote_ip": matchers::range(value)}),
            Attribute::RemoteIp => json!({"remote_ip": matchers::range(value)}),
            Attribute::Header(name) => json!({"header": matchers::header(name, value)}),
            Attribute::RequestPrincipal => matchers::request_principal(value),
            Attribute::Claim(_) => Value::Null,
        }
    }

    /// What one of the values must match; `None` where there are no values.
    fn any(&self, values: &[String], namespace: &str) -> Option<Value> {
        if values.is_empty() {
            return None;
        }
        if let Attribute::Claim(path) = &self.attribute {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            return Some(matchers::claim_or_list(&path, values));
        }
        let all: Vec<Value> = values.iter().map(|value| self.one(value, namespace)).collect();
        Some(if self.attribute.of_permission() {
            json!({"or_rules": {"rules": all}})
        } else {
            json!({"or_ids": {"ids": all}})
        })
    }

    fn matchers(&self, chain: Chain, namespace: &str) -> Result<Vec<Value>, HttpOnly> {
        if chain == Chain::Tcp && self.attribute.is_http() {
            return Err(HttpOnly);
        }
        let not = if self.attribute.of_permission() { "not_rule" } else { "not_id" };
        let must = self.any(&self.values, namespace);
        let must_not = self.any(&self.not_values, namespace).map(|matcher| json!({not: matcher}));
        Ok(must.into_iter().chain(must_not).collect())
    }
}

fn of_operation(operation: &Operation) -> Vec<Clause> {
    let o = operation;
    [
        Clause::new(Attribute::Host, &o.hosts, &o.not_hosts),
        Clause::new(Attribute::Method, &o.methods, &o.not_methods),
        Clause::new(Attribute::Path, &o.paths, &o.not_paths),
        Clause::new(Attribute::Port, &o.ports, &o.not_ports),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_source(mesh: &Mesh, source: &Source) -> Vec<Clause> {
    let s = source;
    let (principals, not_principals) = (trust::expand(mesh, &s.principals), trust::expand(mesh, &s.not_principals));
    [
        Clause::new(Attribute::Principal, &principals, &not_principals),
        Clause::new(Attribute::RequestPrincipal, &s.request_principals, &s.not_request_principals),
        Clause::new(Attribute::ServiceAccount, &s.service_accounts, &s.not_service_accounts),
        Clause::new(Attribute::Namespace, &s.namespaces, &s.not_namespaces),
        Clause::new(Attribute::RemoteIp, &s.remote_ip_blocks, &s.not_remote_ip_blocks),
        Clause::new(Attribute::SourceIp, &s.ip_blocks, &s.not_ip_blocks),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All clauses together. What a TCP chain cannot see ends an ALLOW rule, and is left out of a DENY rule, so that both
/// become stricter.
fn all<'c>(
    clauses: impl Iterator<Item = &'c Clause>,
    chain: Chain,
    action: Action,
    namespace: &str,
) -> Result<Vec<Value>, HttpOnly> {
    let mut matchers = Vec::new();
    for clause in clauses {
        match clause.matchers(chain, namespace) {
            Ok(more) => matchers.extend(more),
            Err(HttpOnly) if action == Action::Allow => return Err(HttpOnly),
            Err(HttpOnly) => {}
        }
    }
    if matchers.is_empty() {
        matchers.push(json!({"any": true}));
    }
    Ok(matchers)
}

/// One rule as a policy of Envoy's RBAC; `namespace` is the AuthorizationPolicy's.
fn of_rule(mesh: &Mesh, namespace: &str, rule: &Rule, chain: Chain, action: Action) -> Result<Value, HttpOnly> {
    let mut when: Vec<Clause> = rule.when.iter().filter_map(Clause::of_condition).collect();
    for clause in when.iter_mut().filter(|clause| matches!(clause.attribute, Attribute::Principal)) {
        clause.values = trust::expand(mesh, &clause.values);
        clause.not_values = trust::expand(mesh, &clause.not_values);
    }
    let (of_permission, of_principal): (Vec<Clause>, Vec<Clause>) =
        when.into_iter().partition(|clause| clause.attribute.of_permission());
    let from: Vec<Vec<Clause>> =
        if rule.from.is_empty() { vec![Vec::new()] } else { rule.from.iter().map(|s| of_source(mesh, s)).collect() };
    let to: Vec<Vec<Clause>> =
        if rule.to.is_empty() { vec![Vec::new()] } else { rule.to.iter().map(of_operation).collect() };
    let mut permissions = Vec::new();
    for own in &to {
        let rules = all(own.iter().chain(&of_permission), chain, action, namespace)?;
        permissions.push(json!({"and_rules": {"rules": rules}}));
    }
    let mut principals = Vec::new();
    for own in &from {
        let ids = all(own.iter().chain(&of_principal), chain, action, namespace)?;
        principals.push(json!({"and_ids": {"ids": ids}}));
    }
    Ok(json!({"permissions": permissions, "principals": principals}))
}

/// What Go's `strconv.ParseBool` takes as true.
fn is_dry_run(policy: &AuthorizationPolicy) -> bool {
    matches!(policy.dry_run.as_deref(), Some("1" | "t" | "T" | "TRUE" | "true" | "True"))
}

/// The configuration of the RBAC filter for one action; `None` where no policy asks for it.
fn of_action(mesh: &Mesh, chain: Chain, action: Action) -> Option<Value> {
    // Enforced, and as a rehearsal.
    let mut kinds: BTreeMap<bool, Map<String, Value>> = BTreeMap::new();
    for policy in &mesh.authorization {
        let applies = applies(&policy.meta, &mesh.root, &mesh.namespace, &mesh.labels);
        if !applies || policy.action.unwrap_or(Action::Allow) != action {
            continue;
        }
        let (namespace, name) = (&policy.meta.namespace, &policy.meta.name);
        let policies = kinds.entry(is_dry_run(policy)).or_default();
        for (at, rule) in policy.rules.iter().enumerate() {
            if let Ok(rule) = of_rule(mesh, namespace, rule, chain, action) {
                policies.insert(format!("ns[{namespace}]-policy[{name}]-rule[{at}]"), rule);
            }
        }
    }
    let name = if action == Action::Allow { "ALLOW" } else { "DENY" };
    let rules = |policies: &Map<String, Value>| json!({"action": name, "policies": policies});
    let mut filter = json!({});
    filter["rules"] = kinds.get(&false).map(rules)?;
    if let Some(policies) = kinds.get(&true) {
        filter["shadow_rules"] = rules(policies);
    }
    Some(filter)
}

/// The RBAC filters of a chain, in order: DENY before ALLOW. AUDIT changes nothing and is left out.
#[must_use]
pub fn filters(mesh: &Mesh, chain: Chain) -> Vec<Value> {
    let (name, layer) = match chain {
        Chain::Http => ("envoy.filters.http.rbac", "http"),
        Chain::Tcp => ("envoy.filters.network.rbac", "network"),
    };
    let filters = [Action::Deny, Action::Allow].into_iter().filter_map(|action| of_action(mesh, chain, action));
    filters
        .map(|mut config| {
            config["@type"] = json!(format!("type.googleapis.com/envoy.extensions.filters.{layer}.rbac.v3.RBAC"));
            if chain == Chain::Tcp {
                config["stat_prefix"] = json!("tcp.");
            }
            json!({"name": name, "typed_config": config})
        })
        .collect()
}
