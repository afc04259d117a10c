//! Connections that an application or its proxy makes unasked, and that nothing lets through: the control plane, traces,
//! credentials of the cloud, announced metrics, callers of another cluster.

use meshveil_plan::Others;
use meshveil_policy::{PeerTo, Policy, ServiceAccount};
use meshveil_reach::{
    manifest::{
        kinds::port::Protocol,
        well_known::port::{AGENT, ISTIOD},
    },
    mesh::Plane,
    network::{Direction, Endpoint},
};
use meshveil_text::{Finding, Node, Severity, Span, codes::manifest as codes, tree};

use super::Case;

pub(super) fn check(case: &Case<'_>, findings: &mut Vec<Finding>) {
    preflights(case, findings);
    if case.is_isolated(Direction::Egress) {
        control_plane(case, findings);
        traces(case, findings);
        cloud(case, findings);
    }
    if case.is_isolated(Direction::Ingress) {
        metrics(case, findings);
        other_clusters(case, findings);
    }
}

fn finding(span: Span, message: String, help: &str) -> Finding {
    Finding::new(&codes::NEED_CUT_OFF, span, message).help(help)
}

/// Callers that are known by a token, behind a gateway that is no caller: what a browser asks before, without a token, is
/// refused.
fn preflights(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let policy = case.policy;
    if policy.others != Others::Deny {
        return;
    }
    let is_caller = |account: &ServiceAccount| {
        let mut accounts = policy.callers.iter().filter_map(|caller| caller.service_account.as_ref());
        accounts.any(|own| own.value == *account)
    };
    let hop = policy.trusted_hops.iter().find(|hop| !is_caller(&hop.service_account.value));
    let token = policy.callers.iter().find_map(|caller| caller.jwt.as_ref());
    if let (Some(hop), Some(token)) = (hop, token) {
        let message = "a browser's preflight (OPTIONS, for CORS) has no token: it is that of no caller, and is refused";
        let help = "have the gateway answer preflights (`corsPolicy` of its VirtualService), if browsers of another origin call";
        let found = finding(token.span, message.to_owned(), help);
        findings.push(found.label(hop.service_account.span, "through this hop, which is no caller itself"));
    }
}

/// istiod is where no rule lets the proxy connect to.
fn control_plane(case: &Case<'_>, findings: &mut Vec<Finding>) {
    if case.reach.enrolled(case.at) != Plane::Sidecar {
        return;
    }
    let workloads = case.reach.manifests.workloads.iter().enumerate();
    let is_istiod = |port: u16| port == ISTIOD;
    let mut istiods = workloads.filter(|(_, workload)| {
        workload.labels.get("app") == Some("istiod") || workload.ports().any(|port| is_istiod(port.port))
    });
    let Some((_, first)) = istiods.clone().next() else { return };
    let network = &case.reach.network;
    if istiods.any(|(at, _)| network.explain(case.own(), Endpoint::Workload(at), Protocol::Tcp, ISTIOD).egress.passes())
    {
        return;
    }
    let message =
        format!("the sidecar of `{}` does not reach istiod, `{}`, port {ISTIOD}", case.workload.title(), first.title());
    let help = "say in the policy where it is: `cluster: { istiod: { namespace: ..., pods: { app: istiod } } }`";
    findings.push(finding(first.meta.span, message, help).severity(Severity::Warning));
}

/// Whether the policy declares connections to a namespace.
fn declares(policy: &Policy, namespace: &str) -> bool {
    policy.egress.iter().chain(&policy.stores).any(|peer| match &peer.to {
        PeerTo::Pods { namespace: known, .. } => known == namespace,
        PeerTo::Cidr(_) => false,
    })
}

/// Whether the policy declares connections to link-local addresses, where nodes and clouds give out credentials.
fn declares_link_local(policy: &Policy) -> bool {
    policy.egress.iter().any(|peer| match &peer.to {
        PeerTo::Cidr(cidr) => {
            let text = cidr.value.to_string();
            text.starts_with("169.254.") || text.starts_with("fd00:ec2:") || text == "0.0.0.0/0"
        }
        PeerTo::Pods { .. } => false,
    })
}

/// The proxy sends traces to a collector that the mesh names.
fn traces(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let is_asked = case.of_kind("Telemetry").any(|node| node.at(&["spec", "tracing"]).is_some());
    for map in case.of_kind("ConfigMap") {
        let Some(settings) = map.at(&["data", "mesh"]) else { continue };
        let Some(text) = settings.text() else { continue };
        let parsed = tree::parse_inner(settings.span, text, &mut Vec::new());
        let Some(mesh) = parsed.first() else { continue };
        let by_default = mesh.get("defaultProviders").and_then(|node| node.get("tracing")).is_some();
        if !is_asked && !by_default {
            continue;
        }
        for provider in mesh.get("extensionProviders").map(Node::items).unwrap_or_default() {
            let kinds = ["opentelemetry", "zipkin", "datadog", "skywalking", "opencensus", "lightstep"];
            let Some(to) = kinds.iter().find_map(|kind| provider.get(kind)) else { continue };
            let Some(service) = to.text_at("service") else { continue };
            let host = service.rsplit('/').next().unwrap_or(service);
            let Some(namespace) = host.split('.').nth(1).filter(|namespace| !declares(case.policy, namespace)) else {
                continue;
            };
            let port = to.get("port").and_then(Node::int).map_or(String::new(), |port| format!(", port {port}"));
            let message = format!(
                "traces of `{}` go to `{host}`{port}, in namespace `{namespace}`, and no rule lets them through",
                case.workload.title()
            );
            findings.push(finding(settings.span, message, "list the collector under `egress` of the policy"));
        }
    }
}

/// The pods get credentials of the cloud by their ServiceAccount.
fn cloud(case: &Case<'_>, findings: &mut Vec<Finding>) {
    if declares_link_local(case.policy) {
        return;
    }
    const KEYS: [&str; 3] =
        ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id"];
    for account in case.of_kind("ServiceAccount") {
        let at = |key: &str| account.at(&["metadata", key]).and_then(Node::text);
        let is_own = at("name") == Some(case.workload.service_account.as_str())
            && at("namespace").unwrap_or("default") == case.workload.meta.namespace;
        let annotations = account.at(&["metadata", "annotations"]).filter(|_| is_own);
        let entries = annotations.map(Node::entries).unwrap_or_default();
        if let Some((key, _)) = entries.iter().find(|(key, _)| KEYS.contains(&key.name.as_str())) {
            let message = format!(
                "`{}` gets credentials of the cloud by this annotation, and no rule lets it connect to where they are given out",
                case.workload.title()
            );
            let help = "list the addresses under `egress`: the metadata server 169.254.169.254/32 (port 80; on GKE 988, too), the pod identity agent 169.254.170.23/32 (port 80), or the token service of the cloud (port 443)";
            findings.push(finding(key.span, message, help));
        }
    }
}

/// The pods announce metrics, and the policy lets nobody read them.
fn metrics(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let annotations = &case.workload.annotations;
    if case.policy.metrics.is_some() || annotations.get("prometheus.io/scrape") != Some("true") {
        return;
    }
    let span = annotations.span("prometheus.io/scrape").unwrap_or(case.workload.meta.span);
    let message = format!("`{}` announces metrics, and no rule lets Prometheus read them", case.workload.title());
    let help = format!("add `metrics: {{ namespace: ... }}` to the policy: the sidecar merges them at port {AGENT}");
    findings.push(finding(span, message, &help));
}

/// A gateway passes connections of another cluster through (`AUTO_PASSTHROUGH`), and no rule lets it in.
fn other_clusters(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let Some(port) = case.policy.workload.ports.first().map(|port| port.port.value) else { return };
    for gateway in case.of_kind("Gateway") {
        let servers = gateway.at(&["spec", "servers"]).map(Node::items).unwrap_or_default();
        let mode = servers.iter().filter_map(|server| server.at(&["tls", "mode"]));
        let Some(mode) = mode.into_iter().find(|mode| mode.text() == Some("AUTO_PASSTHROUGH")) else { continue };
        let selector = gateway.at(&["spec", "selector"]).map(Node::entries).unwrap_or_default();
        let labels: Vec<(&str, &str)> =
            selector.iter().filter_map(|(key, value)| Some((key.name.as_str(), value.text()?))).collect();
        let workloads = case.reach.manifests.workloads.iter().enumerate();
        let mut pods =
            workloads.filter(|(_, workload)| labels.iter().all(|(key, value)| workload.labels.get(key) == Some(value)));
        let network = &case.reach.network;
        if pods.any(|(at, _)| network.explain(Endpoint::Workload(at), case.own(), Protocol::Tcp, port).ingress.passes())
        {
            continue;
        }
        let message = format!(
            "callers of another cluster come through this gateway (AUTO_PASSTHROUGH), and no rule lets its pods connect to `{}`",
            case.workload.title()
        );
        let help = "list the pods of the gateway under `passthrough` of the policy: who is calling is still known by certificate";
        findings.push(finding(mode.span, message, help));
    }
}
