//! Checks of a plan that its types cannot make: references, duplicates, bounds, contradictions.

use std::collections::BTreeMap;

use super::{Caller, Field, Identity, Masking, Plan, Route, RouteMatch, Sees, VERSION};
use crate::{CompileError, Limits, view};

/// Longest name of a field, caller or route, in bytes: names become metric names.
const LONGEST_NAME: usize = 128;

/// No bound may be set above this: a VM has at most 1 GiB for all its streams.
const LARGEST_LIMIT: usize = 64 << 20;

/// Deepest nesting a plan may allow.
const DEEPEST: usize = 100_000;

pub(super) fn validate(plan: &Plan) -> Result<(), CompileError> {
    if plan.version != VERSION {
        return fault("version", format!("this build reads version {VERSION} only"));
    }
    if plan.policy.len() > 256 || !plan.policy.bytes().all(|byte| byte.is_ascii_graphic()) {
        return fault("policy", "must be at most 256 printable ASCII characters");
    }
    let fields = fields(&plan.fields)?;
    callers(&plan.callers, &fields, !plan.trusted_hops.is_empty())?;
    routes(&plan.routes, &fields)?;
    for (at, hop) in plan.trusted_hops.iter().enumerate() {
        principal(&format!("trustedHops[{at}]"), hop)?;
    }
    if let Some(key) = &plan.key
        && (key.env.is_empty() || key.env.contains(['=', '\0']))
    {
        return fault("key.env", "must name an environment variable");
    }
    limits(&plan.limits)
}

fn fault<T>(path: impl Into<String>, message: impl Into<String>) -> Result<T, CompileError> {
    Err(CompileError::Plan { path: path.into(), message: message.into() })
}

/// Names end up in metrics and logs, so their alphabet is small.
fn name(path: &str, text: &str) -> Result<(), CompileError> {
    if text.is_empty() {
        return fault(path, "must not be empty");
    }
    if text.len() > LONGEST_NAME {
        return fault(path, format!("must not be longer than {LONGEST_NAME} bytes"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte)) {
        return fault(path, "may hold letters, digits and `-_./:` only");
    }
    Ok(())
}

/// Names seen so far, with their places.
type Names<'a> = BTreeMap<&'a str, usize>;

fn unique<'a>(seen: &mut Names<'a>, path: &str, at: usize, text: &'a str) -> Result<(), CompileError> {
    if seen.insert(text, at).is_none() { Ok(()) } else { fault(path, format!("`{text}` is named twice")) }
}

fn fields(fields: &[Field]) -> Result<Names<'_>, CompileError> {
    let mut seen = Names::new();
    for (at, field) in fields.iter().enumerate() {
        let path = format!("fields[{at}].name");
        name(&path, &field.name)?;
        unique(&mut seen, &path, at, &field.name)?;
        if field.paths.is_empty() {
            return fault(format!("fields[{at}].paths"), "must hold at least one query");
        }
    }
    Ok(seen)
}

fn callers(callers: &[Caller], fields: &Names<'_>, has_hops: bool) -> Result<(), CompileError> {
    let mut seen = Names::new();
    for (at, caller) in callers.iter().enumerate() {
        let path = format!("callers[{at}].name");
        name(&path, &caller.name)?;
        unique(&mut seen, &path, at, &caller.name)?;
        if caller.matches.is_empty() {
            return fault(format!("callers[{at}].match"), "must hold at least one way to be this caller");
        }
        for (item, identity) in caller.matches.iter().enumerate() {
            self::identity(&format!("callers[{at}].match[{item}]"), identity, has_hops)?;
        }
        if let Sees::Fields(names) = &caller.sees {
            for (item, field) in names.iter().enumerate() {
                if !fields.contains_key(field.as_str()) {
                    return fault(format!("callers[{at}].sees[{item}]"), format!("no field is named `{field}`"));
                }
            }
        }
    }
    Ok(())
}

fn identity(path: &str, identity: &Identity, has_hops: bool) -> Result<(), CompileError> {
    match identity {
        Identity::Principal(id) => principal(&format!("{path}.principal"), id),
        Identity::Claim { payload, name, value } => {
            for (member, text) in [("payload", payload), ("name", name), ("value", value)] {
                if text.is_empty() || text.contains('\0') {
                    return fault(format!("{path}.claim.{member}"), "must not be empty or hold a NUL");
                }
            }
            Ok(())
        }
        Identity::Header { name, value } => {
            let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
            if name.is_empty() || !name.bytes().all(token) {
                return fault(format!("{path}.header.name"), "must be a header name in lower case");
            }
            if value.is_empty() || value.trim() != value {
                return fault(format!("{path}.header.value"), "must not be empty or begin or end with white space");
            }
            if !has_hops {
                return fault(
                    format!("{path}.header"),
                    "a header is believed only from a trusted hop, and `trustedHops` is empty",
                );
            }
            Ok(())
        }
    }
}

fn principal(path: &str, id: &str) -> Result<(), CompileError> {
    let workload = id.strip_prefix("spiffe://").unwrap_or_default();
    if workload.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return fault(path, "must be a SPIFFE id such as `spiffe://cluster.local/ns/shop/sa/billing`");
    }
    if id.contains('*') {
        return fault(path, "is compared exactly; `*` has no meaning here");
    }
    Ok(())
}

fn routes(routes: &[Route], fields: &Names<'_>) -> Result<(), CompileError> {
    let mut seen = Names::new();
    for (at, route) in routes.iter().enumerate() {
        let path = format!("routes[{at}].name");
        name(&path, &route.name)?;
        unique(&mut seen, &path, at, &route.name)?;
        for field in route.fields.keys() {
            if !fields.contains_key(field.as_str()) {
                return fault(format!("routes[{at}].fields"), format!("no field is named `{field}`"));
            }
        }
        if route.masking == Masking::Off && !route.fields.is_empty() {
            return fault(format!("routes[{at}].fields"), "has no effect where `masking` is `off`");
        }
        if let Some(conditions) = &route.matches {
            self::conditions(&format!("routes[{at}].match"), conditions)?;
        }
    }
    Ok(())
}

fn conditions(path: &str, conditions: &RouteMatch) -> Result<(), CompileError> {
    if *conditions == RouteMatch::default() {
        return fault(path, "must hold at least one condition");
    }
    if conditions.path.is_some() && conditions.prefix.is_some() {
        return fault(path, "takes `path` or `prefix`, not both");
    }
    for (member, text) in [("path", &conditions.path), ("prefix", &conditions.prefix)] {
        let Some(text) = text else { continue };
        if !text.starts_with('/') || text.contains('?') {
            return fault(format!("{path}.{member}"), "must begin with `/` and hold no query");
        }
        if !view::is_plain_path(text.as_bytes()) {
            return fault(format!("{path}.{member}"), "can be read in two ways");
        }
    }
    for (member, text) in [("routeName", &conditions.route_name), ("host", &conditions.host)] {
        if text.as_ref().is_some_and(String::is_empty) {
            return fault(format!("{path}.{member}"), "must not be empty");
        }
    }
    for (at, method) in conditions.methods.iter().enumerate() {
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-') {
            return fault(format!("{path}.methods[{at}]"), "must be an HTTP method in upper case");
        }
    }
    Ok(())
}

fn limits(limits: &Limits) -> Result<(), CompileError> {
    if limits.depth == 0 || limits.depth > DEEPEST {
        return fault("limits.depth", format!("must be between 1 and {DEEPEST}"));
    }
    for (member, bytes) in [("key", limits.key), ("value", limits.value), ("held", limits.held)] {
        if bytes == 0 || bytes > LARGEST_LIMIT {
            return fault(format!("limits.{member}"), format!("must be between 1 and {LARGEST_LIMIT} bytes"));
        }
    }
    if limits.steps == 0 {
        return fault("limits.steps", "must be at least 1");
    }
    Ok(())
}
