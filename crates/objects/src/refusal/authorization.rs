//! What Istio's webhook refuses in AuthorizationPolicies (`pkg/config/validation/validation.go`,
//! `pkg/config/security/security.go`).

use meshveil_text::{Cidr, Finding, Node};

use super::refuse;

/// Lists of `source` and `operation`; each has a twin with `not` before it.
const SOURCE: [&str; 7] =
    ["principals", "requestPrincipals", "namespaces", "serviceAccounts", "ipBlocks", "remoteIpBlocks", "trustDomains"];
const OPERATION: [&str; 4] = ["hosts", "ports", "methods", "paths"];
/// Keys of `when` that end there, and those that name one of several in brackets.
const KEYS: [&str; 12] = [
    "source.ip",
    "remote.ip",
    "source.namespace",
    "source.serviceAccount",
    "source.principal",
    "source.trustDomain",
    "request.auth.principal",
    "request.auth.audiences",
    "request.auth.presenter",
    "destination.ip",
    "destination.port",
    "connection.sni",
];
const IN_BRACKETS: [&str; 3] = ["request.headers", "request.auth.claims", "experimental."];

pub(super) fn check(object: &Node, findings: &mut Vec<Finding>) {
    let Some(spec) = object.get("spec") else { return };
    let action = spec.text_at("action").unwrap_or("ALLOW");
    let rules = spec.get("rules").map(Node::items).unwrap_or_default();
    if matches!(action, "DENY" | "CUSTOM") && rules.is_empty() {
        let span = spec.get("action").map_or(spec.span, |node| node.span);
        refuse(
            findings,
            span,
            format!("`action: {action}` without `rules` never matches: write `rules: [{{}}]` for all"),
        );
    }
    match spec.get("provider") {
        Some(provider) if action != "CUSTOM" => {
            refuse(findings, provider.span, "`provider` is for `action: CUSTOM` only");
        }
        provider
            if action == "CUSTOM"
                && provider.and_then(|provider| provider.text_at("name")).is_none_or(str::is_empty) =>
        {
            refuse(findings, spec.span, "`action: CUSTOM` needs `provider.name`");
        }
        _ => {}
    }
    for rule in rules {
        for item in rule.get("from").map(Node::items).unwrap_or_default() {
            part(item, "from", "source", &SOURCE, findings);
            if action == "CUSTOM"
                && let Some((key, _)) = item.get("source").and_then(|source| {
                    source.entries().iter().find(|(key, _)| !key.name.to_ascii_lowercase().ends_with("ipblocks"))
                })
            {
                refuse(findings, key.span, format!("`{}` is not for `action: CUSTOM`", key.name));
            }
        }
        for item in rule.get("to").map(Node::items).unwrap_or_default() {
            part(item, "to", "operation", &OPERATION, findings);
        }
        for item in rule.get("when").map(Node::items).unwrap_or_default() {
            condition(item, action, findings);
        }
    }
}

/// One item of `from` or `to`: it must say something, and no value may be empty.
fn part(item: &Node, list: &str, key: &str, names: &[&str], findings: &mut Vec<Finding>) {
    let Some(inner) = item.get(key) else {
        refuse(findings, item.span, format!("an item of `{list}` needs `{key}`"));
        return;
    };
    let mut is_empty = true;
    for name in names {
        let (first, rest) = name.split_at(1);
        let twin = if *name == "ipBlocks" {
            "notIpBlocks".to_owned()
        } else {
            format!("not{}{rest}", first.to_ascii_uppercase())
        };
        for key in [(*name).to_owned(), twin] {
            for value in inner.get(&key).map(Node::items).unwrap_or_default() {
                is_empty = false;
                let text = value.text().unwrap_or_default();
                let is_fit = match *name {
                    "ipBlocks" | "remoteIpBlocks" => is_address(text),
                    "ports" => is_port(text),
                    "serviceAccounts" => is_account(text),
                    "trustDomains" => is_wildcard(text) && !text.contains('/'),
                    _ => !text.is_empty(),
                };
                if !is_fit {
                    refuse(findings, value.span, format!("invalid value in `{key}`"));
                }
            }
        }
    }
    if is_empty {
        refuse(findings, inner.span, format!("`{key}` must say something"));
    }
}

fn condition(item: &Node, action: &str, findings: &mut Vec<Finding>) {
    let key = item.text_at("key").unwrap_or_default();
    let is_bracketed = IN_BRACKETS.iter().any(|start| key.starts_with(start)) && {
        let open = key.find('[').unwrap_or(0);
        key.ends_with(']') && open > 0 && open + 2 < key.len()
    };
    if !KEYS.contains(&key) && !is_bracketed {
        refuse(findings, item.span, format!("unknown key `{key}` in `when`"));
        return;
    }
    let is_of_source =
        ["source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"].contains(&key);
    if action == "CUSTOM" && (is_of_source || key.starts_with("request.auth.")) {
        refuse(findings, item.span, format!("`{key}` is not for `action: CUSTOM`"));
    }
    let values = || ["values", "notValues"].into_iter().filter_map(|name| item.get(name)).flat_map(Node::items);
    if values().next().is_none() {
        refuse(findings, item.span, "a condition needs `values` or `notValues`");
    }
    for value in values() {
        let text = value.text().unwrap_or_default();
        let is_fit = match key {
            "source.ip" | "remote.ip" | "destination.ip" => is_address(text),
            "destination.port" => is_port(text),
            "source.serviceAccount" => is_account(text),
            "source.trustDomain" => is_wildcard(text),
            _ => !text.is_empty(),
        };
        if !is_fit {
            refuse(findings, value.span, format!("invalid value for `{key}`"));
        }
    }
}

fn is_address(text: &str) -> bool {
    if text.contains('/') { text.parse::<Cidr>().is_ok() } else { text.parse::<std::net::IpAddr>().is_ok() }
}

fn is_port(text: &str) -> bool {
    !text.starts_with('+') && text.parse::<u16>().is_ok()
}

/// `account` or `namespace/account`.
fn is_account(text: &str) -> bool {
    let mut parts = text.split('/');
    let is_fit = |part: Option<&str>| part.is_some_and(|part| !part.is_empty());
    text.len() <= 320
        && !text.contains('*')
        && is_fit(parts.next())
        && parts.next().is_none_or(|part| !part.is_empty())
        && parts.next().is_none()
}

/// A text with a star at one end at most.
fn is_wildcard(text: &str) -> bool {
    let inner = text.strip_prefix('*').or_else(|| text.strip_suffix('*')).unwrap_or(text);
    !text.is_empty() && !inner.contains('*')
}
