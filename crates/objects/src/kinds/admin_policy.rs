//! Administrators' policies of the Network Policy API: AdminNetworkPolicy, BaselineAdminNetworkPolicy (v1alpha1) and
//! ClusterNetworkPolicy (v1alpha2), which replaces both.

use meshveil_text::{Cidr, Finding, Node, Span, codes};

use crate::kinds::network_policy::{IpBlock, PolicyPort, Ports, loose};
use crate::kinds::port::{Protocol, port_number};
use crate::meta::Meta;
use crate::selector::Selector;

/// When the policy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Before NetworkPolicy.
    Admin,
    /// After it, about pods that no NetworkPolicy isolates.
    Baseline,
}

/// What a rule does with a connection it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AdminAction {
    /// It passes (`Allow`, `Accept`).
    Allow,
    /// It does not.
    Deny,
    /// Later tiers decide.
    Pass,
}

/// Pods by namespace and labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminPods {
    /// Their namespaces.
    pub namespaces: Selector,
    /// Their labels; all where absent.
    pub pods: Option<Selector>,
}

/// Whom a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminPeer {
    /// Pods.
    Pods(AdminPods),
    /// Addresses.
    Network(IpBlock),
    /// Nodes; which pods are on them is not known.
    Nodes,
    /// Names; what they resolve to is not known.
    Domains,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminRule {
    /// What it does.
    pub action: AdminAction,
    /// Whom it names.
    pub peers: Vec<AdminPeer>,
    /// Where; empty means every port.
    pub ports: Vec<PolicyPort>,
    /// Its place.
    pub span: Span,
}

/// An administrator's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminPolicy {
    /// Its metadata. The object has no namespace.
    pub meta: Meta,
    /// When it is asked.
    pub tier: Tier,
    /// The lower, the earlier.
    pub priority: i64,
    /// The pods it is about.
    pub subject: AdminPods,
    /// Rules about incoming connections, in order.
    pub ingress: Vec<AdminRule>,
    /// Rules about outgoing connections, in order.
    pub egress: Vec<AdminRule>,
}

impl AdminPolicy {
    /// Reads any of the three kinds. What the API server would refuse is a finding and gives `None`.
    pub fn read(meta: Meta, object: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let before = findings.len();
        let spec = object.get("spec");
        let subject = spec.and_then(|spec| spec.get("subject")).and_then(|node| pods(node, findings));
        if subject.is_none() && findings.len() == before {
            refuse(findings, meta.span, "`subject` needs `namespaces` or `pods`");
        }
        let mut rules = |key: &str, peers: &str| -> Vec<AdminRule> {
            let items = spec.and_then(|spec| spec.get(key)).map(Node::items).unwrap_or_default().iter();
            items.filter_map(|item| rule(item, peers, findings)).collect()
        };
        let (ingress, egress) = (rules("ingress", "from"), rules("egress", "to"));
        if findings.len() > before {
            return None;
        }
        let baseline =
            meta.kind == "BaselineAdminNetworkPolicy" || spec.and_then(|s| s.text_at("tier")) == Some("Baseline");
        Some(Self {
            tier: if baseline { Tier::Baseline } else { Tier::Admin },
            priority: spec.and_then(|spec| spec.get("priority")).and_then(Node::int).unwrap_or(0),
            subject: subject?,
            ingress,
            egress,
            meta,
        })
    }

    /// Every block of addresses a rule names.
    pub fn networks(&self) -> impl Iterator<Item = &Cidr> {
        self.ingress.iter().chain(&self.egress).flat_map(|rule| &rule.peers).filter_map(|peer| match peer {
            AdminPeer::Network(block) => Some(&block.cidr),
            _ => None,
        })
    }
}

fn refuse(findings: &mut Vec<Finding>, span: Span, message: impl Into<String>) {
    findings.push(Finding::new(&codes::manifest::REFUSED_OBJECT, span, message));
}

fn pods(node: &Node, findings: &mut Vec<Finding>) -> Option<AdminPods> {
    if let Some(namespaces) = node.get("namespaces") {
        return Some(AdminPods { namespaces: Selector::read(namespaces, findings)?, pods: None });
    }
    let pods = node.get("pods")?;
    let mut selector = |key: &str| match pods.get(key) {
        Some(node) => Selector::read(node, findings),
        None => Some(Selector::everything(pods.span)),
    };
    Some(AdminPods { namespaces: selector("namespaceSelector")?, pods: Some(selector("podSelector")?) })
}

fn rule(node: &Node, peers: &str, findings: &mut Vec<Finding>) -> Option<AdminRule> {
    let action = match node.text_at("action") {
        Some("Allow" | "Accept") => AdminAction::Allow,
        Some("Deny") => AdminAction::Deny,
        Some("Pass") => AdminAction::Pass,
        _ => {
            refuse(findings, node.span, "a rule needs an `action`");
            return None;
        }
    };
    let mut named = Vec::new();
    for item in node.get(peers).map(Node::items).unwrap_or_default() {
        if item.get("nodes").is_some() {
            named.push(AdminPeer::Nodes);
        } else if item.get("domainNames").is_some() {
            named.push(AdminPeer::Domains);
        } else if let Some(networks) = item.get("networks") {
            for network in networks.items() {
                match network.text().and_then(|text| text.parse().ok()) {
                    Some(cidr) if loose(network.text().unwrap_or_default(), &cidr).is_some() => {
                        refuse(findings, network.span, "a block with bits after the prefix");
                    }
                    Some(cidr) => {
                        named.push(AdminPeer::Network(IpBlock { cidr, except: Vec::new(), span: network.span }))
                    }
                    None => refuse(findings, network.span, "no CIDR"),
                }
            }
        } else {
            named.push(AdminPeer::Pods(pods(item, findings)?));
        }
    }
    if named.is_empty() {
        refuse(findings, node.span, format!("a rule needs an entry in `{peers}`"));
    }
    let list = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    let mut ports = Vec::new();
    for item in list("ports").iter().chain(list("protocols")) {
        match port(item) {
            Some(found) => ports.extend(found),
            None => refuse(findings, item.span, "a port is a number from 1 to 65535, a range or a name"),
        }
    }
    Some(AdminRule { action, peers: named, ports, span: node.span })
}

/// One item of `ports` or `protocols`. A name stands for that port in every protocol.
fn port(node: &Node) -> Option<Vec<PolicyPort>> {
    let make = |protocol: Protocol, ports: Ports| PolicyPort { protocol, protocol_given: true, ports, span: node.span };
    if let Some(name) = node.get("namedPort").or_else(|| node.get("destinationNamedPort")) {
        let name = name.text()?;
        return Some(Protocol::ALL.map(|protocol| make(protocol, Ports::Named(name.to_owned()))).into());
    }
    let range = |node: &Node| {
        let (first, last) = (port_number(node.get("start"))?, port_number(node.get("end"))?);
        (first <= last).then_some(Ports::Range(first, last))
    };
    if let Some(number) = node.get("portNumber") {
        let port = port_number(number.get("port"))?;
        return Some(vec![make(Protocol::read(number.text_at("protocol"))?, Ports::Range(port, port))]);
    }
    if let Some(node) = node.get("portRange") {
        return Some(vec![make(Protocol::read(node.text_at("protocol"))?, range(node)?)]);
    }
    for (key, protocol) in [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)] {
        let Some((_, transport)) = node.entry(key) else { continue };
        let ports = match transport.get("destinationPort") {
            None => Ports::All,
            Some(port) => match port.get("range") {
                Some(node) => range(node)?,
                None => port_number(port.get("number")).map(|number| Ports::Range(number, number))?,
            },
        };
        return Some(vec![make(protocol, ports)]);
    }
    None
}
