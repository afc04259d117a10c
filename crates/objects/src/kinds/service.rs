//! Services: which pods they lead to, on which port, in which protocol.

use meshveil_text::{Node, Span, Value};

use crate::kinds::port::{Protocol, port_number};
use crate::kinds::workload::Workload;
use crate::meta::Meta;
use crate::selector::{Requirement, Selector};

/// Where a Service's port leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port, resolved per pod.
    Name(String),
}

/// One port of a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name.
    pub name: Option<String>,
    /// The Service's port.
    pub port: u16,
    /// The pod's port; equal to `port` where none is given.
    pub target: TargetPort,
    /// Whether `targetPort` is written out.
    pub target_given: bool,
    /// Its transport protocol.
    pub protocol: Protocol,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
    /// The port on every node.
    pub node_port: Option<u16>,
    /// Its place.
    pub span: Span,
}

impl ServicePort {
    /// The pod's port behind this one, for one workload.
    #[must_use]
    pub fn resolve(&self, workload: &Workload) -> Option<u16> {
        match &self.target {
            TargetPort::Number(port) => Some(*port),
            TargetPort::Name(name) => workload.named_port(name, self.protocol),
        }
    }
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its metadata.
    pub meta: Meta,
    /// The pods it leads to; `None` for a Service without a selector.
    pub selector: Option<Selector>,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: String,
    /// The place of the type, or of the name.
    pub kind_span: Span,
    /// Whether it has no address of its own (`clusterIP: None`).
    pub headless: bool,
    /// Its address inside the cluster, where a cluster wrote it.
    pub address: Option<std::net::IpAddr>,
    /// Whether nodes pass connections from outside on to their own pods only, with the client's address
    /// (`externalTrafficPolicy: Local`).
    pub keeps_client: bool,
    /// The place of `externalIPs`, where there are any.
    pub external: Option<Span>,
}

impl Service {
    /// Reads a Service.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Self {
        let spec = object.get("spec");
        let at = |key: &str| spec.and_then(|spec| spec.get(key));
        let requirements: Vec<Requirement> = Selector::labels(at("selector"));
        let ports = at("ports").map(Node::items).unwrap_or_default().iter();
        Self {
            selector: at("selector")
                .filter(|_| !requirements.is_empty())
                .map(|node| Selector { span: node.span, requirements }),
            ports: ports
                .filter_map(|port| {
                    let number = port_number(port.get("port"))?;
                    let target = match port.get("targetPort").map(|node| &node.value) {
                        Some(Value::Text(name)) => {
                            name.parse().map_or_else(|_| TargetPort::Name(name.clone()), TargetPort::Number)
                        }
                        _ => TargetPort::Number(port_number(port.get("targetPort")).unwrap_or(number)),
                    };
                    Some(ServicePort {
                        name: port.text_at("name").map(str::to_owned),
                        port: number,
                        target,
                        target_given: port.get("targetPort").is_some(),
                        protocol: Protocol::read(port.text_at("protocol"))?,
                        app_protocol: port.text_at("appProtocol").map(str::to_owned),
                        node_port: port_number(port.get("nodePort")),
                        span: port.span,
                    })
                })
                .collect(),
            kind: at("type").and_then(Node::text).unwrap_or("ClusterIP").to_owned(),
            kind_span: at("type").map_or(meta.span, |node| node.span),
            keeps_client: at("externalTrafficPolicy").and_then(Node::text) == Some("Local"),
            external: at("externalIPs").filter(|node| !node.items().is_empty()).map(|node| node.span),
            address: at("clusterIP").and_then(Node::text).and_then(|text| text.parse().ok()),
            headless: at("clusterIP").and_then(Node::text) == Some("None"),
            meta,
        }
    }

    /// Whether a source that reaches a node reaches it.
    #[must_use]
    pub fn opens_nodes(&self) -> bool {
        matches!(self.kind.as_str(), "NodePort" | "LoadBalancer") || self.external.is_some()
    }

    /// Whether it leads to a workload.
    #[must_use]
    pub fn leads_to(&self, workload: &Workload) -> bool {
        self.meta.namespace == workload.meta.namespace
            && self.kind != "ExternalName"
            && self.selector.as_ref().is_some_and(|selector| selector.matches(&workload.labels))
    }
}
