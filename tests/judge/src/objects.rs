//! The objects as the API reference describes them, read from YAML with a parser that is not the project's.

use serde::Deserialize;

use crate::selector::{LabelSelector, Labels};

/// `metadata`, as far as it matters here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The object's name.
    pub name: Option<String>,
    /// Its namespace; absent means `default`.
    pub namespace: Option<String>,
    /// Its labels.
    pub labels: Option<Labels>,
    /// What made it.
    pub owner_references: Option<Vec<Owner>>,
}

/// One entry of `ownerReferences`.
#[derive(Debug, Clone, Deserialize)]
pub struct Owner {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether it is the managing controller.
    pub controller: Option<bool>,
}

/// `spec` of a pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSpec {
    /// Whether the pod is on the node's network.
    pub host_network: Option<bool>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Containers that run first; those that restart always keep running.
    pub init_containers: Option<Vec<Container>>,
}

/// A container.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// `Always` makes an init container a sidecar.
    pub restart_policy: Option<String>,
    /// Its ports.
    pub ports: Option<Vec<ContainerPort>>,
}

/// A container's port.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerPort {
    /// Its name.
    pub name: Option<String>,
    /// Its number.
    pub container_port: u16,
    /// Its protocol.
    pub protocol: Option<Protocol>,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// The default.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// `status` of a pod.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PodStatus {
    /// Its first address.
    #[serde(rename = "podIP")]
    pub pod_ip: Option<std::net::IpAddr>,
    /// All its addresses.
    #[serde(rename = "podIPs")]
    pub pod_ips: Option<Vec<PodIp>>,
}

/// One of a pod's addresses.
#[derive(Debug, Clone, Deserialize)]
pub struct PodIp {
    /// The address.
    pub ip: std::net::IpAddr,
}

/// `spec` of a NetworkPolicy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NetworkPolicySpec {
    /// The pods of the policy's namespace it applies to; absent: all.
    pub pod_selector: Option<LabelSelector>,
    /// What may come in.
    pub ingress: Option<Vec<IngressRule>>,
    /// What may go out.
    pub egress: Option<Vec<EgressRule>>,
    /// The directions it relates to.
    pub policy_types: Option<Vec<PolicyType>>,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum PolicyType {
    /// Into the pod.
    Ingress,
    /// Out of the pod.
    Egress,
}

/// A rule of `ingress`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngressRule {
    /// Absent or empty: all ports.
    pub ports: Option<Vec<PolicyPort>>,
    /// Absent or empty: all sources.
    pub from: Option<Vec<Peer>>,
}

/// A rule of `egress`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgressRule {
    /// Absent or empty: all ports.
    pub ports: Option<Vec<PolicyPort>>,
    /// Absent or empty: all destinations.
    pub to: Option<Vec<Peer>>,
}

/// `NetworkPolicyPort`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyPort {
    /// Absent: TCP.
    pub protocol: Option<Protocol>,
    /// Absent: all ports of the protocol.
    pub port: Option<PortOrName>,
    /// The last port of a range.
    pub end_port: Option<u16>,
}

/// `IntOrString`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum PortOrName {
    /// A number.
    Number(u16),
    /// The name of a container's port.
    Name(String),
}

/// `NetworkPolicyPeer`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Peer {
    /// Pods.
    pub pod_selector: Option<LabelSelector>,
    /// Namespaces.
    pub namespace_selector: Option<LabelSelector>,
    /// Addresses.
    pub ip_block: Option<IpBlock>,
}

/// `IPBlock`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpBlock {
    /// The block.
    pub cidr: ipnet::IpNet,
    /// Blocks inside that do not belong to it.
    pub except: Option<Vec<ipnet::IpNet>>,
}

/// `spec` of an AdminNetworkPolicy, and of a BaselineAdminNetworkPolicy (no `priority`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSpec {
    /// 0 is asked first.
    pub priority: Option<i32>,
    /// The pods it is about.
    pub subject: AdminPeer,
    /// Ordered rules about what comes in.
    pub ingress: Option<Vec<AdminRule>>,
    /// Ordered rules about what goes out.
    pub egress: Option<Vec<AdminRule>>,
}

/// An administrator's rule of either direction.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminRule {
    /// A name for people.
    #[serde(rename = "name")]
    pub _name: Option<String>,
    /// What happens.
    pub action: AdminAction,
    /// Absent: all ports.
    pub ports: Option<Vec<AdminPort>>,
    /// Sources, in `ingress`.
    pub from: Option<Vec<AdminPeer>>,
    /// Destinations, in `egress`.
    pub to: Option<Vec<AdminPeer>>,
}

/// What an administrator's rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum AdminAction {
    /// Lets through, whatever NetworkPolicies say.
    Allow,
    /// Refuses, whatever NetworkPolicies say.
    Deny,
    /// Leaves it to NetworkPolicies.
    Pass,
}

/// One item of an administrator's `ports`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AdminPort {
    /// One port.
    PortNumber {
        /// Absent: TCP.
        #[serde(default)]
        protocol: Protocol,
        /// The number.
        port: u16,
    },
    /// The port of that name, of whatever protocol it is.
    NamedPort(String),
    /// Several ports.
    PortRange {
        /// Absent: TCP.
        #[serde(default)]
        protocol: Protocol,
        /// The first.
        start: u16,
        /// The last.
        end: u16,
    },
}

/// One administrator's peer, or the subject of a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum AdminPeer {
    /// All pods of these namespaces.
    Namespaces(LabelSelector),
    /// These pods of these namespaces.
    #[serde(rename_all = "camelCase")]
    Pods {
        /// The namespaces.
        namespace_selector: LabelSelector,
        /// The pods.
        pod_selector: LabelSelector,
    },
    /// Addresses, outside or inside the cluster; destinations only.
    Networks(Vec<ipnet::IpNet>),
}
