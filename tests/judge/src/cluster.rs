//! A cluster as the judge sees it: namespaces, pods and policies, from the text of the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::objects::{
    AdminPeer, AdminSpec, ContainerPort, Metadata, NetworkPolicySpec, Peer, PodSpec, PodStatus, PolicyPort, PortOrName,
};
use crate::selector::{LabelSelector, Labels};

/// The label that the API server puts on every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Pods that are alike: a Pod, or what a template makes.
#[derive(Debug, Clone)]
pub struct Pod {
    /// The kind of object.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Labels of the pods, not of the object.
    pub labels: Labels,
    /// Whether they are on the node's network.
    pub is_on_node: bool,
    /// Their addresses, where the manifests know them.
    pub addresses: Vec<IpAddr>,
    /// Ports of containers that keep running.
    pub ports: Vec<ContainerPort>,
}

impl Pod {
    /// `shop/customers[Deployment]`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}[{}]", self.namespace, self.name, self.kind)
    }
}

/// A NetworkPolicy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it says.
    pub spec: NetworkPolicySpec,
}

/// An administrator's policy.
#[derive(Debug, Clone)]
pub struct AdminPolicy {
    /// Its name.
    pub name: String,
    /// Whether it is a BaselineAdminNetworkPolicy.
    pub is_baseline: bool,
    /// What it says.
    pub spec: AdminSpec,
}

/// Everything the judge looks at.
#[derive(Debug, Clone, Default)]
pub struct Cluster {
    /// Labels by name.
    pub namespaces: BTreeMap<String, Labels>,
    /// Pods of every kind.
    pub pods: Vec<Pod>,
    /// NetworkPolicies.
    pub policies: Vec<Policy>,
    /// Administrators' policies.
    pub admin: Vec<AdminPolicy>,
}

#[derive(Deserialize)]
struct Template {
    #[serde(default)]
    metadata: Metadata,
    spec: PodSpec,
}

/// The documents of a text. JSON is YAML too, but its own parser is faster.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    if text.starts_with('{') {
        return text.split("---\n").map(|part| serde_json::from_str(part).map_err(|error| error.to_string())).collect();
    }
    let documents = serde_norway::Deserializer::from_str(text);
    documents.map(|document| Value::deserialize(document).map_err(|error| error.to_string())).collect()
}

/// Reads a part of an object.
fn part<T: DeserializeOwned>(object: &Value, pointer: &str) -> Result<T, String> {
    let value = object.pointer(pointer).cloned().unwrap_or(Value::Null);
    serde_json::from_value(value).map_err(|error| format!("{pointer}: {error}"))
}

impl Cluster {
    /// Reads YAML documents, Lists included.
    ///
    /// # Errors
    ///
    /// What the API server would refuse.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut objects = Vec::new();
        for value in documents(text)? {
            match value.get("items") {
                Some(Value::Array(items)) => objects.extend(items.iter().cloned()),
                _ => objects.push(value),
            }
        }
        let mut cluster = Self::default();
        let mut owned = Vec::new();
        for object in &objects {
            cluster.add(object, &mut owned)?;
        }
        for (owner, pod) in owned {
            let made_by = cluster
                .pods
                .iter_mut()
                .find(|p| (&p.kind, &p.namespace, &p.name) == (&owner.0, &pod.namespace, &owner.1));
            match made_by {
                Some(workload) => workload.addresses.extend(pod.addresses),
                None => cluster.pods.push(pod),
            }
        }
        let mut named: Vec<String> = cluster.pods.iter().map(|pod| pod.namespace.clone()).collect();
        named.extend(cluster.policies.iter().map(|policy| policy.namespace.clone()));
        for name in named {
            cluster.namespaces.entry(name).or_default();
        }
        for (name, labels) in &mut cluster.namespaces {
            labels.insert(NAME_LABEL.to_owned(), name.clone());
        }
        cluster.check()?;
        Ok(cluster)
    }

    fn add(&mut self, object: &Value, owned: &mut Vec<((String, String), Pod)>) -> Result<(), String> {
        let kind = object.get("kind").and_then(Value::as_str).ok_or("no kind")?;
        let metadata: Metadata = part(object, "/metadata")?;
        let name = metadata.name.clone().ok_or("no name")?;
        let namespace = metadata.namespace.clone().unwrap_or_else(|| "default".to_owned());
        match kind {
            "Namespace" => {
                self.namespaces.insert(name, metadata.labels.unwrap_or_default());
            }
            "NetworkPolicy" => {
                let spec: Option<NetworkPolicySpec> = part(object, "/spec")?;
                self.policies.push(Policy { namespace, name, spec: spec.unwrap_or_default() });
            }
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" => {
                let is_baseline = kind == "BaselineAdminNetworkPolicy";
                self.admin.push(AdminPolicy { name, is_baseline, spec: part(object, "/spec")? });
            }
            "Pod" => {
                let status: Option<PodStatus> = part(object, "/status")?;
                let template = Template { metadata: metadata.clone(), spec: part(object, "/spec")? };
                let mut pod = pod(kind, namespace, name, template);
                let status = status.unwrap_or_default();
                let first = status.pod_ips.as_ref().and_then(|all| all.first()).map(|first| first.ip);
                if first.is_some() && first != status.pod_ip {
                    return Err("the first of podIPs is podIP".to_owned());
                }
                pod.addresses.extend(status.pod_ip);
                for address in status.pod_ips.into_iter().flatten() {
                    if !pod.addresses.contains(&address.ip) {
                        pod.addresses.push(address.ip);
                    }
                }
                match metadata.owner_references.into_iter().flatten().find(|owner| owner.controller == Some(true)) {
                    Some(owner) => owned.push(((owner.kind, owner.name), pod)),
                    None => self.pods.push(pod),
                }
            }
            _ => {
                let pointer = match kind {
                    "CronJob" => "/spec/jobTemplate/spec/template",
                    "PodTemplate" => "/template",
                    "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
                        "/spec/template"
                    }
                    _ => return Err(format!("kind `{kind}`")),
                };
                self.pods.push(pod(kind, namespace, name, part(object, pointer)?));
            }
        }
        Ok(())
    }

    /// Every block that a policy names, exceptions included.
    #[must_use]
    pub fn blocks(&self) -> Vec<IpNet> {
        let mut blocks = Vec::new();
        for policy in &self.policies {
            for peer in policy.spec.peers() {
                if let Some(block) = &peer.ip_block {
                    blocks.push(block.cidr);
                    blocks.extend(block.except.iter().flatten());
                }
            }
        }
        for policy in &self.admin {
            for rule in policy.spec.ingress.iter().chain(&policy.spec.egress).flatten() {
                for peer in rule.from.iter().chain(&rule.to).flatten() {
                    if let AdminPeer::Networks(networks) = peer {
                        blocks.extend(networks);
                    }
                }
            }
        }
        blocks
    }

    fn check(&self) -> Result<(), String> {
        let of_pods = self.pods.iter().map(|pod| (&pod.kind, &pod.namespace, &pod.name));
        if of_pods.collect::<BTreeSet<_>>().len() < self.pods.len() {
            return Err("a pod twice".to_owned());
        }
        for policy in &self.policies {
            if let Some(selector) = &policy.spec.pod_selector {
                selector.check()?;
            }
            for peer in policy.spec.peers() {
                peer.check()?;
            }
            for port in policy.spec.ports() {
                check_port(port)?;
            }
        }
        for policy in &self.admin {
            let spec = &policy.spec;
            if spec.priority.is_some() == policy.is_baseline {
                return Err("priority".to_owned());
            }
            check_admin_peer(&spec.subject, false)?;
            for (rules, is_egress) in [(&spec.ingress, false), (&spec.egress, true)] {
                for rule in rules.iter().flatten() {
                    let (peers, others) = if is_egress { (&rule.to, &rule.from) } else { (&rule.from, &rule.to) };
                    if others.is_some() || peers.as_ref().is_none_or(Vec::is_empty) {
                        return Err("peers of an administrator's rule".to_owned());
                    }
                    for peer in peers.iter().flatten() {
                        check_admin_peer(peer, is_egress)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn pod(kind: &str, namespace: String, name: String, template: Template) -> Pod {
    let sidecars = template.spec.init_containers.into_iter().flatten();
    let sidecars = sidecars.filter(|container| container.restart_policy.as_deref() == Some("Always"));
    let containers = template.spec.containers.into_iter().chain(sidecars);
    Pod {
        kind: kind.to_owned(),
        namespace,
        name,
        labels: template.metadata.labels.unwrap_or_default(),
        is_on_node: template.spec.host_network == Some(true),
        addresses: Vec::new(),
        ports: containers.flat_map(|container| container.ports.unwrap_or_default()).collect(),
    }
}

impl NetworkPolicySpec {
    /// Every peer of every rule.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        let from = self.ingress.iter().flatten().flat_map(|rule| rule.from.iter().flatten());
        from.chain(self.egress.iter().flatten().flat_map(|rule| rule.to.iter().flatten()))
    }

    /// Every port of every rule.
    pub fn ports(&self) -> impl Iterator<Item = &PolicyPort> {
        let ingress = self.ingress.iter().flatten().flat_map(|rule| rule.ports.iter().flatten());
        ingress.chain(self.egress.iter().flatten().flat_map(|rule| rule.ports.iter().flatten()))
    }
}

impl Peer {
    fn check(&self) -> Result<(), String> {
        let selectors: Vec<&LabelSelector> = self.pod_selector.iter().chain(&self.namespace_selector).collect();
        if selectors.is_empty() != self.ip_block.is_some() {
            return Err("a peer is selectors or a block".to_owned());
        }
        for selector in selectors {
            selector.check()?;
        }
        if let Some(block) = &self.ip_block {
            for except in block.except.iter().flatten() {
                let is_inside = block.cidr.trunc().contains(&except.trunc());
                if !is_inside || except.prefix_len() <= block.cidr.prefix_len() {
                    return Err(format!("except `{except}`"));
                }
            }
        }
        Ok(())
    }
}

fn check_port(port: &PolicyPort) -> Result<(), String> {
    let first = match &port.port {
        Some(PortOrName::Number(number)) => Some(*number),
        _ => None,
    };
    if first == Some(0) {
        return Err("port 0".to_owned());
    }
    match (port.end_port, first) {
        (None, _) => Ok(()),
        (Some(last), Some(first)) if last >= first => Ok(()),
        _ => Err("endPort".to_owned()),
    }
}

fn check_admin_peer(peer: &AdminPeer, may_be_networks: bool) -> Result<(), String> {
    match peer {
        AdminPeer::Namespaces(selector) => selector.check(),
        AdminPeer::Pods { namespace_selector, pod_selector } => {
            namespace_selector.check()?;
            pod_selector.check()
        }
        AdminPeer::Networks(networks) if may_be_networks && !networks.is_empty() => Ok(()),
        AdminPeer::Networks(_) => Err("networks".to_owned()),
    }
}
