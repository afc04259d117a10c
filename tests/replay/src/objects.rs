//! Istio's security objects and the small mesh they are about, as the generator writes them and the translator reads
//! them. The engine sees only their YAML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Labels or a selector's `matchLabels`.
pub type Labels = BTreeMap<String, String>;

/// One `source` of a rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "named as in the AuthorizationPolicy API")]
pub struct Source {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_request_principals: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_namespaces: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_accounts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_service_accounts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip_blocks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ip_blocks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remote_ip_blocks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_remote_ip_blocks: Vec<String>,
}

/// One `operation` of a rule.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "named as in the AuthorizationPolicy API")]
pub struct Operation {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_hosts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_ports: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_paths: Vec<String>,
}

/// One condition of `when`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(missing_docs, reason = "named as in the AuthorizationPolicy API")]
pub struct Condition {
    pub key: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_values: Vec<String>,
}

/// One rule; without anything it matches everything.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// One of these, if there are any.
    pub from: Vec<Source>,
    /// One of these, if there are any.
    pub to: Vec<Operation>,
    /// All of these.
    pub when: Vec<Condition>,
}

/// What an AuthorizationPolicy does; `CUSTOM` is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "named as in the AuthorizationPolicy API")]
pub enum Action {
    Allow,
    Deny,
    Audit,
}

/// What all objects have.
#[derive(Debug, Clone)]
pub struct Meta {
    /// `metadata.name`
    pub name: String,
    /// `metadata.namespace`
    pub namespace: String,
    /// `metadata.creationTimestamp`
    pub created: String,
    /// `spec.selector.matchLabels`
    pub selector: Option<Labels>,
}

/// An AuthorizationPolicy.
#[derive(Debug, Clone)]
pub struct AuthorizationPolicy {
    /// Name, namespace, selector.
    pub meta: Meta,
    /// The annotation `istio.io/dry-run`.
    pub dry_run: Option<String>,
    /// `None` means the field is left out, which is `ALLOW`.
    pub action: Option<Action>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A mode of PeerAuthentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "named as in the PeerAuthentication API")]
pub enum Mode {
    Unset,
    Disable,
    Permissive,
    Strict,
}

/// A PeerAuthentication.
#[derive(Debug, Clone)]
pub struct PeerAuthentication {
    /// Name, namespace, selector.
    pub meta: Meta,
    /// `mtls.mode`; `None` means `mtls` is left out.
    pub mode: Option<Mode>,
    /// `portLevelMtls`
    pub ports: BTreeMap<u16, Mode>,
}

/// A RequestAuthentication for all known issuers.
#[derive(Debug, Clone)]
pub struct RequestAuthentication {
    /// Name, namespace, selector.
    pub meta: Meta,
}

/// A port of the one Service.
#[derive(Debug, Clone)]
pub struct ServicePort {
    /// `port`
    pub port: u16,
    /// `targetPort`
    pub target: u16,
    /// `name`
    pub name: String,
    /// `appProtocol`
    pub app_protocol: Option<String>,
}

/// Everything istiod would know about one workload.
#[derive(Debug, Clone)]
pub struct Mesh {
    /// `trustDomain`
    pub trust_domain: String,
    /// `trustDomainAliases`
    pub aliases: Vec<String>,
    /// `rootNamespace`
    pub root: String,
    /// The workload's namespace.
    pub namespace: String,
    /// The workload's labels.
    pub labels: Labels,
    /// The ports of its Service.
    pub ports: Vec<ServicePort>,
    /// Namespace and ServiceAccount of every caller; each is a pod of its own.
    pub callers: Vec<(String, String)>,
    /// AuthorizationPolicies.
    pub authorization: Vec<AuthorizationPolicy>,
    /// PeerAuthentications.
    pub peers: Vec<PeerAuthentication>,
    /// RequestAuthentications.
    pub tokens: Vec<RequestAuthentication>,
}

/// Name of the workload that is asked.
pub const WORKLOAD: &str = "api";

impl Meta {
    fn document(&self, kind: &str, annotations: &Labels, mut spec: Value) -> Value {
        if let Some(selector) = &self.selector {
            spec["selector"] = json!({"matchLabels": selector});
        }
        let mut metadata = json!({"name": self.name, "namespace": self.namespace, "creationTimestamp": self.created});
        if !annotations.is_empty() {
            metadata["annotations"] = json!(annotations);
        }
        json!({"apiVersion": "security.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec})
    }
}

impl Rule {
    fn document(&self) -> Value {
        let mut rule = json!({});
        if !self.from.is_empty() {
            rule["from"] = self.from.iter().map(|source| json!({"source": source})).collect();
        }
        if !self.to.is_empty() {
            rule["to"] = self.to.iter().map(|operation| json!({"operation": operation})).collect();
        }
        if !self.when.is_empty() {
            rule["when"] = json!(self.when);
        }
        rule
    }
}

impl AuthorizationPolicy {
    fn document(&self) -> Value {
        let mut spec = json!({});
        if let Some(action) = self.action {
            spec["action"] = json!(action);
        }
        if !self.rules.is_empty() {
            spec["rules"] = self.rules.iter().map(Rule::document).collect();
        }
        let annotations = self.dry_run.iter().map(|text| ("istio.io/dry-run".to_owned(), text.clone())).collect();
        self.meta.document("AuthorizationPolicy", &annotations, spec)
    }
}

impl PeerAuthentication {
    fn document(&self) -> Value {
        let mut spec = json!({});
        if let Some(mode) = self.mode {
            spec["mtls"] = json!({"mode": mode});
        }
        if !self.ports.is_empty() {
            let ports = self.ports.iter().map(|(port, mode)| (port.to_string(), json!({"mode": mode})));
            spec["portLevelMtls"] = Value::Object(ports.collect());
        }
        self.meta.document("PeerAuthentication", &Labels::new(), spec)
    }
}

impl Mesh {
    /// The policies as people write them.
    ///
    /// # Panics
    /// Never: everything is text.
    #[must_use]
    pub fn policies(&self) -> String {
        let yaml = |object: &Value| serde_norway::to_string(object).unwrap_or_else(|error| panic!("{error}"));
        self.security().iter().map(|object| format!("---\n{}", yaml(object))).collect()
    }

    fn security(&self) -> Vec<Value> {
        let tokens = self.tokens.iter().map(|object| {
            let rules: Vec<Value> = crate::token::ISSUERS
                .iter()
                .map(|issuer| json!({"issuer": issuer, "jwks": crate::token::keys()}))
                .collect();
            object.meta.document("RequestAuthentication", &Labels::new(), json!({"jwtRules": rules}))
        });
        let objects = self.authorization.iter().map(AuthorizationPolicy::document);
        let objects = objects.chain(self.peers.iter().map(PeerAuthentication::document)).chain(tokens);
        objects.collect()
    }

    /// Everything as a stream of JSON documents, which is YAML too: mesh settings, pods, the Service, the policies.
    #[must_use]
    pub fn manifests(&self) -> String {
        let settings = json!({
            "rootNamespace": self.root, "trustDomain": self.trust_domain, "trustDomainAliases": self.aliases,
        });
        let mut objects = vec![json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"},
            "data": {"mesh": settings.to_string()},
        })];
        let mut namespaces: Vec<&str> = self.callers.iter().map(|(namespace, _)| namespace.as_str()).collect();
        namespaces.push(&self.namespace);
        namespaces.sort_unstable();
        namespaces.dedup();
        for namespace in namespaces {
            let labels = json!({"istio-injection": "enabled"});
            objects.push(json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels},
            }));
        }
        let containers = json!([{"name": "main", "image": "main"}]);
        for (at, (namespace, account)) in self.callers.iter().enumerate() {
            objects.push(json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": format!("caller-{at}"), "namespace": namespace, "labels": {"caller": account}},
                "spec": {"serviceAccountName": account, "containers": containers},
            }));
        }
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": WORKLOAD, "namespace": self.namespace, "labels": self.labels},
            "spec": {"serviceAccountName": "api", "containers": containers},
        }));
        let ports = self.ports.iter().map(|port| {
            let mut value = json!({"name": port.name, "port": port.port, "targetPort": port.target});
            if let Some(protocol) = &port.app_protocol {
                value["appProtocol"] = json!(protocol);
            }
            value
        });
        objects.push(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": WORKLOAD, "namespace": self.namespace},
            "spec": {"selector": self.labels, "ports": ports.collect::<Vec<Value>>()},
        }));
        objects.extend(self.security());
        objects.iter().map(|object| format!("---\n{object}\n")).collect()
    }
}
