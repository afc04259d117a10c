//! From manifests: the workload that serves the data, its ports and probes, and who may call it.

use std::collections::{BTreeMap, BTreeSet};

use meshveil_objects::well_known::{PROXY_CONTAINER, annotation, label};
use meshveil_reach::{
    Manifests,
    manifest::{
        kinds::workload::{ContainerPort, Protocol, Workload},
        meta::Labels,
        selector::Operator,
    },
};
use meshveil_text::{FileId, Node, Severity, Span, nearest, tree};

use crate::{Error, shown::shown};

/// What manifests say, as far as they do.
#[derive(Debug, Default)]
pub(crate) struct Topology {
    /// Name of the workload.
    pub(crate) name: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Where it stands, for a comment.
    pub(crate) place: String,
    /// Labels of its pods, or none where they have none.
    pub(crate) selector: Vec<(String, String)>,
    /// Other workloads that have these labels, too.
    pub(crate) also_selected: Vec<String>,
    /// Its ServiceAccount.
    pub(crate) account: String,
    /// Others that run as the same.
    pub(crate) shares_account: Vec<String>,
    /// Services that lead to it.
    pub(crate) services: Vec<String>,
    /// Ports that serve HTTP: number, and name where it says so.
    pub(crate) ports: Vec<(u16, Option<String>)>,
    /// Ports that are left out, with the reason.
    pub(crate) other_ports: Vec<(u16, String)>,
    /// Paths of probes.
    pub(crate) probes: BTreeSet<String>,
    /// Who may call.
    pub(crate) callers: Vec<CallerProposal>,
    /// Gateways, which pass on requests of others.
    pub(crate) hops: Vec<CallerProposal>,
    /// Who cannot be told apart, with the reason.
    pub(crate) no_callers: Vec<(String, String)>,
}

/// A workload with a ServiceAccount of its own, which may be a caller.
#[derive(Debug)]
pub(crate) struct CallerProposal {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) pods: Vec<(String, String)>,
}

/// Labels that change with each release, or that are the same everywhere, besides those that controllers and Istio give.
const PASSING: &[&str] = &[
    "version",
    "app.kubernetes.io/version",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
    "chart",
    "release",
    "heritage",
    label::TLS_MODE,
    label::INJECT,
    label::DATAPLANE_MODE,
];

/// Labels that name an application, the usual one first.
const NAMING: &[&[&str]] =
    &[&["app"], &["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"], &["k8s-app"]];

/// What ports speak that is not HTTP with JSON, by how their names begin.
const OTHER_PORTS: &[(&str, &str)] = &[
    ("grpc", "gRPC, which is not JSON"),
    ("https", "TLS of the service itself, which a filter cannot read"),
    ("tls", "TLS of the service itself, which a filter cannot read"),
    ("metrics", "metrics: see `metrics` in the reference"),
    ("prometheus", "metrics: see `metrics` in the reference"),
    ("prom", "metrics: see `metrics` in the reference"),
    ("tcp", "not HTTP by its name"),
    ("udp", "not HTTP by its name"),
    ("mysql", "not HTTP by its name"),
    ("postgres", "not HTTP by its name"),
    ("postgresql", "not HTTP by its name"),
    ("mongo", "not HTTP by its name"),
    ("redis", "not HTTP by its name"),
    ("kafka", "not HTTP by its name"),
    ("amqp", "not HTTP by its name"),
    ("debug", "for debuggers by its name"),
];

/// Finds the workload in manifests: the one that is named, the only one that a Service leads to, or the only one.
pub(crate) fn find(
    sources: &[String],
    manifests: &Manifests,
    texts: &[(String, String)],
    wanted: Option<&str>,
) -> Result<Topology, Error> {
    if let Some(error) = manifests.findings.iter().find(|finding| finding.severity == Severity::Error) {
        let help = error.help.as_ref().map_or_else(|| "`meshveil check` says more".to_owned(), Clone::clone);
        return Err(Error::At {
            name: manifests.files.name(error.span.file).to_owned(),
            line: error.span.line as usize,
            column: error.span.column as usize,
            message: format!("{} ({help})", shown(&error.message)),
        });
    }
    let all: Vec<&Workload> = manifests.workloads.iter().filter(|workload| !workload.has_ended).collect();
    if all.is_empty() {
        return Err(Error::NoWorkload(sources.to_vec()));
    }
    let own = match wanted {
        Some(name) => named(&all, name)?,
        None => only(manifests, &all)?,
    };
    Ok(topology(manifests, &all, own, texts))
}

fn title(workload: &Workload) -> String {
    workload.meta.full_name()
}

/// Names of workloads, each once.
fn titles(workloads: &[&Workload]) -> Vec<String> {
    let names: BTreeSet<String> = workloads.iter().map(|workload| title(workload)).collect();
    names.into_iter().collect()
}

fn named<'w>(all: &[&'w Workload], name: &str) -> Result<&'w Workload, Error> {
    let (path, kind) = match name.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((path, kind)) => (path, Some(kind)),
        None => (name, None),
    };
    let fits = |workload: &&&Workload| {
        let is_kind = kind.is_none_or(|kind| kind.eq_ignore_ascii_case(&workload.meta.kind));
        is_kind && (title(workload) == path || workload.meta.name == path)
    };
    let found: Vec<&Workload> = all.iter().filter(fits).copied().collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let near = nearest(path, all.iter().map(|workload| title(workload)));
            Err(Error::UnknownWorkload { name: shown(name), near, known: titles(all) })
        }
        several => {
            let known = several.iter().map(|workload| workload.title()).collect();
            Err(Error::SeveralWorkloads { name: shown(name), known })
        }
    }
}

fn only<'w>(manifests: &Manifests, all: &[&'w Workload]) -> Result<&'w Workload, Error> {
    let serves = |workload: &&&Workload| manifests.services.iter().any(|service| service.leads_to(workload));
    let is_other = |workload: &&&Workload| !matches!(workload.meta.kind.as_str(), "Gateway" | "Job" | "CronJob");
    let behind: Vec<&Workload> = all.iter().filter(is_other).filter(serves).copied().collect();
    let has_ports = |workload: &&&Workload| workload.ports().next().is_some();
    let with_ports: Vec<&Workload> = all.iter().filter(is_other).filter(has_ports).copied().collect();
    let candidates = [behind, with_ports, all.to_vec()].into_iter().find(|list| !list.is_empty()).unwrap_or_default();
    match candidates.as_slice() {
        [one] => Ok(one),
        several => Err(Error::WhichWorkload(titles(several))),
    }
}

fn topology(manifests: &Manifests, all: &[&Workload], own: &Workload, texts: &[(String, String)]) -> Topology {
    let services: Vec<_> = manifests.services.iter().filter(|service| service.leads_to(own)).collect();
    let by_service = services.iter().filter_map(|service| {
        let requirements = service.selector.as_ref()?.requirements.iter();
        requirements
            .map(|one| match (one.operator, one.values.as_slice()) {
                (Operator::In, [value]) => Some((one.key.clone(), value.clone())),
                _ => None,
            })
            .collect()
    });
    let (selector, also_selected) = labels(own, all, by_service.collect());
    let mut topology = Topology {
        name: own.meta.name.clone(),
        namespace: own.meta.namespace.clone(),
        place: manifests.files.place(own.meta.span),
        selector,
        also_selected,
        account: own.service_account.clone(),
        services: services.iter().map(|service| service.meta.name.clone()).collect(),
        probes: probes(own, texts),
        ..Topology::default()
    };
    topology.services.sort();
    ports(own, &mut topology);
    callers(own, all, &mut topology);
    topology
}

/// Labels that select a workload and, where that can be, no other one of its namespace; with the others that they select.
fn labels(
    own: &Workload,
    all: &[&Workload],
    mut candidates: Vec<Vec<(String, String)>>,
) -> (Vec<(String, String)>, Vec<String>) {
    let pick = |keys: &[&str]| -> Vec<(String, String)> {
        keys.iter().filter_map(|key| Some(((*key).to_owned(), own.labels.get(key)?.to_owned()))).collect()
    };
    candidates.extend(NAMING.iter().map(|keys| pick(keys)));
    candidates.push(stable(&own.labels));
    candidates.retain(|labels| !labels.is_empty());
    let others = |labels: &[(String, String)]| -> Vec<String> {
        let same_namespace = all.iter().filter(|other| other.meta.namespace == own.meta.namespace);
        let selected = same_namespace.filter(|other| title(other) != title(own) && other.labels.contains(labels));
        selected.map(|other| other.title()).collect()
    };
    let unique = candidates.iter().find(|labels| others(labels).is_empty()).cloned();
    let chosen = unique.or_else(|| candidates.pop()).unwrap_or_default();
    let also = if chosen.is_empty() { Vec::new() } else { others(&chosen) };
    (chosen, also)
}

fn stable(labels: &Labels) -> Vec<(String, String)> {
    let passing = [PASSING, &label::BY_CONTROLLERS, &label::BY_INJECTOR];
    let pairs = labels.iter().filter(|(key, _)| passing.iter().all(|keys| !keys.contains(key)));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn ports(own: &Workload, topology: &mut Topology) {
    let mut seen = BTreeSet::new();
    for port in own.ports().filter(|port| port.protocol == Protocol::Tcp) {
        if !seen.insert(port.port) {
            continue;
        }
        match other_use(own, port) {
            Some(reason) => topology.other_ports.push((port.port, reason)),
            None => {
                let name = port.name.clone().filter(|name| name == "http" || name.starts_with("http-"));
                topology.ports.push((port.port, name));
            }
        }
    }
}

/// What any part of a port's name may say.
const METRICS: &[&str] = &["metrics", "prometheus", "prom", "monitoring", "telemetry", "exporter"];

fn other_use(own: &Workload, port: &ContainerPort) -> Option<String> {
    let reason = "metrics: see `metrics` in the reference";
    // Where Prometheus reads, by the annotation that its usual configuration follows.
    let is_scraped =
        own.annotations.get("prometheus.io/port").is_some_and(|number| number.trim() == port.port.to_string());
    let others = own.ports().filter(|other| other.port != port.port && other.protocol == Protocol::Tcp).count();
    if is_scraped && others > 0 {
        return Some(reason.to_owned());
    }
    let name = port.name.as_deref()?;
    if name.split('-').any(|part| METRICS.contains(&part)) {
        return Some(reason.to_owned());
    }
    let first = name.split('-').next().unwrap_or_default();
    let (_, reason) = OTHER_PORTS.iter().find(|(begin, _)| *begin == first)?;
    Some((*reason).to_owned())
}

fn callers(own: &Workload, all: &[&Workload], topology: &mut Topology) {
    let mut by_account: BTreeMap<(&str, &str), Vec<&Workload>> = BTreeMap::new();
    for workload in all.iter().filter(|workload| title(workload) != title(own)) {
        by_account.entry((&workload.meta.namespace, &workload.service_account)).or_default().push(workload);
    }
    for ((namespace, account), workloads) in by_account {
        let refuse = |reason: String| {
            let workloads = workloads.iter().map(|workload| (workload.title(), reason.clone()));
            workloads.collect::<Vec<_>>()
        };
        let is_own = namespace == own.meta.namespace && account == own.service_account;
        if is_own {
            topology.shares_account = workloads.iter().map(|workload| workload.title()).collect();
        }
        let mut names: Vec<String> = workloads.iter().map(|workload| title(workload)).collect();
        names.sort();
        names.dedup();
        if account == "default" {
            let reason =
                format!("it runs as `default`, and so does every pod of `{namespace}` that names no ServiceAccount");
            topology.no_callers.append(&mut refuse(reason));
        } else if is_own {
            topology
                .no_callers
                .append(&mut refuse(format!("it runs as `{account}`, the ServiceAccount of the workload itself")));
        } else if names.len() > 1 {
            let reason = format!("{} workloads run as `{account}`: they cannot be told apart", names.len());
            topology.no_callers.append(&mut refuse(reason));
        } else if let Some(workload) = workloads.first() {
            let list = if is_gateway(workload) { &mut topology.hops } else { &mut topology.callers };
            list.push(CallerProposal {
                namespace: namespace.to_owned(),
                name: workload.meta.name.clone(),
                account: account.to_owned(),
                pods: labels(workload, all, Vec::new()).0,
            });
        }
    }
    topology.no_callers.sort();
}

/// Images of proxies that pass on requests of others, by the end of their names.
const PROXIES: &[&str] = &[
    "istio/proxyv2",
    "ingress-nginx/controller",
    "nginx-ingress",
    "traefik",
    "envoyproxy/envoy",
    "envoyproxy/gateway",
    "kong",
    "kong-gateway",
    "haproxy-ingress",
    "haproxytech/kubernetes-ingress",
    "emissary",
    "apisix",
    "oauth2-proxy",
];

/// Whether the pods pass on requests of others: Istio's gateways, those of the Gateway API, and known proxies.
fn is_gateway(workload: &Workload) -> bool {
    let by_template = workload
        .annotations
        .get(annotation::TEMPLATES)
        .is_some_and(|names| names.split(',').any(|name| name.trim() == "gateway"));
    let has_label = |key: &str| workload.labels.get(key).is_some();
    let is_istio = workload.labels.get("istio").is_some_and(|name| name.ends_with("gateway"));
    let image = |image: &str| {
        let path = image.split(['@']).next().unwrap_or_default();
        let name = path.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(path, |(name, _)| name);
        PROXIES.iter().any(|known| name == *known || name.ends_with(&format!("/{known}")))
    };
    // A sidecar that is written out stands beside the container of the workload.
    let own: Vec<_> = workload.containers.iter().filter(|container| !container.init).collect();
    let is_proxy =
        !own.is_empty() && own.iter().all(|container| image(&container.image) || container.name == PROXY_CONTAINER);
    workload.meta.kind == "Gateway" || by_template || has_label(label::GATEWAY_NAME) || is_istio || is_proxy
}

/// Paths that the kubelet asks for on ports of the workload.
fn probes(own: &Workload, texts: &[(String, String)]) -> BTreeSet<String> {
    let mut findings = Vec::new();
    let mut paths = BTreeSet::new();
    let Some((_, text)) = texts.get(own.span.file.0 as usize) else { return paths };
    // The same text gives the same places.
    let documents = tree::parse(FileId(own.span.file.0), text, &mut findings);
    let Some(template) = documents.iter().find_map(|document| at_span(document, own.span)) else { return paths };
    for container in template.at(&["spec", "containers"]).map(Node::items).unwrap_or_default() {
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            let path = container.at(&[probe, "httpGet", "path"]).and_then(Node::text);
            let path = path.and_then(|path| path.split(['?', '#']).next()).filter(|path| path.starts_with('/'));
            paths.extend(path.map(str::to_owned));
        }
    }
    paths
}

/// The map with a pod's `spec` at a place.
fn at_span(node: &Node, span: Span) -> Option<&Node> {
    if node.span == span && node.get("spec").is_some() {
        return Some(node);
    }
    let values = node.entries().iter().map(|(_, value)| value);
    values.chain(node.items()).find_map(|child| at_span(child, span))
}
