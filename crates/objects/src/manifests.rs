//! Reading manifests: documents become the objects that reachability depends on, as they are written.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_text::{Cidr, Documents, Files, Finding, Key, Node, Severity, Span, Value, codes, tree};

use crate::effect::Effect;
use crate::kinds::admin_policy::AdminPolicy;
use crate::kinds::admission::{AdmissionBinding, AdmissionRules};
use crate::kinds::entry::{Gateway, MeshConfig, Route};
use crate::kinds::envoy_gateway::EnvoyGateway;
use crate::kinds::extension::{EnvoyFilter, Extension, Script, Sidecar};
use crate::kinds::network_policy::NetworkPolicy;
use crate::kinds::rbac::{Role, RoleBinding};
use crate::kinds::security::{AuthorizationPolicy, PeerAuthentication, RequestAuthentication};
use crate::kinds::service::Service;
use crate::kinds::traffic::{DestinationRule, IstioGateway, ServiceEntry, VirtualService};
use crate::kinds::workload::Workload;
use crate::meta::{Labels, Meta};
use crate::schema::Schema;
use crate::well_known::label;
use crate::{doubles, effect, refusal, syntax, unread};

/// A Namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels, `kubernetes.io/metadata.name` always among them.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
    /// Its place, or the place of the object that names it.
    pub span: Span,
    /// Whether a Namespace object was read; false where one only exists because an object names it.
    pub given: bool,
}

/// An object that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// `apiVersion/kind`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The namespace it names.
    pub namespace: Option<String>,
    /// What it may do.
    pub effect: Effect,
    /// The texts in it, which may name Services.
    pub texts: BTreeSet<String>,
    /// Its place.
    pub span: Span,
}

/// Everything that was read, as it is written.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// The texts.
    pub files: Files,
    /// Namespaces by name.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Pods and what makes them.
    pub workloads: Vec<Workload>,
    /// Services.
    pub services: Vec<Service>,
    /// ServiceAccounts.
    pub service_accounts: Vec<Meta>,
    /// NetworkPolicies.
    pub network_policies: Vec<NetworkPolicy>,
    /// AdminNetworkPolicies, BaselineAdminNetworkPolicies and ClusterNetworkPolicies.
    pub admin_policies: Vec<AdminPolicy>,
    /// PeerAuthentications.
    pub peer_authentications: Vec<PeerAuthentication>,
    /// AuthorizationPolicies.
    pub authorization_policies: Vec<AuthorizationPolicy>,
    /// RequestAuthentications.
    pub request_authentications: Vec<RequestAuthentication>,
    /// WasmPlugins, and TrafficExtensions with a wasm module.
    pub extensions: Vec<Extension>,
    /// TrafficExtensions with a Lua script.
    pub scripts: Vec<Script>,
    /// EnvoyFilters.
    pub envoy_filters: Vec<EnvoyFilter>,
    /// Sidecars.
    pub sidecars: Vec<Sidecar>,
    /// Ingresses and routes.
    pub routes: Vec<Route>,
    /// Gateways and waypoints.
    pub gateways: Vec<Gateway>,
    /// Objects of Envoy Gateway, and GatewayClasses.
    pub envoy_gateway: EnvoyGateway,
    /// Istio's Gateways.
    pub istio_gateways: Vec<IstioGateway>,
    /// VirtualServices.
    pub virtual_services: Vec<VirtualService>,
    /// ServiceEntries.
    pub service_entries: Vec<ServiceEntry>,
    /// DestinationRules.
    pub destination_rules: Vec<DestinationRule>,
    /// Roles and ClusterRoles.
    pub roles: Vec<Role>,
    /// RoleBindings and ClusterRoleBindings.
    pub role_bindings: Vec<RoleBinding>,
    /// ValidatingAdmissionPolicies.
    pub admission_rules: Vec<AdmissionRules>,
    /// ValidatingAdmissionPolicyBindings.
    pub admission_bindings: Vec<AdmissionBinding>,
    /// Mesh-wide settings.
    pub mesh: MeshConfig,
    /// Where pods get addresses: `podCIDR` of nodes, `podSubnet` of kubeadm, or what is set here.
    pub pod_ranges: Vec<Cidr>,
    /// Objects of kinds that are not read.
    pub skipped: Vec<Skipped>,
    /// What is wrong with the texts, but for what is in `refused`.
    pub findings: Vec<Finding>,
    /// Why the API server refuses policies: they are left out, as in a cluster.
    pub refused: Vec<Finding>,
    /// Kustomizations, until it is known what else is read.
    kustomizations: Vec<Node>,
    /// Every object that is read: its place, title and name.
    objects: Vec<(Span, String, String)>,
    /// What was given so far, to find what is given twice.
    doubles: doubles::Doubles,
}

impl Manifests {
    /// Reads the objects among documents. Nothing that is wrong stops the reading: it is a finding. What is wrong with the
    /// syntax is a finding of the documents.
    #[must_use]
    pub fn read(documents: &Documents) -> Self {
        let mut manifests = Self { files: documents.files.clone(), ..Self::default() };
        let parts = unread::parts(&manifests.files, &documents.nodes);
        for document in &documents.nodes {
            if parts.contains(&document.span.file) {
                manifests.leave_out("part of a kustomization", document);
            } else {
                manifests.document(document);
            }
        }
        for node in std::mem::take(&mut manifests.kustomizations) {
            let missing = unread::missing(&manifests.files, &node);
            manifests.findings.extend(missing);
        }
        manifests
    }

    /// Reads texts, each with the name findings call it by. What is wrong with the syntax is among the findings.
    #[must_use]
    pub fn from_texts<N: Into<String>, T: Into<String>>(texts: impl IntoIterator<Item = (N, T)>) -> Self {
        let documents = Documents::parse(texts);
        let mut manifests = Self::read(&documents);
        manifests.findings.splice(..0, documents.findings);
        manifests
    }

    /// Whether no finding is an error.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }

    /// Title and name of the object at a place.
    #[must_use]
    pub fn object_at(&self, place: Span) -> Option<(&str, &str)> {
        let holds = |span: &Span| span.file == place.file && span.start <= place.start && place.end <= span.end;
        let found = self.objects.iter().find(|(span, ..)| holds(span))?;
        Some((&found.1, &found.2))
    }

    /// The labels of a namespace; none for one that no object names.
    #[must_use]
    pub fn namespace_labels(&self, name: &str) -> &Labels {
        static NONE: std::sync::LazyLock<Labels> = std::sync::LazyLock::new(Labels::default);
        self.namespaces.get(name).map_or(&NONE, |namespace| &namespace.labels)
    }

    fn document(&mut self, node: &Node) {
        if node.value == Value::Null {
            return;
        }
        let text = |key: &str| node.text_at(key).unwrap_or_default().to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if node.get("apiVersion").is_none() && node.get("kind").is_none() {
            // Settings of other tools stand among manifests: chart values, patches, package files.
            if unread::is_kustomization(&self.files, node) {
                self.findings.extend(unread::changes(node));
                self.kustomizations.push(node.clone());
            } else {
                self.leave_out("no `kind`", node);
            }
            return;
        }
        if unread::is_chart(&self.files, node) {
            self.leave_out("chart of Helm", node);
            return;
        }
        if !matches!(node.value, Value::Map(_)) || kind.is_empty() || api_version.is_empty() {
            self.error(node.span, "not a Kubernetes object: `apiVersion` and `kind` are needed");
            return;
        }
        if kind.ends_with("List") && node.entry("items").is_some() {
            self.list(node, &api_version, &kind);
            return;
        }
        let meta = Meta::read(node);
        self.pod_ranges.extend(pod_ranges(&meta, node));
        let schema = Schema::built_in();
        if !schema.knows(&api_version, &kind) {
            self.skip(meta, node);
            return;
        }
        let mut found = std::mem::take(&mut self.findings);
        let before = found.len();
        schema.check(&api_version, &kind, node, &mut found);
        syntax::check(&kind, node, &mut found);
        if found.len() == before {
            refusal::check(&meta, node, &mut found);
        }
        self.findings = found;
        if meta.name.is_empty() && kind != "IstioOperator" {
            self.error(node.span, "`metadata.name` is needed");
            return;
        }
        self.doubles.see(&meta, node, &mut self.findings);
        self.objects.push((node.span, meta.title(), meta.name.clone()));
        syntax::check_empty(&meta.title(), node, &mut self.findings);
        if !refusal::is_lock(&kind) {
            self.object(meta, node);
            return;
        }
        let kept = self.locks();
        self.object(meta, node);
        let (refused, others): (Vec<Finding>, Vec<Finding>) =
            self.findings.split_off(before).into_iter().partition(refusal::refuses);
        self.findings.extend(others);
        if !refused.is_empty() {
            self.keep(kept);
            self.refused.extend(refused);
        }
    }

    /// How many objects there are of each kind that keeps something closed.
    fn locks(&self) -> [usize; 14] {
        [
            self.network_policies.len(),
            self.admin_policies.len(),
            self.peer_authentications.len(),
            self.authorization_policies.len(),
            self.request_authentications.len(),
            self.extensions.len(),
            self.scripts.len(),
            self.envoy_filters.len(),
            self.sidecars.len(),
            self.gateways.len(),
            self.admission_rules.len(),
            self.admission_bindings.len(),
            self.envoy_gateway.extensions.len(),
            self.envoy_gateway.clients.len(),
        ]
    }

    /// Takes out the locks that came after others.
    fn keep(&mut self, counts: [usize; 14]) {
        let [
            network,
            admin,
            peers,
            rules,
            requests,
            extensions,
            scripts,
            filters,
            sidecars,
            gateways,
            checks,
            bindings,
            policies,
            clients,
        ] = counts;
        self.network_policies.truncate(network);
        self.admin_policies.truncate(admin);
        self.peer_authentications.truncate(peers);
        self.authorization_policies.truncate(rules);
        self.request_authentications.truncate(requests);
        self.extensions.truncate(extensions);
        self.scripts.truncate(scripts);
        self.envoy_filters.truncate(filters);
        self.sidecars.truncate(sidecars);
        self.gateways.truncate(gateways);
        self.admission_rules.truncate(checks);
        self.admission_bindings.truncate(bindings);
        self.envoy_gateway.extensions.truncate(policies);
        self.envoy_gateway.clients.truncate(clients);
    }

    /// Takes note of what is no object of a cluster.
    fn leave_out(&mut self, kind: &str, node: &Node) {
        self.skipped.push(Skipped {
            kind: kind.to_owned(),
            name: self.files.name(node.span.file).to_owned(),
            namespace: None,
            effect: Effect::Nothing,
            texts: BTreeSet::new(),
            span: node.span,
        });
    }

    fn list(&mut self, node: &Node, api_version: &str, kind: &str) {
        let Some(items) = node.get("items") else { return };
        if !matches!(items.value, Value::List(_)) {
            self.error(items.span, &format!("`{kind}.items` must be a list, not {}", items.what()));
        }
        for item in items.items() {
            match item.value {
                Value::Map(_) => self.document(&item_with_kind(item, api_version, kind)),
                _ => self.error(item.span, &format!("an item of `{kind}` must be an object, not {}", item.what())),
            }
        }
    }

    fn object(&mut self, meta: Meta, node: &Node) {
        match meta.kind.as_str() {
            "Namespace" => {
                let mut labels = meta.labels;
                labels.imply(label::NAMESPACE_NAME, &meta.name);
                let (name, annotations) = (meta.name.clone(), meta.annotations);
                self.namespaces
                    .insert(name.clone(), Namespace { name, labels, annotations, span: meta.span, given: true });
            }
            "Service" => self.services.push(Service::read(meta, node)),
            "ServiceAccount" => self.service_accounts.push(meta),
            "NetworkPolicy" => self.network_policies.extend(NetworkPolicy::read(meta, node, &mut self.findings)),
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy" => {
                self.admin_policies.extend(AdminPolicy::read(meta, node, &mut self.findings));
            }
            "PeerAuthentication" => {
                let read = PeerAuthentication::read(meta, node, &mut self.findings);
                self.peer_authentications.push(read);
            }
            "AuthorizationPolicy" => self.authorization_policies.push(AuthorizationPolicy::read(meta, node)),
            "RequestAuthentication" => self.request_authentications.push(RequestAuthentication::read(meta, node)),
            "WasmPlugin" | "TrafficExtension" => {
                self.scripts.extend(Script::read(&meta, node));
                self.extensions.extend(Extension::read(meta, node));
            }
            "EnvoyFilter" => self.envoy_filters.push(EnvoyFilter::read(meta, node)),
            "Sidecar" => self.sidecars.push(Sidecar::read(meta, node)),
            "Ingress" => self.routes.push(Route::ingress(meta, node)),
            "Gateway" if meta.api_version.starts_with("networking.istio.io/") => {
                self.istio_gateways.push(IstioGateway::read(meta, node));
            }
            "VirtualService" => self.virtual_services.push(VirtualService::read(meta, node)),
            "ServiceEntry" => self.service_entries.push(ServiceEntry::read(meta, node)),
            "DestinationRule" => self.destination_rules.push(DestinationRule::read(meta, node)),
            "Gateway" => self.gateways.push(Gateway::read(meta, node)),
            "ValidatingAdmissionPolicy" => {
                self.admission_rules.extend(AdmissionRules::read(meta, node, &mut self.findings));
            }
            "ValidatingAdmissionPolicyBinding" => self.admission_bindings.push(AdmissionBinding::read(meta, node)),
            "Role" | "ClusterRole" => self.roles.push(Role::read(meta, node)),
            "RoleBinding" | "ClusterRoleBinding" => self.role_bindings.push(RoleBinding::read(meta, node)),
            "ConfigMap" => self.mesh_config(&meta, node),
            "IstioOperator" => {
                if let Some(config) = node.at(&["spec", "meshConfig"]) {
                    self.mesh.read(config);
                }
            }
            "GatewayClass" => self.envoy_gateway.take(meta, node),
            _ if meta.api_version.starts_with("gateway.envoyproxy.io/") => self.envoy_gateway.take(meta, node),
            kind if kind.ends_with("Route") => self.routes.push(Route::gateway_api(meta, node)),
            _ => {
                let (title, span) = (meta.title(), node.span);
                match Workload::read(meta, node) {
                    Some(workload) => self.workloads.push(workload),
                    None => self.error(span, &format!("{title} has no pod template")),
                }
            }
        }
    }

    fn mesh_config(&mut self, meta: &Meta, node: &Node) {
        let is_mesh = meta.name == "istio" || meta.name.starts_with("istio-");
        if let Some(mesh) = node.at(&["data", "mesh"]).filter(|_| is_mesh)
            && let Some(text) = mesh.text()
        {
            for config in tree::parse_inner(mesh.span, text, &mut self.findings) {
                self.mesh.read(&config);
            }
        }
    }

    fn skip(&mut self, meta: Meta, node: &Node) {
        if let Some(finding) = unread::misnamed(&meta, node).or_else(|| unread::unbuilt(&meta, node)) {
            self.findings.push(finding);
        }
        if meta.api_version.starts_with("kustomize.config.k8s.io/") {
            self.kustomizations.push(node.clone());
        }
        let mut effect = effect::of_kind(&meta.api_version, &meta.kind);
        // A pod template is one whatever the kind.
        let has_template = node.at(&["spec", "template", "spec", "containers"]).is_some();
        if let Some(workload) = Workload::read(meta.clone(), node).filter(|_| has_template && !meta.name.is_empty()) {
            self.doubles.see(&meta, node, &mut self.findings);
            self.objects.push((node.span, meta.title(), meta.name.clone()));
            self.workloads.push(workload);
            if matches!(effect, Effect::Pods | Effect::Anything) {
                return;
            }
            effect = effect.min(Effect::Requests);
        }
        self.skipped.push(Skipped {
            kind: format!("{}/{}", meta.api_version, meta.kind),
            name: meta.name,
            namespace: meta.namespace_given.then_some(meta.namespace),
            effect,
            texts: if effect == Effect::Nothing { BTreeSet::new() } else { effect::texts(node) },
            span: node.span,
        });
    }

    fn error(&mut self, span: Span, message: &str) {
        self.findings.push(Finding::new(&codes::manifest::REFUSED_OBJECT, span, message));
    }
}

/// The ranges of pods' addresses that an object names: a Node's, or those of kubeadm's configuration.
fn pod_ranges(meta: &Meta, node: &Node) -> Vec<Cidr> {
    let texts: Vec<&str> = match (meta.api_version.as_str(), meta.kind.as_str()) {
        ("v1", "Node") => {
            let listed =
                node.at(&["spec", "podCIDRs"]).map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
            listed.chain(node.at(&["spec", "podCIDR"]).and_then(Node::text)).collect()
        }
        (version, "ClusterConfiguration") if version.starts_with("kubeadm.k8s.io/") => {
            let subnets = node.at(&["networking", "podSubnet"]).and_then(Node::text).unwrap_or_default();
            subnets.split(',').map(str::trim).collect()
        }
        _ => Vec::new(),
    };
    let mut ranges: Vec<Cidr> = texts.into_iter().filter_map(|text| text.parse().ok()).collect();
    ranges.sort_unstable();
    ranges.dedup();
    ranges
}

/// Items of a typed list (`PodList`) may leave out their kind.
fn item_with_kind(item: &Node, api_version: &str, list: &str) -> Node {
    let mut item = item.clone();
    let kind = list.strip_suffix("List").unwrap_or_default();
    let missing = item.get("kind").is_none() && !kind.is_empty();
    if let Value::Map(entries) = &mut item.value
        && missing
    {
        let place = item.span;
        let mut add = |key: &str, value: &str| {
            let key = Key { name: key.to_owned(), span: place };
            entries.push((key, Node { value: Value::Text(value.to_owned()), span: place }));
        };
        add("apiVersion", api_version);
        add("kind", kind);
    }
    item
}
