//! `networking.k8s.io/v1` NetworkPolicy, with the API server's validation and defaults.

use meshveil_text::{Cidr, Finding, Node, Span, Value, codes};

use crate::kinds::port::Protocol;
use crate::meta::Meta;
use crate::selector::Selector;

/// A port of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// Every port of the protocol.
    All,
    /// From one number to another, both included.
    Range(u16, u16),
    /// The destination pod's port of that name.
    Named(String),
}

/// One item of `ports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyPort {
    /// The protocol; TCP where none is given.
    pub protocol: Protocol,
    /// Whether the protocol is written out.
    pub protocol_given: bool,
    /// The ports.
    pub ports: Ports,
    /// Its place.
    pub span: Span,
}

/// A block of addresses without some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpBlock {
    /// The block.
    pub cidr: Cidr,
    /// What is left out of it.
    pub except: Vec<Cidr>,
    /// Its place.
    pub span: Span,
}

/// One item of `from` or `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Pods by their labels, in the policy's namespace or in the namespaces selected.
    Pods {
        /// Which pods; all where absent.
        pods: Option<Selector>,
        /// Which namespaces; the policy's own where absent.
        namespaces: Option<Selector>,
        /// Its place.
        span: Span,
    },
    /// Addresses.
    Block(IpBlock),
}

impl Peer {
    /// Its place.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Pods { span, .. } => *span,
            Self::Block(block) => block.span,
        }
    }
}

/// One item of `ingress` or `egress`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The peers; empty means all.
    pub peers: Vec<Peer>,
    /// Whether `from` / `to` is written, though empty.
    pub peers_given: Option<Span>,
    /// Where; empty means every port.
    pub ports: Vec<PolicyPort>,
    /// Whether `ports` is written.
    pub ports_given: Option<Span>,
    /// Its place.
    pub span: Span,
}

/// A NetworkPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkPolicy {
    /// Its metadata.
    pub meta: Meta,
    /// The pods it isolates.
    pub pods: Selector,
    /// Whether it isolates them for incoming connections.
    pub isolates_ingress: bool,
    /// Whether it isolates them for outgoing connections.
    pub isolates_egress: bool,
    /// What may come in.
    pub ingress: Vec<Rule>,
    /// What may go out.
    pub egress: Vec<Rule>,
    /// The places of `ingress`, `egress` and `policyTypes`, where written.
    pub ingress_span: Option<Span>,
    /// See `ingress_span`.
    pub egress_span: Option<Span>,
    /// See `ingress_span`.
    pub types_span: Option<Span>,
}

impl NetworkPolicy {
    /// Reads a policy. What the API server would refuse is a finding and gives `None`.
    pub fn read(meta: Meta, object: &Node, findings: &mut Vec<Finding>) -> Option<Self> {
        let before = findings.len();
        let spec = object.get("spec");
        let at = |key: &str| spec.and_then(|spec| spec.get(key));
        let pods = match at("podSelector") {
            // Whom a policy does not select, it does not isolate.
            Some(node) => Selector::read_narrow(node, findings),
            None => Some(Selector::everything(spec.map_or(meta.span, |spec| spec.span))),
        };
        let mut rules = |key: &str, peers: &str| -> Vec<Rule> {
            let items = at(key).map(Node::items).unwrap_or_default().iter();
            items.map(|item| rule(item, peers, findings)).collect()
        };
        let ingress = rules("ingress", "from");
        let egress = rules("egress", "to");
        let types = at("policyTypes");
        if let Some(node) = types.filter(|node| node.items().len() > 2) {
            refuse(findings, node.span, "`policyTypes` has more than two items");
        }
        let words: Vec<&str> = types.map(Node::items).unwrap_or_default().iter().filter_map(Node::text).collect();
        for node in types.map(Node::items).unwrap_or_default() {
            if !matches!(node.text(), Some("Ingress" | "Egress")) {
                refuse(findings, node.span, "`policyTypes` takes `Ingress` and `Egress`");
            }
        }
        let (isolates_ingress, isolates_egress) = if words.is_empty() {
            (true, !egress.is_empty())
        } else {
            (words.contains(&"Ingress"), words.contains(&"Egress"))
        };
        if findings.len() > before {
            return None;
        }
        Some(Self {
            pods: pods?,
            isolates_ingress,
            isolates_egress,
            ingress,
            egress,
            ingress_span: spec.and_then(|s| s.entry("ingress")).map(|(key, _)| key.span),
            egress_span: spec.and_then(|s| s.entry("egress")).map(|(key, _)| key.span),
            types_span: types.map(|node| node.span),
            meta,
        })
    }
}

fn refuse(findings: &mut Vec<Finding>, span: Span, message: impl Into<String>) {
    findings.push(Finding::new(&codes::manifest::REFUSED_OBJECT, span, message));
}

fn rule(node: &Node, peers: &str, findings: &mut Vec<Finding>) -> Rule {
    let list = |key: &str| node.get(key).map(Node::items).unwrap_or_default().iter();
    Rule {
        peers: list(peers).filter_map(|item| peer(item, findings)).collect(),
        peers_given: node.entry(peers).map(|(key, _)| key.span),
        ports: list("ports").filter_map(|item| port(item, findings)).collect(),
        ports_given: node.entry("ports").map(|(key, _)| key.span),
        span: node.span,
    }
}

fn peer(node: &Node, findings: &mut Vec<Finding>) -> Option<Peer> {
    let (pods, namespaces, block) = (node.get("podSelector"), node.get("namespaceSelector"), node.get("ipBlock"));
    if let Some(block) = block {
        if pods.is_some() || namespaces.is_some() {
            refuse(findings, node.span, "a peer has either `ipBlock` or selectors, not both");
            return None;
        }
        return ip_block(block, findings).map(Peer::Block);
    }
    if pods.is_none() && namespaces.is_none() {
        refuse(findings, node.span, "a peer needs `podSelector`, `namespaceSelector` or `ipBlock`");
        return None;
    }
    let mut read = |node: Option<&Node>| match node {
        Some(node) => Selector::read(node, findings).map(Some),
        None => Some(None),
    };
    Some(Peer::Pods { pods: read(pods)?, namespaces: read(namespaces)?, span: node.span })
}

fn ip_block(node: &Node, findings: &mut Vec<Finding>) -> Option<IpBlock> {
    let mut read = |node: &Node| {
        let text = node.text().unwrap_or_default();
        let cidr = text.parse::<Cidr>().ok();
        if let Some(cidr) = &cidr
            && let Some(message) = loose(text, cidr)
        {
            refuse(findings, node.span, message);
        } else if cidr.is_none() {
            refuse(findings, node.span, format!("invalid address block `{}`", node.text().unwrap_or_default()));
        }
        cidr
    };
    let Some(cidr_node) = node.get("cidr") else {
        refuse(findings, node.span, "`ipBlock` needs `cidr`");
        return None;
    };
    let cidr = read(cidr_node)?;
    let mut except = Vec::new();
    for item in node.get("except").map(Node::items).unwrap_or_default() {
        let inner = read(item)?;
        if !cidr.contains_block(&inner) || cidr == inner {
            refuse(findings, item.span, format!("`{inner}` is not inside `{cidr}`"));
            return None;
        }
        except.push(inner);
    }
    Some(IpBlock { cidr, except, span: node.span })
}

/// What Kubernetes 1.36 and later refuse in a block, and earlier releases read in some way of their own.
pub(crate) fn loose(text: &str, cidr: &Cidr) -> Option<String> {
    let (address, prefix) = text.split_once('/')?;
    let address: std::net::IpAddr = address.parse().ok()?;
    if address != cidr.family().address(cidr.range().0) {
        return Some(format!("`{text}` has bits after the prefix: write `{cidr}` (Kubernetes 1.36 refuses it)"));
    }
    let is_mapped = matches!(address, std::net::IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    (is_mapped || (prefix.len() > 1 && prefix.starts_with('0'))).then(|| format!("invalid address block `{text}`"))
}

fn port(node: &Node, findings: &mut Vec<Finding>) -> Option<PolicyPort> {
    let Some(protocol) = Protocol::read(node.text_at("protocol")).filter(|_| node.text_at("protocol") != Some(""))
    else {
        refuse(findings, node.span, "`protocol` is `TCP`, `UDP` or `SCTP`");
        return None;
    };
    let end = node.get("endPort");
    let ports = match node.get("port").map(|port| &port.value) {
        None if end.is_some() => Err("`endPort` needs `port`"),
        None => Ok(Ports::All),
        Some(Value::Text(_)) if end.is_some() => Err("`endPort` needs a numeric `port`"),
        Some(Value::Text(name)) if is_port_name(name) => Ok(Ports::Named(name.clone())),
        Some(Value::Text(_)) => Err("a port's name has up to 15 of `a-z`, `0-9` and `-`, with a letter among them"),
        Some(Value::Int(first)) => match (u16::try_from(*first), end.map(Node::int)) {
            (Ok(first @ 1..), None) => Ok(Ports::Range(first, first)),
            (Ok(first @ 1..), Some(Some(last))) => match u16::try_from(last) {
                Ok(last) if last >= first => Ok(Ports::Range(first, last)),
                _ => Err("`endPort` must be at least `port` and at most 65535"),
            },
            _ => Err("a port is a number from 1 to 65535"),
        },
        Some(_) => Err("a port is a number or a name"),
    };
    match ports {
        Ok(ports) => {
            Some(PolicyPort { protocol, protocol_given: node.get("protocol").is_some(), ports, span: node.span })
        }
        Err(message) => {
            refuse(findings, node.span, message);
            None
        }
    }
}

fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.bytes().any(|b| b.is_ascii_lowercase())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}
