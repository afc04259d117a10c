//! The starter policy as text, with what there is to know about each line.

use std::fmt::Write;

use crate::{
    places::{self, Id, Places},
    propose::{Field, Path, Proposal, Why, names_like},
    shown::shown,
    workload::Topology,
    yaml::{labels, quoted, scalar},
};

/// Places that a comment names, for each path.
const SHOWN: usize = 3;

/// What the policy was made from.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    /// Files, as the arguments name them.
    pub(crate) files: Vec<String>,
    pub(crate) places: &'a Places,
    pub(crate) proposal: &'a Proposal,
    pub(crate) topology: Option<&'a Topology>,
    /// `namespace/name`, where only that is known.
    pub(crate) named: Option<(String, String)>,
    /// The variable that holds the key.
    pub(crate) key: Option<&'a str>,
}

/// The policy.
pub(crate) fn policy(sources: &Sources<'_>) -> String {
    let mut out = Text(String::new());
    out.line("# yaml-language-server: $schema=meshveil.schema.json");
    out.line("# (written by `meshveil schema > meshveil.schema.json`)");
    out.comment("", &format!("Starter policy, written by `meshveil init` from {}.", sources.files.join(", ")));
    out.line(
        "# What it could not know is marked TODO. Then: `meshveil check`, and `meshveil simulate` with the manifests.",
    );
    out.line("apiVersion: meshveil.dev/v1alpha1");
    out.line("kind: MaskingPolicy");
    metadata(&mut out, sources);
    out.line("spec:");
    workload(&mut out, sources);
    fields(&mut out, sources);
    callers(&mut out, sources);
    routes(&mut out, sources);
    connections(&mut out, sources);
    if let Some(key) = sources.key {
        out.line("  # The sidecar reads the key of pseudonyms from this variable; change `id` together with it.");
        out.line(&format!("  key: {{ env: {}, id: \"1\" }}", scalar(key)));
    }
    out.0
}

struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A comment that may hold anything: one line, whatever that is.
    fn comment(&mut self, indent: &str, text: &str) {
        let text: String =
            text.chars().flat_map(|letter| shown(&letter.to_string()).chars().collect::<Vec<_>>()).collect();
        self.line(&format!("{indent}# {text}"));
    }
}

/// Whether a text can stand where a policy wants a name: up to 63 letters, digits, `-`, `_` and `.`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    text.len() <= 63 && text.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && text.chars().all(fits)
}

fn metadata(out: &mut Text, sources: &Sources<'_>) {
    let known = sources.topology.map(|topology| (topology.namespace.clone(), topology.name.clone()));
    match known.or_else(|| sources.named.clone()).filter(|(namespace, name)| is_name(namespace) && is_name(name)) {
        Some((namespace, name)) => {
            out.line(&format!("metadata: {{ name: {}, namespace: {} }}", scalar(&name), scalar(&namespace)));
        }
        None => out
            .line("metadata: { name: my-service, namespace: my-namespace } # TODO: the workload that serves the data"),
    }
}

fn workload(out: &mut Text, sources: &Sources<'_>) {
    out.line("  workload:");
    let Some(topology) = sources.topology else {
        let name = sources.named.as_ref().map_or("my-service", |(_, name)| name.as_str());
        let name = if is_name(name) { name } else { "my-service" };
        out.line(&format!("    selector: {{ app: {} }} # TODO: labels of its pods", scalar(name)));
        out.line(&format!("    serviceAccount: {} # TODO: what it runs as, and nothing else does", scalar(name)));
        out.line("    ports: [{ port: 8080, name: http }] # TODO: container ports that serve HTTP");
        return;
    };
    out.comment("    ", &format!("From {}.", topology.place));
    if topology.selector.is_empty() {
        out.line("    selector: { app: my-service } # TODO: give the pods a label, such as this one");
    } else if topology.also_selected.is_empty() {
        out.line(&format!("    selector: {}", labels(&topology.selector)));
    } else {
        out.comment("    ", &format!("TODO: these labels also select {}.", topology.also_selected.join(", ")));
        out.line(&format!("    selector: {}", labels(&topology.selector)));
    }
    if topology.account == "default" {
        out.line(
            "    # TODO: it runs as `default`, as every pod does that names no ServiceAccount. Give it one of its own:",
        );
        out.comment("    ", &format!("serviceAccount: {}", topology.name));
    } else if !is_name(&topology.account) {
        out.comment(
            "    ",
            &format!("TODO: `{}` cannot stand here: at most 63 letters, digits, `-` and `.`.", topology.account),
        );
    } else {
        if !topology.shares_account.is_empty() {
            let others = topology.shares_account.join(", ");
            out.comment("    ", &format!("TODO: {others} runs as the same. Give each a ServiceAccount of its own."));
        }
        out.line(&format!("    serviceAccount: {}", scalar(&topology.account)));
    }
    for (port, reason) in &topology.other_ports {
        out.comment("    ", &format!("Without port {port}: {reason}."));
    }
    let ports: Vec<String> = topology
        .ports
        .iter()
        .map(|(port, name)| match name {
            Some(name) => format!("{{ port: {port}, name: {} }}", scalar(name)),
            None => format!("{{ port: {port} }}"),
        })
        .collect();
    if ports.is_empty() {
        out.line("    ports: [{ port: 8080, name: http }] # TODO: no container port is known to serve HTTP");
    } else {
        out.line(&format!("    ports: [{}]", ports.join(", ")));
    }
}

fn fields(out: &mut Text, sources: &Sources<'_>) {
    let proposal = sources.proposal;
    if proposal.fields.is_empty() {
        out.line("  # TODO: nothing looked sensitive, or nothing said what responses hold. For example:");
        out.line("  # - { name: email, paths: [\"$..email\"], mask: email }");
        out.line("  fields: []");
    } else {
        out.line("  # What looks sensitive. The masks are proposals: docs/reference/masks.md says what each shows.");
        out.line("  fields:");
    }
    for field in &proposal.fields {
        self::field(out, sources.places, field);
    }
    for path in &proposal.left_out {
        out.comment("  ", &format!("TODO: no path can say where this is: {path}"));
    }
    let root = names_like(sources.places, places::ROOT);
    if let Some(names) = root {
        out.comment(
            "  ",
            &format!("TODO: names of members at the root look like {names}; masks hide values, not names."),
        );
    }
}

fn field(out: &mut Text, places: &Places, field: &Field) {
    out.comment("    ", &format!("{}:", capital(field.what)));
    for path in &field.paths {
        let why: Vec<String> = path.why.iter().map(reason).collect();
        out.comment("    ", &format!("  {}: {}", path.query, why.join("; ")));
        for id in path.places.iter().take(SHOWN) {
            out.comment("    ", &format!("    {}", evidence(places, *id)));
        }
        if path.places.len() > SHOWN {
            out.comment("    ", &format!("    and {} more places", path.places.len() - SHOWN));
        }
        if path.wide {
            out.line("    #     selects more than these: the schema refers to itself, or is used in very many places");
        }
    }
    match field.paths.as_slice() {
        [Path { query, .. }] => {
            let name = scalar(&field.name);
            out.line(&format!("    - {{ name: {name}, paths: [{}], mask: {} }}", quoted(query), field.mask));
        }
        several => {
            out.line(&format!("    - name: {}", scalar(&field.name)));
            out.line("      paths:");
            for path in several {
                out.line(&format!("        - {}", quoted(&path.query)));
            }
            out.line(&format!("      mask: {}", field.mask));
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn reason(why: &Why) -> String {
    match why {
        Why::Mark(mark) => format!("the schema says `{mark}`"),
        Why::Name => "by its name".to_owned(),
        Why::Context(context) => format!("by its name, in `{context}`"),
        Why::Format(format) => format!("the schema says `format: {format}`"),
        Why::Values(what) => format!("values in samples look like {what}"),
        Why::Names(what) => format!("names of its members look like {what}, so that nothing of it may stay"),
    }
}

/// Where a place is, and what samples say about it: counts, never values.
fn evidence(places: &Places, id: Id) -> String {
    let mut text = places::query(&places.steps(id), false);
    let Some(place) = places.get(id) else { return text };
    let operations: Vec<&str> = place.operations.iter().map(String::as_str).collect();
    if let Some(shown) = operations.get(..operations.len().min(SHOWN)).filter(|shown| !shown.is_empty()) {
        let _ = write!(text, " of {}", shown.join(", "));
        if operations.len() > SHOWN {
            let _ = write!(text, " and {} more", operations.len() - SHOWN);
        }
    }
    if place.write_only {
        text.push_str("; the schema says `writeOnly`: it should not be in responses at all");
    }
    let above = places.get(place.parent).map_or(0, |above| above.counts.objects);
    if place.counts.present > 0 {
        let _ = write!(text, "; in {} of {above} sampled objects", place.counts.present);
    }
    if let Some((detector, count)) = place.counts.like.values().max_by_key(|(_, count)| *count) {
        let _ = write!(text, ", {count} of {} values like {}", place.counts.values, detector.what());
    }
    text
}

fn callers(out: &mut Text, sources: &Sources<'_>) {
    out.line("  # Who may connect. Everybody sees masked values only, until `sees` names fields (or is `all`).");
    let Some(topology) = sources.topology else {
        out.line("  # TODO: for example { name: billing, serviceAccount: my-namespace/billing, pods: { app: billing }, sees: [email] }");
        out.line("  callers: []");
        out.line("  others: deny");
        return;
    };
    let mut lines: Vec<String> = Vec::new();
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
        let pods = if caller.pods.is_empty() { String::new() } else { format!(", pods: {}", labels(&caller.pods)) };
        let account = scalar(&format!("{}/{}", caller.namespace, caller.account));
        lines.push(format!("    - {{ name: {}, serviceAccount: {account}{pods} }}", scalar(&name)));
    }
    if lines.is_empty() {
        out.line("  # TODO: nobody may connect: name the callers, by ServiceAccount.");
        out.line("  callers: []");
    } else {
        out.line("  # TODO: these have a ServiceAccount of their own. Keep those that call the workload.");
        out.line("  callers:");
        lines.iter().for_each(|line| out.line(line));
    }
    for (workload, reason) in &refused {
        out.comment("    ", &format!("not {workload}: {reason}"));
    }
    out.line("  others: deny");
}

fn routes(out: &mut Text, sources: &Sources<'_>) {
    let Some(topology) = sources.topology.filter(|topology| !topology.probes.is_empty()) else { return };
    let sensitive = |path: &str| {
        let ids = sources.proposal.fields.iter().flat_map(|field| &field.paths).flat_map(|path| &path.places);
        let places = ids.filter_map(|id| sources.places.get(*id));
        places
            .flat_map(|place| &place.operations)
            .any(|operation| operation.split_once(' ').is_some_and(|(_, own)| own == path))
    };
    let (open, masked): (Vec<&String>, Vec<&String>) =
        topology.probes.iter().partition(|path| is_plain_path(path) && !sensitive(path));
    if !open.is_empty() {
        out.line("  # What the probes of the pods ask for holds nothing sensitive: it passes as it is, for everybody who may connect.");
        out.line("  routes:");
    }
    for (at, path) in open.iter().enumerate() {
        let name = if at == 0 { "health".to_owned() } else { format!("health-{}", at + 1) };
        out.line(&format!("    - {{ name: {name}, match: {{ path: {} }}, masking: off }}", quoted(path)));
    }
    for path in masked {
        out.comment(
            "  ",
            &format!(
                "The probe path {path} is masked as others are: it may hold more than a status, or be read in two ways."
            ),
        );
    }
}

/// Whether a path, which is not `/`, means the same to every reader: no escapes, no empty segments, no dots as segments.
fn is_plain_path(path: &str) -> bool {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '~');
    let mut segments = path.split('/').skip(1);
    segments.all(|segment| !matches!(segment, "" | "." | "..") && segment.chars().all(inner))
}

fn connections(out: &mut Text, sources: &Sources<'_>) {
    out.line("  # TODO: where the workload connects to itself; besides DNS and the mesh nothing else will be open. For example:");
    out.line("  # stores: [{ name: database, pods: { app: postgres }, ports: [5432] }]");
    out.line("  # egress: [{ name: payments, cidr: 203.0.113.0/24, ports: [443] }]");
    if let Some(topology) = sources.topology.filter(|topology| !topology.services.is_empty()) {
        out.comment("  ", &format!("Services that lead here: {}.", topology.services.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use meshveil_json::query::Selector;
    use meshveil_policy::Policies;
    use proptest::prelude::*;

    use super::*;
    use crate::{places::Step, propose, workload::CallerProposal};

    fn written(names: &BTreeSet<String>, topology: Option<&Topology>) -> (String, Proposal) {
        let mut places = Places::default();
        for name in names {
            // One above the other, so that comments hold them, too.
            let holder = places.child(places::ROOT, &Step::Name(name.clone())).unwrap();
            let inner = places.child(holder, &Step::Name(name.clone())).unwrap();
            let place = places.at(inner).unwrap();
            place.mark = Some("x-pii");
            place.operations.insert(format!("GET /{}", shown(name)));
        }
        let proposal = propose::fields(&places, true);
        let files = vec![names.iter().cloned().collect()];
        let sources = Sources { files, places: &places, proposal: &proposal, topology, named: None, key: Some("KEY") };
        (policy(&sources), proposal)
    }

    proptest! {
        #[test]
        fn every_name_comes_back_from_the_policy(names in prop::collection::btree_set("\\PC{0,20}|.{0,9}|[*&!%@`'\"\\\\#:,?{}\\[\\]| \t\n\r\u{85}\u{2028}-]{0,9}|no|1e3|~|null|TODO", 1..6)) {
            let (text, proposal) = written(&names, None);
            prop_assert!(proposal.left_out.is_empty());
            let policies = Policies::from_texts([("policy.yaml", text.as_str())]);
            prop_assert!(policies.is_sound(), "{:?}\n{}", policies.findings, text);
            let mut found = BTreeSet::new();
            for path in policies.policies.iter().flat_map(|policy| &policy.fields).flat_map(|field| &field.paths) {
                let last = path.value.segments.last().unwrap();
                let [Selector::Name(name)] = last.selectors.as_slice() else { panic!("{path:?}") };
                found.insert(name.clone());
            }
            prop_assert_eq!(found, names);
        }

        #[test]
        fn odd_manifests_give_a_policy(name in ".{0,70}", account in ".{0,70}", label in ".{0,20}") {
            let labels = vec![(label.clone(), name.clone())];
            let caller = |name: &str| CallerProposal { namespace: label.clone(), name: name.to_owned(), account: account.clone(), pods: labels.clone() };
            let topology = Topology {
                name: name.clone(),
                namespace: label.clone(),
                place: account.clone(),
                selector: labels.clone(),
                also_selected: vec![name.clone()],
                account: account.clone(),
                shares_account: vec![label.clone()],
                services: vec![name.clone()],
                ports: vec![(1, Some("http".to_owned()))],
                other_ports: vec![(2, label.clone())],
                probes: [format!("/{name}"), format!("/{label}")].into(),
                callers: vec![caller(&name), caller(&account)],
                no_callers: vec![(account.clone(), name.clone())],
            };
            let (text, _) = written(&["ssn".to_owned()].into(), Some(&topology));
            let policies = Policies::from_texts([("policy.yaml", text.as_str())]);
            prop_assert!(policies.is_sound(), "{:?}\n{}", policies.findings, text);
        }
    }
}
