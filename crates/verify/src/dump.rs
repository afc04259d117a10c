//! A proxy as its own dump describes it.
//!
//! Read are `/config_dump` of Envoy's admin interface (`envoy.admin.v3.ConfigDump`), which `istioctl proxy-config all -o json`
//! (or `yaml`) prints as it is, and a static configuration (`envoy.config.bootstrap.v3.Bootstrap`).

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use meshveil_text::printable::in_one_line as shown;
use meshveil_text::{FileId, Finding, Node, Severity, Span, codes::verify as codes, tree::Value};

/// A member by its name in `snake_case`, also where it is written as `lowerCamelCase`.
pub(crate) fn get<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.get(name).or_else(|| node.get(&meshveil_chain::camel(name)))
}

/// The member at the end of a path.
pub(crate) fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, name| get(node, name))
}

/// The items of a member; none where it is no list.
pub(crate) fn items<'n>(node: &'n Node, name: &str) -> &'n [Node] {
    get(node, name).map_or(&[], Node::items)
}

/// The text of a member.
pub(crate) fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    get(node, name)?.text()
}

/// The place of an object, narrow enough to be shown: that of its name, its type, or its first member.
pub(crate) fn place(node: &Node) -> Span {
    let named = get(node, "name").or_else(|| get(node, "cluster")).or_else(|| node.get("@type"));
    named.or_else(|| node.entries().first().map(|(_, value)| value)).map_or(node.span, |named| match named.value {
        Value::Map(_) | Value::List(_) => node.span,
        _ => named.span,
    })
}

/// The type of settings, without what stands before it in a URL.
pub(crate) fn kind(node: &Node) -> Option<&str> {
    let kind = node.get("@type")?.text()?;
    Some(kind.rsplit('/').next().unwrap_or(kind))
}

/// Which proxy it is, as Istio names it in the id of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// Beside a workload with these labels, in this namespace.
    Sidecar { namespace: Option<String>, labels: Option<BTreeMap<String, String>> },
    /// In front of Services of a namespace.
    Waypoint,
    /// A gateway of Istio.
    Gateway,
    /// Envoy that Istio did not configure.
    Plain,
}

/// Where an endpoint of a cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// A host or address, and its port.
    Socket(String, u64),
    /// A listener of the same proxy.
    Internal,
    /// A socket of the system.
    Pipe,
}

/// What a dump says of a proxy.
#[derive(Debug)]
pub struct Proxy<'n> {
    /// The place of the whole dump.
    pub(crate) span: Span,
    pub(crate) role: Role,
    pub(crate) bootstrap: Option<&'n Node>,
    pub(crate) listeners: Vec<&'n Node>,
    pub(crate) routes: BTreeMap<&'n str, &'n Node>,
    pub(crate) clusters: BTreeMap<&'n str, &'n Node>,
    pub(crate) extensions: BTreeMap<&'n str, &'n Node>,
    endpoints: BTreeMap<&'n str, Vec<Endpoint>>,
    /// What is wrong with the dump itself.
    pub(crate) findings: Vec<Finding>,
}

impl<'n> Proxy<'n> {
    /// Reads the documents of one file. What is wrong with the dump itself is found by [`verify`](crate::verify).
    #[must_use]
    pub fn read(file: FileId, documents: &'n [Node]) -> Self {
        let nowhere = Span { file, start: 0, end: 0, line: 1, column: 1 };
        let mut proxy = Self {
            span: documents.first().and_then(|node| node.entries().first()).map_or(nowhere, |(key, _)| key.span),
            role: Role::Plain,
            bootstrap: None,
            listeners: Vec::new(),
            routes: BTreeMap::new(),
            clusters: BTreeMap::new(),
            extensions: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            findings: Vec::new(),
        };
        for document in documents {
            if get(document, "configs").is_some() {
                proxy.config_dump(document);
            } else if get(document, "static_resources").is_some() {
                proxy.bootstrap(document);
                proxy.resources(document);
            } else {
                proxy.not_a_dump();
            }
        }
        if documents.is_empty() {
            let finding = Finding::new(&codes::NOT_A_DUMP, nowhere, "nothing is there");
            proxy.findings.push(finding.help(HOW));
        }
        proxy.role = proxy.bootstrap.map_or(Role::Plain, role);
        proxy
    }

    /// Whether it looks like a proxy of Istio beside, or in front of, other workloads than those.
    pub(crate) fn is_of_istio(&self) -> bool {
        self.role != Role::Plain
    }

    fn not_a_dump(&mut self) {
        let message = "this is not a config dump: it has neither `configs` nor `static_resources`";
        self.findings.push(Finding::new(&codes::NOT_A_DUMP, self.span, message).help(HOW));
    }

    fn config_dump(&mut self, dump: &'n Node) {
        let mut seen = BTreeSet::new();
        for section in items(dump, "configs") {
            let kind = kind(section).unwrap_or_default();
            seen.insert(kind);
            match kind {
                "envoy.admin.v3.BootstrapConfigDump" => match get(section, "bootstrap") {
                    // Listeners and clusters of it are listed in their own sections.
                    Some(bootstrap) => self.bootstrap(bootstrap),
                    None => self.incomplete(section, "the bootstrap is empty"),
                },
                "envoy.admin.v3.ListenersConfigDump" => {
                    self.each(section, "static_listeners", &[], "listener", Self::listener);
                    self.each(
                        section,
                        "dynamic_listeners",
                        &["active_state", "warming_state"],
                        "listener",
                        Self::listener,
                    );
                }
                "envoy.admin.v3.ClustersConfigDump" => {
                    for list in ["static_clusters", "dynamic_active_clusters", "dynamic_warming_clusters"] {
                        self.each(section, list, &[], "cluster", Self::cluster);
                    }
                }
                "envoy.admin.v3.RoutesConfigDump" => {
                    self.each(section, "static_route_configs", &[], "route_config", Self::route);
                    self.each(section, "dynamic_route_configs", &[], "route_config", Self::route);
                }
                "envoy.admin.v3.EcdsConfigDump" => {
                    self.each(section, "ecds_filters", &[], "ecds_filter", Self::extension)
                }
                "envoy.admin.v3.EndpointsConfigDump" => {
                    for list in ["static_endpoint_configs", "dynamic_endpoint_configs"] {
                        self.each(section, list, &[], "endpoint_config", Self::assignment);
                    }
                }
                // Certificates are redacted, and scopes only say which table of routes applies.
                "envoy.admin.v3.SecretsConfigDump" | "envoy.admin.v3.ScopedRoutesConfigDump" => {}
                kind => {
                    let message = if kind.is_empty() {
                        "a part of the dump does not say what it is".to_owned()
                    } else {
                        format!("a part of the dump is of a kind that is not read: `{kind}`")
                    };
                    self.incomplete(section, &message);
                }
            }
        }
        // Envoy writes these always, even where nothing is in them.
        for needed in ["BootstrapConfigDump", "ListenersConfigDump", "ClustersConfigDump"] {
            if !seen.iter().any(|kind| kind.ends_with(needed)) {
                let message = format!("the dump has no `{needed}`");
                let help = "dump everything: a dump with `?resource=` or `?mask=` leaves out what this has to see";
                self.findings.push(Finding::new(&codes::INCOMPLETE, self.span, message).help(help));
            }
        }
    }

    /// The resources of a list: itself, or below one of its states.
    fn each(&mut self, section: &'n Node, list: &str, states: &[&str], member: &str, add: fn(&mut Self, &'n Node)) {
        for item in items(section, list) {
            if let Some(error) = get(item, "error_state") {
                self.refused(item, error, member);
            }
            if states.is_empty() {
                if let Some(resource) = get(item, member) {
                    add(self, resource);
                } else if get(item, "error_state").is_none() {
                    self.incomplete(item, &format!("an item of `{list}` has no `{member}`"));
                }
                continue;
            }
            let live = states.iter().filter_map(|state| get(get(item, state)?, member));
            let mut any = false;
            for resource in live {
                any = true;
                add(self, resource);
            }
            // What is only drained serves nothing new.
            if !any && get(item, "error_state").is_none() && get(item, "draining_state").is_none() {
                self.incomplete(item, &format!("an item of `{list}` has no state"));
            }
        }
    }

    fn refused(&mut self, item: &Node, error: &Node, what: &str) {
        let name = text(item, "name").or_else(|| text(get(error, "failed_configuration")?, "name"));
        let name = name.map(|name| format!(" `{}`", shown(name))).unwrap_or_default();
        let what = what.replace('_', " ");
        let message = format!("the proxy refused an update of the {what}{name}: what it had before goes on");
        let help = "`error_state` of the dump says why";
        let span = error.entries().first().map_or(error.span, |(key, _)| key.span);
        self.findings.push(Finding::new(&codes::UPDATE_REFUSED, span, message).help(help));
    }

    fn incomplete(&mut self, node: &Node, message: &str) {
        self.findings.push(Finding::new(&codes::INCOMPLETE, place(node), message));
    }

    fn bootstrap(&mut self, bootstrap: &'n Node) {
        self.bootstrap = Some(bootstrap);
    }

    /// Resources of a static configuration, which also names where it gets more.
    fn resources(&mut self, bootstrap: &'n Node) {
        let Some(resources) = get(bootstrap, "static_resources") else { return };
        items(resources, "listeners").iter().for_each(|listener| self.listener(listener));
        items(resources, "clusters").iter().for_each(|cluster| self.cluster(cluster));
        if let Some(dynamic) = get(bootstrap, "dynamic_resources").filter(|dynamic| !dynamic.entries().is_empty()) {
            self.incomplete(
                dynamic,
                "a management server adds what this file does not say: verify the dump of the proxy",
            );
        }
    }

    fn listener(&mut self, listener: &'n Node) {
        self.listeners.push(listener);
    }

    fn cluster(&mut self, cluster: &'n Node) {
        let Some(name) = text(cluster, "name") else { return self.incomplete(cluster, "a cluster without a name") };
        self.clusters.insert(name, cluster);
        if let Some(assignment) = get(cluster, "load_assignment") {
            self.endpoints.entry(name).or_default().extend(sockets(assignment));
        }
    }

    fn assignment(&mut self, assignment: &'n Node) {
        let Some(name) = text(assignment, "cluster_name") else {
            return self.incomplete(assignment, "endpoints of a cluster without a name");
        };
        // Endpoints without a host say the same as none at all.
        self.endpoints.entry(name).or_default().extend(sockets(assignment));
    }

    fn route(&mut self, route: &'n Node) {
        let Some(name) = text(route, "name") else {
            // Tables of routes within a listener are listed here, too, where they have a name or not.
            return;
        };
        self.routes.insert(name, route);
    }

    fn extension(&mut self, extension: &'n Node) {
        let Some(name) = text(extension, "name") else {
            return self.incomplete(extension, "an extension without a name");
        };
        self.extensions.insert(name, extension);
    }

    /// The endpoints of a cluster, by its name or that of its service; `None` where the dump does not say.
    pub(crate) fn endpoints(&self, name: &str) -> Option<&[Endpoint]> {
        let service = self.clusters.get(name).and_then(|cluster| at(cluster, &["eds_cluster_config", "service_name"]));
        let service = service.and_then(Node::text).unwrap_or(name);
        self.endpoints.get(name).or_else(|| self.endpoints.get(service)).map(Vec::as_slice)
    }
}

/// What to pass.
const HOW: &str = "pass `http://127.0.0.1:9901`, `/config_dump?include_eds` of Envoy's admin interface, or what `istioctl proxy-config all POD -o json` prints";

fn sockets(assignment: &Node) -> Vec<Endpoint> {
    let groups = items(assignment, "endpoints").iter().flat_map(|group| items(group, "lb_endpoints"));
    let addresses = groups.filter_map(|endpoint| at(endpoint, &["endpoint", "address"]));
    addresses
        .filter_map(|address| {
            if let Some(socket) = get(address, "socket_address") {
                let port = get(socket, "port_value").and_then(Node::int).and_then(|port| u64::try_from(port).ok());
                return Some(Endpoint::Socket(text(socket, "address")?.to_owned(), port.unwrap_or_default()));
            }
            if get(address, "envoy_internal_address").is_some() {
                return Some(Endpoint::Internal);
            }
            get(address, "pipe").map(|_| Endpoint::Pipe)
        })
        .collect()
}

/// Istio's ids of nodes: `sidecar~10.1.2.3~pod.namespace~namespace.svc.cluster.local`.
fn role(bootstrap: &Node) -> Role {
    let Some(node) = get(bootstrap, "node") else { return Role::Plain };
    let mut parts = text(node, "id").unwrap_or_default().split('~');
    match parts.next() {
        Some("sidecar") => {
            let of_pod = parts.nth(1).and_then(|pod| pod.rsplit_once('.')).map(|(_, namespace)| namespace.to_owned());
            let metadata = get(node, "metadata");
            let named = metadata.and_then(|metadata| metadata.get("NAMESPACE")).and_then(Node::text);
            let labels = metadata.and_then(|metadata| metadata.get("LABELS")).map(|labels| {
                let pairs = labels
                    .entries()
                    .iter()
                    .filter_map(|(key, value)| Some((key.name.clone(), value.text()?.to_owned())));
                pairs.collect()
            });
            Role::Sidecar { namespace: named.map(str::to_owned).or(of_pod), labels }
        }
        Some("waypoint") => Role::Waypoint,
        Some("router") => Role::Gateway,
        _ => Role::Plain,
    }
}

/// A finding that is no exposure where something else stops the requests.
pub(crate) fn soften(finding: Finding, is_stopped: bool) -> Finding {
    if is_stopped { finding.severity(Severity::Warning) } else { finding }
}
