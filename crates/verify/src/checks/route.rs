//! Tables of routes: which routes lead to the workload, what they switch off, and what they say about the filter's own routes.

use meshveil_chain::names;
use meshveil_plan::Masking;
use meshveil_text::{FileId, Finding, Node, Severity, Span, codes::verify as codes, tree};

use super::listener::{Place, worst};
use crate::{
    dump::{get, items, place, shown, text},
    lead::{Lead, Question},
};

/// A route that does not only lead elsewhere.
pub(super) struct Path<'n> {
    /// `route \`export\` of \`all\``.
    pub(super) title: String,
    pub(super) span: Span,
    pub(super) lead: Lead,
    /// Settings of filters for this route, the outermost first: of the table, the host, the route, its clusters.
    pub(super) overrides: Vec<&'n Node>,
    /// The route.
    route: &'n Node,
}

/// The tables that a connection manager asks.
pub(super) fn tables<'n>(
    question: &Question<'n>,
    at: &Place<'_>,
    manager: &'n Node,
    findings: &mut Vec<Finding>,
) -> Vec<&'n Node> {
    if let Some(table) = get(manager, "route_config") {
        return vec![table];
    }
    let mut missing = |node: &Node, message: String| {
        findings.push(Finding::new(&codes::INCOMPLETE, place(node), message));
        Vec::new()
    };
    if let Some(rds) = get(manager, "rds") {
        let name = text(rds, "route_config_name").unwrap_or_default();
        return match question.proxy.routes.get(name) {
            Some(table) => vec![table],
            None => missing(rds, format!("{}: the dump does not hold its routes `{}`", at.title(), shown(name))),
        };
    }
    match get(manager, "scoped_routes") {
        // Which scope applies depends on the request: any table may.
        Some(scoped) if question.proxy.routes.is_empty() => {
            missing(scoped, format!("{}: the dump does not hold its scoped routes", at.title()))
        }
        Some(_) => question.proxy.routes.values().copied().collect(),
        None => missing(manager, format!("{}: it does not say where its routes are", at.title())),
    }
}

/// The routes of a table, with where they lead.
pub(super) fn paths<'n>(question: &Question<'n>, at: &Place<'_>, table: &'n Node, paths: &mut Vec<Path<'n>>) {
    for host in items(table, "virtual_hosts") {
        for (number, route) in items(host, "routes").iter().enumerate() {
            let name =
                text(route, "name").map_or_else(|| format!("{}", number + 1), |name| format!("`{}`", shown(name)));
            let title = format!("route {name} of `{}`", shown(text(host, "name").unwrap_or_default()));
            let (lead, clusters) = leads(question, at, route);
            let overrides = [table, host, route].into_iter().chain(clusters);
            let overrides = overrides.filter_map(|node| get(node, "typed_per_filter_config")).collect();
            paths.push(Path { title, span: place(route), lead, overrides, route });
        }
        // Requests that a list of matchers chooses.
        if let Some(matcher) = get(host, "matcher") {
            let title = format!("the matcher of `{}`", shown(text(host, "name").unwrap_or_default()));
            let lead = Lead::Unknown("routes of a matcher are not read".to_owned());
            let overrides = [table, host].into_iter().filter_map(|node| get(node, "typed_per_filter_config")).collect();
            paths.push(Path { title, span: place(matcher), lead, overrides, route: matcher });
        }
    }
}

/// Where a route leads, and the clusters that have settings of their own.
fn leads<'n>(question: &Question<'n>, at: &Place<'_>, route: &'n Node) -> (Lead, Vec<&'n Node>) {
    if get(route, "direct_response").is_some() || get(route, "redirect").is_some() {
        return (Lead::Elsewhere, Vec::new());
    }
    let Some(action) = get(route, "route") else {
        return (Lead::Unknown("it does not say what becomes of a request".to_owned()), Vec::new());
    };
    if let Some(cluster) = text(action, "cluster") {
        return (question.lead(cluster, at.port), Vec::new());
    }
    if let Some(weighted) = get(action, "weighted_clusters") {
        let clusters: Vec<&Node> = items(weighted, "clusters").iter().collect();
        let leads = clusters.iter().map(|cluster| match text(cluster, "name") {
            Some(name) => question.lead(name, at.port),
            None => Lead::Unknown("a header names the cluster".to_owned()),
        });
        return (worst(leads), clusters);
    }
    (Lead::Unknown("what names the cluster is not known before a request comes".to_owned()), Vec::new())
}

/// What routes say about the policy's own routes: the filter takes the name of one from their metadata.
pub(super) fn metadata(question: &Question<'_>, paths: &[Path<'_>], findings: &mut Vec<Finding>) {
    let generated = meshveil_generate::routes(question.policy);
    for path in paths {
        let Some(own) = get(path.route, "metadata").and_then(|metadata| get(metadata, "filter_metadata")) else {
            continue;
        };
        let Some(own) = own.get(names::MASKING) else { continue };
        let mut add = |severity, span, message| {
            let help = "`meshveil generate` writes the routes of the policy; nothing else should set this metadata";
            findings.push(Finding::new(&codes::FOREIGN_ROUTE, span, message).severity(severity).help(help));
        };
        for (key, value) in own.entries() {
            if key.name != "route" {
                let message = format!(
                    "{} has metadata `meshveil.{}`, which the filter does not read",
                    path.title,
                    shown(&key.name)
                );
                add(Severity::Warning, value.span, message);
            }
        }
        let Some(node) = own.get("route") else { continue };
        let name = node.text().unwrap_or_default();
        let title = &path.title;
        let Some(route) = question.policy.routes.iter().find(|route| route.name.value == name) else {
            let message =
                format!("{title} says that requests are on route `{}`, which the policy does not have", shown(name));
            add(Severity::Warning, node.span, message);
            continue;
        };
        let shows_more = if route.masking.value == Masking::Off { ", where masking is off" } else { "" };
        match generated.iter().find(|(generated, _)| *generated == name) {
            Some((_, conditions)) if !is_match(path.route, conditions) => {
                let message = format!(
                    "{title} says that requests are on route `{name}`{shows_more}, under other conditions than the policy's"
                );
                add(Severity::Warning, node.span, message);
            }
            None if route.masking.value == Masking::Off => {
                let message = format!(
                    "{title} says that requests are on route `{name}`{shows_more}, and the policy has no condition of its own for it"
                );
                add(Severity::Warning, node.span, message);
            }
            _ => {}
        }
    }
}

/// Whether a route has just these conditions.
fn is_match(route: &Node, conditions: &str) -> bool {
    let expected = tree::parse(FileId(u32::MAX), conditions, &mut Vec::new());
    let (Some(own), Some(expected)) = (get(route, "match"), expected.first()) else { return false };
    own.to_json() == expected.to_json()
}
