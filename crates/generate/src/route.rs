//! A route of the policy as a match of Envoy's route table. The filter compares paths itself, and more strictly; the
//! metadata makes the choice visible in Envoy's own configuration, and reaches routes that have no path.

use meshveil_plan::RouteMatch;
use meshveil_policy::Route;
use serde_json::{Map, Value, json};

/// The routes that Envoy can choose itself, in the order of the policy.
pub(crate) fn matchable(routes: &[Route]) -> impl DoubleEndedIterator<Item = (&Route, String)> {
    routes.iter().filter_map(|route| Some((route, envoy_match(&route.matches.as_ref()?.value)?)))
}

/// A match in flow style; `None` where only Envoy's own name of a route says which it is.
fn envoy_match(conditions: &RouteMatch) -> Option<String> {
    if conditions.route_name.is_some() {
        return None;
    }
    let mut found = Map::new();
    match (&conditions.path, &conditions.prefix) {
        (Some(path), _) => found.insert("path".to_owned(), path.as_str().into()),
        (None, Some(prefix)) if prefix.ends_with('/') => found.insert("prefix".to_owned(), prefix.as_str().into()),
        (None, Some(prefix)) => found.insert("path_separated_prefix".to_owned(), prefix.as_str().into()),
        (None, None) => found.insert("prefix".to_owned(), "/".into()),
    };
    let mut headers = Vec::new();
    if let Some(host) = &conditions.host {
        // With or without a port, and whatever the case of its letters.
        let regex = format!("(?i:{})\\.?(:[0-9]+)?", escaped(host));
        headers.push(json!({ "name": ":authority", "string_match": { "safe_regex": { "regex": regex } } }));
    }
    if !conditions.methods.is_empty() {
        let methods: Vec<String> = conditions.methods.iter().map(|method| escaped(method)).collect();
        headers.push(json!({ "name": ":method", "string_match": { "safe_regex": { "regex": methods.join("|") } } }));
    }
    if !headers.is_empty() {
        found.insert("headers".to_owned(), headers.into());
    }
    Some(Value::Object(found).to_string())
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
