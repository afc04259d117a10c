//! A route of the policy as a match of Envoy's route table. The filter compares paths itself, and more strictly; the
//! metadata makes the choice visible in Envoy's own configuration, and reaches routes that have no path.

use meshveil_plan::RouteMatch;
use meshveil_policy::Route;
use meshveil_text::{
    flow,
    yaml::{List, Map, quoted},
};

/// A route that Envoy can choose itself.
pub(crate) struct Matchable<'p> {
    /// Its name.
    pub(crate) name: &'p str,
    /// Its conditions, in flow style.
    pub(crate) found: Map,
}

/// The routes that Envoy can choose itself, in the order of the policy.
pub(crate) fn matchable(routes: &[Route]) -> impl DoubleEndedIterator<Item = Matchable<'_>> {
    routes.iter().filter_map(|route| {
        let found = envoy_match(&route.matches.as_ref()?.value)?;
        Some(Matchable { name: &route.name.value, found })
    })
}

/// What tells the filter which route Envoy chose.
pub(crate) fn metadata(name: &str) -> Map {
    flow!({ filter_metadata: { meshveil: { route: quoted(name) } } })
}

/// A match in flow style; `None` where only Envoy's own name of a route says which it is.
fn envoy_match(conditions: &RouteMatch) -> Option<Map> {
    if conditions.route_name.is_some() {
        return None;
    }
    let (kind, path) = match (&conditions.path, &conditions.prefix) {
        (Some(path), _) => ("path", path.as_str()),
        (None, Some(prefix)) if prefix.ends_with('/') => ("prefix", prefix.as_str()),
        (None, Some(prefix)) => ("path_separated_prefix", prefix.as_str()),
        (None, None) => ("prefix", "/"),
    };
    let mut headers = List::default();
    if let Some(host) = &conditions.host {
        // With or without a port, and whatever the case of its letters.
        headers.push(header(":authority", format!("(?i:{})\\.?(:[0-9]+)?", escaped(host))));
    }
    if !conditions.methods.is_empty() {
        let methods: Vec<String> = conditions.methods.iter().map(|method| escaped(method)).collect();
        headers.push(header(":method", methods.join("|")));
    }
    let headers = (!headers.is_empty()).then_some(headers);
    Some(flow!({ (kind): quoted(path), headers?: headers }))
}

/// A header whose value is all of a regular expression.
fn header(name: &str, regex: String) -> Map {
    flow!({ name: name, string_match: { safe_regex: { regex: quoted(regex) } } })
}

/// A text as a regular expression (RE2) that matches just that text.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let plain = letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') || !letter.is_ascii();
            (!plain).then_some('\\').into_iter().chain([letter])
        })
        .collect()
}
