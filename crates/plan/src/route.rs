//! Which route of the plan a request belongs to.

use crate::{
    Plan, Route, RouteMatch,
    path::{hex, is_plain_path},
    replace::query_may_replace,
};

/// What is known of a request when its route is chosen. Values come from the proxy as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The route metadata `filter_metadata.meshveil.route`.
    pub metadata: Option<&'a [u8]>,
    /// Envoy's route name (`xds.route_name`).
    pub route_name: Option<&'a [u8]>,
    /// `:authority`
    pub host: &'a [u8],
    /// `:path`, with the query.
    pub path: &'a [u8],
    /// `:method`
    pub method: &'a [u8],
    /// The request carries a header by which some server may replace method, host or path
    /// ([`may_replace`](crate::may_replace)).
    pub replaced: bool,
}

/// The route of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteChoice {
    /// No route of the plan: the fields' own masks.
    Unlisted,
    /// The route with this index.
    Listed(usize),
    /// It cannot be told for certain: the strictest masks of all routes, and no route's relaxation.
    Unclear,
}

impl From<Option<usize>> for RouteChoice {
    fn from(index: Option<usize>) -> Self {
        index.map_or(Self::Unlisted, Self::Listed)
    }
}

/// A chosen route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// The route.
    pub route: RouteChoice,
    /// Route metadata named a route the plan does not have.
    pub unknown_id: bool,
}

/// The route a request belongs to.
#[must_use]
pub fn choose(plan: &Plan, request: &Request<'_>) -> Chosen {
    let route_of = |route| Chosen { route, unknown_id: false };
    if plan.routes.is_empty() {
        return route_of(RouteChoice::Unlisted);
    }
    let mut parts = request.path.splitn(2, |&byte| byte == b'?');
    let (path, query) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let unclear = request.replaced || query_may_replace(query) || !is_plain_path(path);
    let first = |reading| {
        let fits = |route: &Route| route.matches.as_ref().is_some_and(|m| holds(m, request, path, reading));
        plan.routes.iter().position(fits)
    };
    if let Some(id) = request.metadata {
        let Some((index, route)) = plan.routes.iter().enumerate().find(|(_, route)| route.name.as_bytes() == id) else {
            return Chosen { route: RouteChoice::Unclear, unknown_id: true };
        };
        // Envoy chose its route by a path that the upstream may read as one of a stricter route, or by other conditions than
        // those of the plan.
        let agrees = route.matches.is_none() || [Reading::Exact, Reading::Loosest].map(first) == [Some(index); 2];
        return route_of(if agrees && !unclear { RouteChoice::Listed(index) } else { RouteChoice::Unclear });
    }
    if unclear {
        return route_of(RouteChoice::Unclear);
    }
    // What holds exactly holds loosely, too. Where a server that reads paths more loosely would serve another route, the route
    // cannot be told.
    let exact = first(Reading::Exact);
    route_of(if first(Reading::Loosest) == exact { exact.into() } else { RouteChoice::Unclear })
}

/// Whether a request can never be told to belong to this route, because an earlier one fits every request that it fits, as
/// some server reads it.
pub(crate) fn is_shadowed(routes: &[Route], index: usize) -> bool {
    let Some(conditions) = routes.get(index).and_then(|route| route.matches.as_ref()) else { return false };
    routes.iter().take(index).filter_map(|route| route.matches.as_ref()).any(|earlier| covers(earlier, conditions))
}

/// Whether conditions hold loosely for every request for which others hold exactly.
fn covers(wide: &RouteMatch, narrow: &RouteMatch) -> bool {
    let is_same = |wide: &Option<String>, narrow: &Option<String>, same: fn(&str, &str) -> bool| match (wide, narrow) {
        (None, _) => true,
        (Some(wide), Some(narrow)) => same(wide, narrow),
        (Some(_), None) => false,
    };
    let below = |prefix: &String, path: &String| loosely(prefix.as_bytes(), path.as_bytes());
    let narrow_path = narrow.path.as_ref().or(narrow.prefix.as_ref());
    let path = match (&wide.path, &wide.prefix) {
        (None, None) => true,
        (Some(path), _) => narrow.path.as_ref().is_some_and(|narrow| below(path, narrow) == Some(0)),
        (None, Some(prefix)) if segments(prefix.as_bytes()).next().is_none() => true,
        (None, Some(prefix)) => narrow_path.is_some_and(|narrow| below(prefix, narrow).is_some()),
    };
    let fits = |method: &String| wide.methods.iter().any(|known| known.eq_ignore_ascii_case(method));
    path && is_same(&wide.route_name, &narrow.route_name, str::eq)
        && is_same(&wide.host, &narrow.host, str::eq_ignore_ascii_case)
        && (wide.methods.is_empty() || (!narrow.methods.is_empty() && narrow.methods.iter().all(fits)))
}

/// How a server may compare a plain path and a method with those it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Byte by byte.
    Exact,
    /// Escapes decoded, letters of either case, with or without a slash at the end, with or without an extension that
    /// chooses a format (`/export.json`); many frameworks do some of it.
    Loosest,
}

fn holds(conditions: &RouteMatch, request: &Request<'_>, path: &[u8], reading: Reading) -> bool {
    let route_name = |name: &String| request.route_name == Some(name.as_bytes());
    let host = |name: &String| without_port(request.host).eq_ignore_ascii_case(name.as_bytes());
    let is_path = |known: &String| match reading {
        Reading::Exact => known.as_bytes() == path,
        Reading::Loosest => loosely(known.as_bytes(), path) == Some(0),
    };
    let prefix = |prefix: &String| match reading {
        Reading::Exact => path
            .strip_prefix(prefix.as_bytes())
            .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with(b"/")),
        Reading::Loosest => loosely(prefix.as_bytes(), path).is_some(),
    };
    let method = |known: &String| match reading {
        Reading::Exact => known.as_bytes() == request.method,
        Reading::Loosest => known.as_bytes().eq_ignore_ascii_case(request.method),
    };
    conditions.route_name.as_ref().is_none_or(route_name)
        && conditions.host.as_ref().is_none_or(host)
        && conditions.path.as_ref().is_none_or(is_path)
        && conditions.prefix.as_ref().is_none_or(prefix)
        && (conditions.methods.is_empty() || conditions.methods.iter().any(method))
}

/// How many segments a path has after those of a known one, if a loose server reads it as that one or as below it.
fn loosely(known: &[u8], path: &[u8]) -> Option<usize> {
    let mut path = segments(path);
    for segment in segments(known) {
        if !same_segment(segment, path.next()?) {
            return None;
        }
    }
    Some(path.count())
}

/// The segments of a plain path; an empty one at the end is none.
fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|segment| !segment.is_empty())
}

/// Whether two segments are the same, or differ only in an extension at the end.
fn same_segment(one: &[u8], other: &[u8]) -> bool {
    let longer_by_extension = |short: &[u8], long: &[u8]| {
        let mut long = decoded(long);
        decoded(short).all(|byte| long.next() == Some(byte)) && matches!(long.next(), None | Some(b'.'))
    };
    let without_extension = |segment: &'_ [u8]| match segment.iter().rposition(|&byte| byte == b'.') {
        None | Some(0) => segment.len(),
        Some(dot) => dot,
    };
    longer_by_extension(one, other)
        || longer_by_extension(other, one)
        || decoded(one.get(..without_extension(one)).unwrap_or_default())
            .eq(decoded(other.get(..without_extension(other)).unwrap_or_default()))
}

/// A part of a plain path or of a query as a loose server reads it: escapes decoded, letters in lower case.
pub(crate) fn decoded(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (byte, after) = match rest {
            [b'%', high, low, after @ ..] => (hex(*high)? << 4 | hex(*low)?, after),
            [byte, after @ ..] => (*byte, after),
            [] => return None,
        };
        rest = after;
        Some(byte.to_ascii_lowercase())
    })
}

fn without_port(authority: &[u8]) -> &[u8] {
    let host = match authority.iter().rposition(|&byte| byte == b':') {
        Some(colon) => {
            let (host, port) = authority.split_at(colon);
            if port.iter().skip(1).all(u8::is_ascii_digit) { host } else { authority }
        }
        None => authority,
    };
    host.strip_suffix(b".").unwrap_or(host)
}

#[cfg(test)]
mod tests;
