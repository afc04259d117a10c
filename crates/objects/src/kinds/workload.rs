//! Pods and everything that makes pods.

use std::net::IpAddr;

use meshveil_text::{Node, Span};

pub use crate::kinds::port::Protocol;
use crate::kinds::port::port_number;
use crate::meta::{Labels, Meta};
use crate::well_known::label;

/// One declared container port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerPort {
    /// Its name, which policies and Services may use.
    pub name: Option<String>,
    /// The number.
    pub port: u16,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port of the node that leads straight here.
    pub host_port: Option<u16>,
    /// Its place.
    pub span: Span,
}

/// One container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Started before the others.
    pub init: bool,
    /// An init container that keeps running (`restartPolicy: Always`).
    pub restarts: bool,
    /// Its image.
    pub image: String,
    /// What it is started with: `command`, then `args`.
    pub arguments: Vec<String>,
    /// The ports it declares.
    pub ports: Vec<ContainerPort>,
    /// `securityContext.runAsUser`.
    pub user: Option<i64>,
    /// `securityContext.runAsGroup`.
    pub group: Option<i64>,
    /// `securityContext.privileged`.
    pub privileged: bool,
    /// `securityContext.capabilities.add`.
    pub capabilities: Vec<String>,
    /// Whether it has a `command` of its own.
    pub has_command: bool,
    /// The first of its `args`.
    pub first_argument: Option<String>,
    /// What it would change of a container of Istio's under the same name, over which the injector merges it
    /// (`reapplyOverwrittenContainers` in istiod's pkg/kube/inject/webhook.go): a key, or the name of a variable.
    pub changes: Option<String>,
    /// Its place.
    pub span: Span,
    /// The place of its `securityContext`, or its own.
    pub security_span: Span,
}

/// Something that several pods can read: a volume or the credentials of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// `PersistentVolumeClaim`, `hostPath` or `Secret`.
    pub kind: &'static str,
    /// Its name or path.
    pub name: String,
    /// Its place.
    pub span: Span,
}

/// Pods of one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// The object that makes the pods.
    pub meta: Meta,
    /// Labels of the pods.
    pub labels: Labels,
    /// Annotations of the pods.
    pub annotations: Labels,
    /// Their ServiceAccount.
    pub service_account: String,
    /// The place of the ServiceAccount's name, or of the pod's spec.
    pub service_account_span: Span,
    /// Whether they use the node's network.
    pub host_network: Option<Span>,
    /// The containers.
    pub containers: Vec<Container>,
    /// `securityContext.runAsUser` of the pod.
    pub user: Option<(i64, Span)>,
    /// `securityContext.runAsGroup` of the pod.
    pub group: Option<(i64, Span)>,
    /// What others may read too.
    pub stores: Vec<Store>,
    /// Addresses a cluster reported.
    pub addresses: Vec<IpAddr>,
    /// Whether this is a pod that a cluster already runs: nothing is injected into it any more.
    pub is_running: bool,
    /// Whether this is a pod that has done its work, and is on no network.
    pub has_ended: bool,
    /// The place of the pod template (or of the pod).
    pub span: Span,
    /// Where labels can be added: the span of the template's labels, if there are any.
    pub labels_span: Option<Span>,
}

impl Workload {
    /// Reads a workload; `None` where the object has no pod template.
    #[must_use]
    pub fn read(meta: Meta, object: &Node) -> Option<Self> {
        let template = match meta.kind.as_str() {
            "Pod" => object,
            "CronJob" => object.at(&["spec", "jobTemplate", "spec", "template"])?,
            "PodTemplate" => object.get("template")?,
            _ => object.at(&["spec", "template"])?,
        };
        let spec = template.get("spec")?;
        let mut labels = Labels::read(template.at(&["metadata", "labels"]));
        if meta.kind == "Job" {
            labels.imply(label::OLD_JOB_NAME, &meta.name);
            labels.imply(label::JOB_NAME, &meta.name);
        }
        let account = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
        let account_name = account.and_then(Node::text).filter(|name| !name.is_empty()).unwrap_or("default");
        let containers = |key: &'static str, init: bool| {
            spec.get(key).map(Node::items).unwrap_or_default().iter().map(move |node| container(node, init))
        };
        let listed = object.at(&["status", "podIPs"]).map(Node::items).unwrap_or_default().iter();
        let mut addresses: Vec<IpAddr> = listed
            .filter_map(|ip| ip.text_at("ip"))
            .chain(object.at(&["status", "podIP"]).and_then(Node::text))
            .filter_map(|ip| ip.parse().ok())
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        Some(Self {
            labels,
            labels_span: template.at(&["metadata", "labels"]).map(|node| node.span),
            annotations: Labels::read(template.at(&["metadata", "annotations"])),
            service_account: account_name.to_owned(),
            service_account_span: account.map_or(meta.span, |node| node.span),
            host_network: spec.get("hostNetwork").filter(|node| node.bool() == Some(true)).map(|node| node.span),
            containers: containers("initContainers", true).chain(containers("containers", false)).collect(),
            user: spec.at(&["securityContext", "runAsUser"]).and_then(|node| Some((node.int()?, node.span))),
            group: spec.at(&["securityContext", "runAsGroup"]).and_then(|node| Some((node.int()?, node.span))),
            stores: stores(spec),
            addresses,
            is_running: meta.kind == "Pod" && object.at(&["status", "phase"]).and_then(Node::text).is_some(),
            has_ended: meta.kind == "Pod"
                && matches!(object.at(&["status", "phase"]).and_then(Node::text), Some("Succeeded" | "Failed")),
            span: template.span,
            meta,
        })
    }

    /// Every declared port of containers that keep running.
    pub fn ports(&self) -> impl Iterator<Item = &ContainerPort> {
        self.containers.iter().filter(|c| !c.init || c.restarts).flat_map(|c| &c.ports)
    }

    /// The numbers behind a port's name, rising: several where containers give one name to different ports, which the API
    /// server only warns of.
    #[must_use]
    pub fn named_ports(&self, name: &str, protocol: Protocol) -> Vec<u16> {
        let own = self.ports().filter(|port| port.protocol == protocol && port.name.as_deref() == Some(name));
        let mut numbers: Vec<u16> = own.map(|port| port.port).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The number behind a port's name: the first, as for Services.
    #[must_use]
    pub fn named_port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        self.ports().find(|port| port.protocol == protocol && port.name.as_deref() == Some(name)).map(|port| port.port)
    }

    /// `shop/customers[Deployment]`, as connection lists name it.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}[{}]", self.meta.namespace, self.meta.name, self.meta.kind)
    }
}

fn container(node: &Node, init: bool) -> Container {
    let security = node.get("securityContext");
    let number = |key: &str| security.and_then(|s| s.get(key)).and_then(Node::int);
    let capabilities = security.and_then(|s| s.at(&["capabilities", "add"])).map(Node::items).unwrap_or_default();
    let ports = node.get("ports").map(Node::items).unwrap_or_default().iter();
    Container {
        name: node.text_at("name").unwrap_or_default().to_owned(),
        init,
        restarts: node.text_at("restartPolicy") == Some("Always"),
        image: node.text_at("image").unwrap_or_default().to_owned(),
        arguments: ["command", "args"]
            .iter()
            .filter_map(|key| node.get(key))
            .flat_map(Node::items)
            .filter_map(|word| Some(word.text()?.to_owned()))
            .collect(),
        ports: ports
            .filter_map(|port| {
                Some(ContainerPort {
                    name: port.text_at("name").map(str::to_owned),
                    port: port_number(port.get("containerPort"))?,
                    protocol: Protocol::read(port.text_at("protocol"))?,
                    host_port: port_number(port.get("hostPort")),
                    span: port.span,
                })
            })
            .collect(),
        user: number("runAsUser"),
        group: number("runAsGroup"),
        privileged: security.and_then(|s| s.get("privileged")).and_then(Node::bool) == Some(true),
        has_command: node.get("command").is_some_and(|command| !command.items().is_empty()),
        first_argument: node.get("args").and_then(|args| args.items().first()).and_then(Node::text).map(str::to_owned),
        changes: changes(node, init),
        capabilities: capabilities.iter().filter_map(|c| Some(c.text()?.to_owned())).collect(),
        span: node.span,
        security_span: security.map_or(node.span, |s| s.span),
    }
}

/// What a container changes of Istio's own of the same name. Its init container does one thing, so that everything but resources
/// counts; the proxy may get variables, volumes and probes of its own.
fn changes(node: &Node, init: bool) -> Option<String> {
    const HARMLESS: [&str; 4] = ["name", "resources", "imagePullPolicy", "terminationMessagePolicy"];
    const DECIDES: [&str; 4] = ["command", "args", "securityContext", "envFrom"];
    const VARIABLES: [&str; 7] = ["ISTIO_", "PROXY_", "PILOT_", "XDS_", "CA_", "BOOTSTRAP", "ENVOY"];
    const FILES: [&str; 4] = ["/etc/istio", "/usr/local/bin", "/var/lib/istio", "/var/run/secrets"];
    let is_auto = node.text_at("image").is_none_or(|image| matches!(image, "" | "auto"));
    if !is_auto {
        return Some("image".to_owned());
    }
    let is_proxy = !init || node.text_at("restartPolicy") == Some("Always");
    let counts = |key: &str| match is_proxy {
        true => DECIDES.contains(&key),
        false => key != "image" && !HARMLESS.contains(&key),
    };
    let keys = node.entries().iter().map(|(key, _)| key.name.as_str());
    let variables = node.get("env").map(Node::items).unwrap_or_default().iter().filter_map(|env| env.text_at("name"));
    let mounts = node.get("volumeMounts").map(Node::items).unwrap_or_default();
    let mounts = mounts.iter().filter_map(|mount| mount.text_at("mountPath"));
    keys.filter(|key| counts(key))
        .chain(variables.filter(|name| VARIABLES.iter().any(|start| name.starts_with(start))))
        .chain(mounts.filter(|path| *path == "/" || FILES.iter().any(|start| path.starts_with(start))))
        .next()
        .map(str::to_owned)
}

fn stores(spec: &Node) -> Vec<Store> {
    let mut stores = Vec::new();
    let mut add = |kind: &'static str, name: Option<&Node>| {
        if let Some(node) = name
            && let Some(text) = node.text()
        {
            stores.push(Store { kind, name: text.to_owned(), span: node.span });
        }
    };
    for volume in spec.get("volumes").map(Node::items).unwrap_or_default() {
        add("PersistentVolumeClaim", volume.at(&["persistentVolumeClaim", "claimName"]));
        add("hostPath", volume.at(&["hostPath", "path"]));
        add("Secret", volume.at(&["secret", "secretName"]));
        for source in volume.at(&["projected", "sources"]).map(Node::items).unwrap_or_default() {
            add("Secret", source.at(&["secret", "name"]));
        }
    }
    let containers = ["initContainers", "containers"];
    for node in containers.iter().flat_map(|key| spec.get(key).map(Node::items).unwrap_or_default()) {
        for env in node.get("env").map(Node::items).unwrap_or_default() {
            add("Secret", env.at(&["valueFrom", "secretKeyRef", "name"]));
        }
        for from in node.get("envFrom").map(Node::items).unwrap_or_default() {
            add("Secret", from.at(&["secretRef", "name"]));
        }
    }
    stores
}
