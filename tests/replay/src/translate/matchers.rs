//! Envoy's string, header and path matchers for Istio's four kinds of values: exact, `prefix*`, `*suffix`, `*`.

use serde_json::{Value, json};

/// A string matcher; `*` wants at least one character.
#[must_use]
pub fn string(value: &str) -> Value {
    if value == "*" {
        regex(".+")
    } else if let Some(suffix) = value.strip_prefix('*') {
        json!({"suffix": suffix})
    } else if let Some(prefix) = value.strip_suffix('*') {
        json!({"prefix": prefix})
    } else {
        json!({"exact": value})
    }
}

/// A string matcher that matches the whole string against a regular expression.
#[must_use]
pub fn regex(expression: &str) -> Value {
    json!({"safe_regex": {"regex": expression}})
}

/// A matcher of a SPIFFE id for a principal, which is written without its scheme. A suffix becomes a regular expression
/// in which nothing is escaped.
#[must_use]
pub fn spiffe(principal: &str) -> Value {
    if principal == "*" {
        regex(".+")
    } else if let Some(suffix) = principal.strip_prefix('*') {
        regex(&format!("spiffe://.*{suffix}"))
    } else {
        string(&format!("spiffe://{principal}"))
    }
}

/// A header matcher; `*` wants the header to be there.
#[must_use]
pub fn header(name: &str, value: &str) -> Value {
    if value == "*" {
        return json!({"name": name, "present_match": true});
    }
    json!({"name": name, "string_match": string(value)})
}

/// A matcher of `:authority`, whose case does not count.
#[must_use]
pub fn host(value: &str) -> Value {
    let mut matcher = header(":authority", value);
    if let Some(text) = matcher.get_mut("string_match") {
        text["ignore_case"] = json!(true);
    }
    matcher
}

/// A permission for a path: a template where it has `{*}` or `{**}`.
#[must_use]
pub fn path(value: &str) -> Value {
    if value.contains("{*}") || value.contains("{**}") {
        let template = value.replace("{*}", "*").replace("{**}", "**");
        return json!({"uri_template": {"name": "uri-template", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
            "path_template": template,
        }}});
    }
    json!({"url_path": {"path": string(value)}})
}

/// An address range: a single address or a CIDR block.
#[must_use]
pub fn range(block: &str) -> Value {
    let (address, length) = block.split_once('/').unwrap_or((block, if block.contains(':') { "128" } else { "32" }));
    json!({"address_prefix": address, "prefix_len": length.parse::<u32>().unwrap_or_default()})
}

/// A matcher of a member of the verified token.
fn claim(path: &[&str], value: &Value) -> Value {
    let keys: Vec<Value> = std::iter::once(&"payload").chain(path).map(|key| json!({"key": key})).collect();
    json!({"metadata": {"filter": "envoy.filters.http.jwt_authn", "path": keys, "value": value}})
}

/// One of the values, for a claim that is a string or a list of strings.
#[must_use]
pub fn claim_or_list(path: &[&str], values: &[String]) -> Value {
    let mut all: Vec<Value> = values.iter().map(|value| json!({"string_match": string(value)})).collect();
    let one = if all.len() == 1 { all.remove(0) } else { json!({"or_match": {"value_matchers": all}}) };
    claim(path, &json!({"or_match": {"value_matchers": [{"list_match": {"one_of": one}}, one]}}))
}

/// `ISSUER/SUBJECT` with a wildcard at one end; the last slash divides, as issuers are often URLs.
#[must_use]
pub fn request_principal(value: &str) -> Value {
    let any = || regex(".+");
    let divided = value.rsplit_once('/');
    let (issuer, subject) = match divided {
        _ if value == "*" => (any(), any()),
        Some((issuer, subject)) if value.starts_with('*') => {
            let issuer = issuer.strip_prefix('*').unwrap_or_default();
            (if issuer.is_empty() { any() } else { json!({"suffix": issuer}) }, json!({"exact": subject}))
        }
        None if value.starts_with('*') => (any(), json!({"suffix": value.strip_prefix('*')})),
        Some((issuer, "*")) => (json!({"exact": issuer}), any()),
        Some((issuer, subject)) if subject.ends_with('*') => {
            (json!({"exact": issuer}), json!({"prefix": subject.strip_suffix('*')}))
        }
        None if value.ends_with('*') => (json!({"prefix": value.strip_suffix('*')}), any()),
        Some((issuer, subject)) => (json!({"exact": issuer}), json!({"exact": subject})),
        None => (json!({"exact": value}), json!({"exact": ""})),
    };
    let part = |name: &str, matcher: Value| claim(&[name], &json!({"string_match": matcher}));
    json!({"and_ids": {"ids": [part("iss", issuer), part("sub", subject)]}})
}
