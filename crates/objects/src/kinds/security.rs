//! Istio's PeerAuthentication, AuthorizationPolicy and RequestAuthentication.

use meshveil_text::{Finding, Node, Span, codes};

use crate::meta::{Labels, Meta};
use crate::selector::{Requirement, Selector};
use crate::well_known::{WAYPOINT_CLASS, annotation};

/// What an Istio object applies to besides its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRef {
    /// API group; empty for Services.
    pub group: String,
    /// `Service`, `Gateway`, `GatewayClass` or `ServiceEntry`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its place.
    pub span: Span,
}

/// The API group of Gateways and their classes.
const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";

impl TargetRef {
    /// Whether it names this Gateway. Group and kind are compared exactly: without its group a reference fits nothing
    /// (`matchesGroupKind` in istiod's pilot/pkg/model/policyattachment.go).
    #[must_use]
    pub fn is_gateway(&self, name: &str) -> bool {
        self.group == GATEWAY_GROUP && self.kind == "Gateway" && self.name == name
    }

    /// Whether it names the class of waypoints, which counts in the root namespace.
    #[must_use]
    pub fn is_waypoint_class(&self) -> bool {
        self.group == GATEWAY_GROUP && self.kind == "GatewayClass" && self.name == WAYPOINT_CLASS
    }

    /// Whether it names this Service, whose group may be written `core`.
    #[must_use]
    pub fn is_service(&self, name: &str) -> bool {
        matches!(self.group.as_str(), "" | "core") && self.kind == "Service" && self.name == name
    }
}

/// `selector` and `targetRefs` of an Istio object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Labels that must match; empty means every workload.
    pub selector: Vec<Requirement>,
    /// Place of the selector.
    pub selector_span: Option<Span>,
    /// Gateways, waypoints or Services it attaches to.
    pub targets: Vec<TargetRef>,
}

impl Attachment {
    /// Reads `selector.matchLabels`, `targetRef` and `targetRefs` of a spec.
    #[must_use]
    pub fn read(spec: Option<&Node>) -> Self {
        let selector = spec.and_then(|spec| spec.get("selector"));
        let targets = spec.and_then(|spec| spec.get("targetRefs")).map(Node::items).unwrap_or_default().iter();
        let single = spec.and_then(|spec| spec.get("targetRef"));
        let text = |node: &Node, key: &str| node.text_at(key).unwrap_or_default().to_owned();
        let targets = targets.chain(single).map(|node| TargetRef {
            group: text(node, "group"),
            kind: text(node, "kind"),
            name: text(node, "name"),
            span: node.span,
        });
        Self {
            // Whom a policy does not select, it does not protect.
            selector: Selector::labels_or_empty(selector.and_then(|node| node.get("matchLabels"))),
            selector_span: selector.map(|node| node.span),
            targets: targets.collect(),
        }
    }

    /// Whether it names labels.
    #[must_use]
    pub fn has_selector(&self) -> bool {
        !self.selector.is_empty()
    }

    /// Whether a selector is written that names no label.
    #[must_use]
    pub fn has_empty_selector(&self) -> bool {
        self.selector.is_empty() && self.selector_span.is_some()
    }

    /// Whether an object in `namespace` attaches to a waypoint by its targets: its Gateway, the class of waypoints from the
    /// root namespace, or a Service (namespace and name) that it serves. Selectors never do.
    #[must_use]
    pub fn targets_waypoint(
        &self,
        namespace: &str,
        root: &str,
        waypoint: (&str, &str),
        service: Option<(&str, &str)>,
    ) -> bool {
        self.targets.iter().any(|target| {
            (namespace == waypoint.0 && target.is_gateway(waypoint.1))
                || (namespace == root && target.is_waypoint_class())
                || service.is_some_and(|(of, name)| of == namespace && target.is_service(name))
        })
    }

    /// Whether an object in `namespace` applies to a workload by namespace and labels. Objects with targets never do.
    #[must_use]
    pub fn selects(&self, namespace: &str, root: &str, workload_namespace: &str, labels: &Labels) -> bool {
        self.targets.is_empty()
            && (namespace == workload_namespace || namespace == root)
            && self.selector.iter().all(|r| labels.get(&r.key).is_some_and(|value| r.values.iter().any(|v| v == value)))
    }
}

/// A mode of PeerAuthentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MtlsMode {
    /// What the parent says.
    Unset,
    /// Plaintext only.
    Disable,
    /// Both.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

impl MtlsMode {
    fn read(node: Option<&Node>) -> Self {
        match node.and_then(|node| node.text_at("mode")) {
            Some("DISABLE") => Self::Disable,
            Some("PERMISSIVE") => Self::Permissive,
            Some("STRICT") => Self::Strict,
            _ => Self::Unset,
        }
    }

    /// Istio's spelling.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Disable => "DISABLE",
            Self::Permissive => "PERMISSIVE",
            Self::Strict => "STRICT",
        }
    }
}

/// A PeerAuthentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerAuthentication {
    /// Its metadata.
    pub meta: Meta,
    /// What it applies to.
    pub attachment: Attachment,
    /// The mode, and its place.
    pub mode: (MtlsMode, Span),
    /// Modes of single ports.
    pub ports: Vec<(u16, MtlsMode, Span)>,
}

impl PeerAuthentication {
    /// Reads a PeerAuthentication.
    pub fn read(meta: Meta, object: &Node, findings: &mut Vec<Finding>) -> Self {
        let spec = object.get("spec");
        let mtls = spec.and_then(|spec| spec.get("mtls"));
        let attachment = Attachment::read(spec);
        let mut ports = Vec::new();
        let port_level = spec.and_then(|spec| spec.get("portLevelMtls"));
        for (key, node) in port_level.map(Node::entries).unwrap_or_default() {
            match key.name.parse() {
                Ok(port @ 1..) => ports.push((port, MtlsMode::read(Some(node)), node.span)),
                _ => findings.push(malformed(key.span, format!("invalid port number `{}`", key.name))),
            }
        }
        if let Some(node) = port_level
            && !attachment.has_selector()
        {
            findings.push(malformed(node.span, "`portLevelMtls` needs a `selector`".to_owned()));
            ports.clear();
        }
        Self { mode: (MtlsMode::read(mtls), mtls.map_or(meta.span, |node| node.span)), attachment, ports, meta }
    }
}

fn malformed(span: Span, message: String) -> Finding {
    Finding::new(&codes::manifest::REFUSED_OBJECT, span, message)
}

/// What an AuthorizationPolicy does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Lets the request in; without a match, nothing comes in.
    Allow,
    /// Refuses the request.
    Deny,
    /// Writes it down.
    Audit,
    /// Asks an external provider.
    Custom,
}

/// Values and forbidden values of one attribute; an empty list does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// One of these must match.
    pub any: Vec<String>,
    /// None of these may match.
    pub none: Vec<String>,
}

impl Values {
    fn read(node: Option<&Node>, any: &str, none: &str) -> Self {
        let words = |key: &str| {
            let items = node.and_then(|node| node.get(key)).map(Node::items).unwrap_or_default().iter();
            items.filter_map(|item| Some(item.text()?.to_owned())).collect()
        };
        Self { any: words(any), none: words(none) }
    }

    /// Whether it does not restrict.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.none.is_empty()
    }
}

/// One `source`; all its attributes must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// `principals`, `notPrincipals`.
    pub principals: Values,
    /// `requestPrincipals`, `notRequestPrincipals`.
    pub request_principals: Values,
    /// `namespaces`, `notNamespaces`.
    pub namespaces: Values,
    /// `serviceAccounts`, `notServiceAccounts`.
    pub service_accounts: Values,
    /// `ipBlocks`, `notIpBlocks`.
    pub ip_blocks: Values,
    /// `remoteIpBlocks`, `notRemoteIpBlocks`.
    pub remote_ip_blocks: Values,
    /// Its place.
    pub span: Option<Span>,
}

/// One `operation`; all its attributes must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operation {
    /// `hosts`, `notHosts`.
    pub hosts: Values,
    /// `ports`, `notPorts`.
    pub ports: Values,
    /// `methods`, `notMethods`.
    pub methods: Values,
    /// `paths`, `notPaths`.
    pub paths: Values,
    /// Its place.
    pub span: Option<Span>,
}

impl Operation {
    /// Whether it names anything only HTTP has.
    #[must_use]
    pub fn is_http(&self) -> bool {
        !(self.hosts.is_empty() && self.methods.is_empty() && self.paths.is_empty())
    }
}

/// One condition of `when`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `request.headers[x-token]`.
    pub key: String,
    /// `values`, `notValues`.
    pub values: Values,
    /// Its place.
    pub span: Span,
}

impl Condition {
    /// Whether only an HTTP request has the attribute.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.key.starts_with("request.")
    }
}

/// One rule: one of the sources, one of the operations and all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRule {
    /// Empty means any source.
    pub from: Vec<Source>,
    /// Empty means any operation.
    pub to: Vec<Operation>,
    /// Empty means no condition.
    pub when: Vec<Condition>,
    /// Keys that the kind does not have, and their places: the API server drops them.
    pub unread: Vec<(String, Span)>,
    /// Its place.
    pub span: Span,
}

impl AuthorizationRule {
    /// Whether it matches every request.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.from.is_empty() && self.to.is_empty() && self.when.is_empty()
    }
}

/// An AuthorizationPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationPolicy {
    /// Its metadata.
    pub meta: Meta,
    /// What it applies to.
    pub attachment: Attachment,
    /// What it does.
    pub action: Action,
    /// The place of `action`, or of the name.
    pub action_span: Span,
    /// The provider of `CUSTOM`.
    pub provider: Option<String>,
    /// Its rules; none never match.
    pub rules: Vec<AuthorizationRule>,
    /// The place of the annotation that makes it a rehearsal only.
    pub dry_run: Option<Span>,
}

impl AuthorizationPolicy {
    /// Reads an AuthorizationPolicy.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let at = |key: &str| spec.and_then(|spec| spec.get(key));
        let action = match at("action").and_then(Node::text) {
            Some("DENY") => Action::Deny,
            Some("AUDIT") => Action::Audit,
            Some("CUSTOM") => Action::Custom,
            _ => Action::Allow,
        };
        let dry_run = meta.annotations.get(annotation::DRY_RUN).is_some_and(is_true);
        Self {
            attachment: Attachment::read(spec),
            action,
            action_span: at("action").map_or(meta.span, |node| node.span),
            provider: at("provider").and_then(|node| node.text_at("name")).map(str::to_owned),
            rules: at("rules").map(Node::items).unwrap_or_default().iter().map(rule).collect(),
            dry_run: dry_run.then(|| meta.annotations.span(annotation::DRY_RUN).unwrap_or(meta.span)),
            meta,
        }
    }
}

/// What Go's `strconv.ParseBool` takes as true, which is how Istio reads its annotations.
#[must_use]
pub fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

fn rule(node: &Node) -> AuthorizationRule {
    let list = |key: &str| node.get(key).map(Node::items).unwrap_or_default().iter();
    let source = |item: &Node| {
        let source = item.get("source");
        let values = |any, none| Values::read(source, any, none);
        Source {
            principals: values("principals", "notPrincipals"),
            request_principals: values("requestPrincipals", "notRequestPrincipals"),
            namespaces: values("namespaces", "notNamespaces"),
            service_accounts: values("serviceAccounts", "notServiceAccounts"),
            ip_blocks: values("ipBlocks", "notIpBlocks"),
            remote_ip_blocks: values("remoteIpBlocks", "notRemoteIpBlocks"),
            span: Some(item.span),
        }
    };
    let operation = |item: &Node| {
        let operation = item.get("operation");
        let values = |any, none| Values::read(operation, any, none);
        Operation {
            hosts: values("hosts", "notHosts"),
            ports: values("ports", "notPorts"),
            methods: values("methods", "notMethods"),
            paths: values("paths", "notPaths"),
            span: Some(item.span),
        }
    };
    let condition = |item: &Node| Condition {
        key: item.text_at("key").unwrap_or_default().to_owned(),
        values: Values::read(Some(item), "values", "notValues"),
        span: item.span,
    };
    AuthorizationRule {
        from: list("from").map(source).collect(),
        to: list("to").map(operation).collect(),
        when: list("when").map(condition).collect(),
        unread: unread(node),
        span: node.span,
    }
}

fn unread(rule: &Node) -> Vec<(String, Span)> {
    const SOURCE: [&str; 6] =
        ["principals", "requestPrincipals", "namespaces", "serviceAccounts", "ipBlocks", "remoteIpBlocks"];
    const OPERATION: [&str; 4] = ["hosts", "ports", "methods", "paths"];
    let mut found = Vec::new();
    let mut look = |node: &Node, known: &dyn Fn(&str) -> bool| {
        let strange = node.entries().iter().filter(|(key, _)| !known(&key.name));
        found.extend(strange.map(|(key, _)| (key.name.clone(), key.span)));
    };
    // `notPrincipals` is `principals` with a capital after `not`.
    let either = |names: &[&str], key: &str| {
        names
            .iter()
            .any(|name| key == *name || key.strip_prefix("not").is_some_and(|rest| rest.eq_ignore_ascii_case(name)))
    };
    look(rule, &|key| matches!(key, "from" | "to" | "when"));
    for item in rule.get("from").map(Node::items).unwrap_or_default() {
        look(item, &|key| key == "source");
        if let Some(source) = item.get("source") {
            look(source, &|key| either(&SOURCE, key));
        }
    }
    for item in rule.get("to").map(Node::items).unwrap_or_default() {
        look(item, &|key| key == "operation");
        if let Some(operation) = item.get("operation") {
            look(operation, &|key| either(&OPERATION, key));
        }
    }
    found
}

/// A RequestAuthentication: an invalid token is refused, a missing one is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestAuthentication {
    /// Its metadata.
    pub meta: Meta,
    /// What it applies to.
    pub attachment: Attachment,
    /// The issuers it trusts.
    pub issuers: Vec<String>,
}

impl RequestAuthentication {
    /// Reads a RequestAuthentication.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let rules = spec.and_then(|spec| spec.get("jwtRules")).map(Node::items).unwrap_or_default().iter();
        Self {
            attachment: Attachment::read(spec),
            issuers: rules.filter_map(|rule| Some(rule.text_at("issuer")?.to_owned())).collect(),
            meta,
        }
    }
}
