//! The starter policy as text, with what there is to know about each line.

mod fields;

pub(crate) use fields::evidence;
use fields::fields;
use meshveil_text::{
    block, flow,
    yaml::{self, List, Map, quoted},
};

use crate::{
    graph::{Graph, Root, Ways},
    media::{self, Media},
    propose::Proposal,
    shown,
    workload::{CallerProposal, Topology},
};

/// What the policy was made from.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    /// Files, as the arguments name them.
    pub(crate) files: Vec<String>,
    pub(crate) graph: &'a Graph,
    pub(crate) ways: &'a Ways,
    pub(crate) media: &'a Media,
    pub(crate) proposal: &'a Proposal,
    pub(crate) topology: Option<&'a Topology>,
    /// `namespace/name`, where only that is known.
    pub(crate) named: Option<(String, String)>,
    /// The variable that holds the key.
    pub(crate) key: Option<&'a str>,
}

/// The policy.
pub(crate) fn policy(sources: &Sources<'_>) -> String {
    let header = [
        "yaml-language-server: $schema=meshveil.schema.json".to_owned(),
        "(written by `meshveil schema > meshveil.schema.json`)".to_owned(),
        format!("Starter policy, written by `meshveil init` from {}.", sources.files.join(", ")),
        "What it could not know is marked TODO. Then: `meshveil check`, and `meshveil simulate` with the manifests."
            .to_owned(),
    ];
    let mut policy = block!({ apiVersion: "meshveil.dev/v1alpha1", kind: "MaskingPolicy" });
    metadata(&mut policy, sources);
    let mut spec = block!({ workload: workload(sources) });
    fields(&mut spec, sources);
    callers(&mut spec, sources);
    routes(&mut spec, sources);
    connections(&mut spec, sources);
    if let Some(key) = sources.key {
        spec.comment("The sidecar reads the key of pseudonyms from this variable; change `id` together with it.");
        spec.set("key", flow!({ env: key, id: "1" }));
    }
    policy.set("spec", spec);
    yaml::file(&header, [policy])
}

/// Labels, in flow style.
fn labels(labels: &[(String, String)]) -> Map {
    flow!({ ..labels.iter().map(|(key, value)| (key, value)) })
}

/// Whether a text can stand where a policy wants a name: up to 63 letters, digits, `-`, `_` and `.`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    text.len() <= 63 && text.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && text.chars().all(fits)
}

fn metadata(policy: &mut Map, sources: &Sources<'_>) {
    let known = sources.topology.map(|topology| (topology.namespace.clone(), topology.name.clone()));
    match known.or_else(|| sources.named.clone()).filter(|(namespace, name)| is_name(namespace) && is_name(name)) {
        Some((namespace, name)) => policy.set("metadata", flow!({ name: name, namespace: namespace })),
        None => {
            policy.set("metadata", flow!({ name: "my-service", namespace: "my-namespace" }));
            policy.beside("TODO: the workload that serves the data");
        }
    }
}

fn workload(sources: &Sources<'_>) -> Map {
    let Some(topology) = sources.topology else {
        let name = sources.named.as_ref().map_or("my-service", |(_, name)| name.as_str());
        return unknown_workload(if is_name(name) { name } else { "my-service" });
    };
    let mut workload = Map::default();
    workload.comment(format!("From {}.", topology.place));
    if !topology.selector.is_empty() && !topology.also_selected.is_empty() {
        workload.comment(format!("TODO: these labels also select {}.", topology.also_selected.join(", ")));
    }
    if topology.selector.is_empty() {
        workload.set("selector", flow!({ app: "my-service" }));
        workload.beside("TODO: give the pods a label, such as this one");
    } else {
        workload.set("selector", labels(&topology.selector));
    }
    account(&mut workload, topology);
    for (port, reason) in &topology.other_ports {
        workload.comment(format!("Without port {port}: {reason}."));
    }
    if topology.ports.is_empty() {
        workload.set("ports", flow!([{ port: 8080, name: "http" }]));
        workload.beside("TODO: no container port is known to serve HTTP");
    } else {
        let ports = topology.ports.iter().map(|(port, name)| block!({ port: *port, name?: name.as_ref() }));
        workload.set("ports", flow!([..ports]));
    }
    workload
}

fn unknown_workload(name: &str) -> Map {
    let mut workload = Map::default();
    workload.set("selector", flow!({ app: name }));
    workload.beside("TODO: labels of its pods");
    workload.set("serviceAccount", name);
    workload.beside("TODO: what it runs as, and nothing else does");
    workload.set("ports", flow!([{ port: 8080, name: "http" }]));
    workload.beside("TODO: container ports that serve HTTP");
    workload
}

/// What the workload runs as, if a policy can say so.
fn account(workload: &mut Map, topology: &Topology) {
    let account = &topology.account;
    if account == "default" {
        workload.comment(
            "TODO: it runs as `default`, as every pod does that names no ServiceAccount. Give it one of its own:",
        );
        workload.comment(format!("serviceAccount: {}", topology.name));
        return;
    }
    if !is_name(account) {
        workload.comment(format!("TODO: `{account}` cannot stand here: at most 63 letters, digits, `-` and `.`."));
        return;
    }
    if !topology.shares_account.is_empty() {
        let others = topology.shares_account.join(", ");
        workload.comment(format!("TODO: {others} runs as the same. Give each a ServiceAccount of its own."));
    }
    workload.set("serviceAccount", account);
}

fn callers(spec: &mut Map, sources: &Sources<'_>) {
    spec.comment("Who may connect. Everybody sees masked values only, until `sees` names fields (or is `all`).");
    let Some(topology) = sources.topology else {
        spec.comment("TODO: for example { name: billing, serviceAccount: my-namespace/billing, pods: { app: billing }, sees: [email] }");
        spec.set("callers", List::default());
        spec.set("others", "deny");
        return;
    };
    let mut callers = List::default();
    let mut names = std::collections::BTreeSet::new();
    let count = |name: &str| topology.callers.iter().filter(|caller| caller.name == name).count();
    let mut refused: Vec<(String, String)> = topology.no_callers.clone();
    for caller in &topology.callers {
        let full = format!("{}/{}", caller.namespace, caller.name);
        let name =
            if count(&caller.name) > 1 { format!("{}.{}", caller.namespace, caller.name) } else { caller.name.clone() };
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        let is_account =
            [&caller.namespace, &caller.account].iter().all(|part| !part.is_empty() && part.chars().all(lower));
        if !is_name(&name) || !is_account || !names.insert(name.clone()) {
            refused.push((full, "its name cannot stand in a policy".to_owned()));
            continue;
        }
        let account = format!("{}/{}", caller.namespace, caller.account);
        let pods = (!caller.pods.is_empty()).then(|| labels(&caller.pods));
        callers.push(flow!({ name: name, serviceAccount: account, pods?: pods }));
    }
    spec.comment(if callers.is_empty() {
        "TODO: nobody may connect: name the callers, by ServiceAccount."
    } else {
        "TODO: these have a ServiceAccount of their own. Keep those that call the workload."
    });
    for (workload, reason) in &refused {
        callers.comment(format!("not {workload}: {reason}"));
    }
    spec.set("callers", callers);
    spec.set("others", "deny");
    hops(spec, &topology.hops);
}

fn hops(spec: &mut Map, found: &[CallerProposal]) {
    let mut hops = List::default();
    for hop in found {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if [&hop.namespace, &hop.account].iter().all(|part| !part.is_empty() && part.chars().all(lower)) {
            let account = format!("{}/{}", hop.namespace, hop.account);
            let pods = (!hop.pods.is_empty()).then(|| labels(&hop.pods));
            hops.push(flow!({ serviceAccount: account, pods?: pods }));
        }
    }
    if !hops.is_empty() {
        spec.comment("TODO: gateways, which pass on requests of others. Keep those that lead to the workload; identity headers that they set are believed.");
        spec.set("trustedHops", hops);
    }
}

/// The types that pass on the path of a probe, of which no document says what it answers.
const OF_PROBES: &str = "text/plain";

fn routes(spec: &mut Map, sources: &Sources<'_>) {
    let media = sources.media;
    let probes: Vec<&String> = sources.topology.into_iter().flat_map(|topology| &topology.probes).collect();
    let places = || sources.proposal.fields.iter().flat_map(|field| &field.paths).flat_map(|path| &path.places);
    let sensitive = |path: &str| {
        let is_own = |root: &&Root| root.title.split_once(' ').is_some_and(|(_, own)| own == path);
        let mut roots = sources.graph.roots.iter().filter(is_own).map(|root| sources.graph.reached(root.node));
        roots.any(|reached| places().any(|place| reached.contains(&place.node)))
    };
    let mut routes = List::default();
    let mut masked = Vec::new();
    let mut count = 0;
    for path in probes {
        if !is_plain_path(path) || sensitive(path) || path == "/" {
            masked.push(path);
        } else if !media.reads_all(path) {
            count += 1;
            let name = if count == 1 { "health".to_owned() } else { format!("health-{count}") };
            let unread = media.unread(path);
            let types = if unread.is_empty() { vec![OF_PROBES] } else { unread };
            let types = types.into_iter().map(quoted);
            routes.push(
                flow!({ name: name, match: { path: quoted(path), methods: ["GET", "HEAD"] }, passes: [..types] }),
            );
        }
    }
    if !routes.is_empty() {
        spec.comment("What the probes of the pods ask for: JSON is masked as elsewhere, a line of text passes.");
    }
    let mut number = 0;
    for (kind, operations) in &media.binary {
        for (method, path) in operations.iter().filter(|(_, path)| is_plain_path(path)) {
            number += 1;
            let name = if number == 1 { "media".to_owned() } else { format!("media-{number}") };
            routes.comment(format!(
                "{} {} answers with pictures or sound, which hold no field",
                method.to_uppercase(),
                shown(path)
            ));
            let method = method.to_uppercase();
            routes
                .push(flow!({ name: name, match: { path: quoted(path), methods: [method] }, passes: [quoted(kind)] }));
        }
    }
    if !routes.is_empty() {
        spec.set("routes", routes);
    }
    for path in masked {
        spec.comment(format!(
            "The probe path {path} is masked as others are: it may hold more than a status, or be read in two ways."
        ));
    }
    types(spec, media);
}

/// What the filter has to be told about media types.
fn types(spec: &mut Map, media: &Media) {
    if !media.reads.is_empty() {
        for (kind, (_, operations)) in &media.reads {
            spec.comment(format!(
                "{} answers in {}, which the filter does not know as JSON.",
                media::listed(operations),
                shown(kind)
            ));
        }
        let reads = media.reads.iter().map(|(kind, (reading, _))| (kind, reading.name()));
        spec.set("reads", flow!({ ..reads }));
    }
    for (kind, operations) in &media.streams {
        spec.comment(format!(
            "{} answers in {}: the filter masks it record by record.",
            media::listed(operations),
            shown(kind)
        ));
    }
    let templates =
        media.binary.iter().filter(|(_, operations)| operations.iter().any(|(_, path)| !is_plain_path(path)));
    for (kind, operations) in media.refused.iter().chain(templates) {
        spec.comment(format!(
            "TODO: {} answers in {}, which the filter refuses:",
            media::listed(operations),
            shown(kind)
        ));
        spec.comment(format!("  if it holds nothing sensitive, a route lets it pass: {{ name: ..., match: {{ prefix: ... }}, passes: [\"{}\"] }}", shown(kind)));
    }
}

/// Whether a path, which is not `/`, means the same to every reader: no escapes, no empty segments, no dots as segments.
fn is_plain_path(path: &str) -> bool {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '~');
    let mut segments = path.split('/').skip(1);
    segments.all(|segment| !matches!(segment, "" | "." | "..") && segment.chars().all(inner))
}

fn connections(spec: &mut Map, sources: &Sources<'_>) {
    spec.comment(
        "TODO: where the workload connects to itself; besides DNS and the mesh nothing else will be open. For example:",
    );
    spec.comment("stores: [{ name: database, pods: { app: postgres }, ports: [5432] }]");
    spec.comment("egress: [{ name: payments, cidr: 203.0.113.0/24, ports: [443] }]");
    if let Some(topology) = sources.topology.filter(|topology| !topology.services.is_empty()) {
        spec.comment(format!("Services that lead here: {}.", topology.services.join(", ")));
    }
}

#[cfg(test)]
mod tests;
