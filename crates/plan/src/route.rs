//! Which route of the plan a request belongs to.

use crate::{
    Plan, Route, RouteMatch,
    path::{hex, is_plain_path},
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
    /// The request carries a header by which some servers replace path or method (`x-original-url` and its like).
    pub overridden: bool,
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
    let path = request.path.split(|&byte| byte == b'?').next().unwrap_or_default();
    let unclear = request.overridden || !is_plain_path(path);
    if let Some(id) = request.metadata {
        let Some(index) = plan.routes.iter().position(|route| route.name.as_bytes() == id) else {
            return Chosen { route: RouteChoice::Unclear, unknown_id: true };
        };
        // Envoy chose its route by a path that the upstream may read as one of a stricter route.
        return route_of(if unclear { RouteChoice::Unclear } else { RouteChoice::Listed(index) });
    }
    if unclear {
        return route_of(RouteChoice::Unclear);
    }
    let first = |reading| {
        let fits = |route: &Route| route.matches.as_ref().is_some_and(|m| holds(m, request, path, reading));
        plan.routes.iter().position(fits)
    };
    let exact = first(Reading::Exact);
    // Where a server that reads paths generously would serve another route, the route cannot be told.
    route_of(if first(Reading::Generous) == exact { exact.into() } else { RouteChoice::Unclear })
}

/// How a server may compare a plain path and a method with those it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Byte by byte.
    Exact,
    /// Escapes decoded, letters of either case, with or without a slash at the end; many frameworks do some of it.
    Generous,
}

fn holds(conditions: &RouteMatch, request: &Request<'_>, path: &[u8], reading: Reading) -> bool {
    let route_name = |name: &String| request.route_name == Some(name.as_bytes());
    let host = |name: &String| without_port(request.host).eq_ignore_ascii_case(name.as_bytes());
    let is_path = |known: &String| match reading {
        Reading::Exact => known.as_bytes() == path,
        Reading::Generous => generous(known.as_bytes()).eq(generous(path)),
    };
    let prefix = |prefix: &String| match reading {
        Reading::Exact => path
            .strip_prefix(prefix.as_bytes())
            .is_some_and(|rest| rest.is_empty() || prefix.ends_with('/') || rest.starts_with(b"/")),
        Reading::Generous => {
            let mut path = generous(path);
            generous(prefix.as_bytes()).all(|byte| path.next() == Some(byte))
                && matches!(path.next(), None | Some(b'/'))
        }
    };
    let method = |known: &String| match reading {
        Reading::Exact => known.as_bytes() == request.method,
        Reading::Generous => known.as_bytes().eq_ignore_ascii_case(request.method),
    };
    conditions.route_name.as_ref().is_none_or(route_name)
        && conditions.host.as_ref().is_none_or(host)
        && conditions.path.as_ref().is_none_or(is_path)
        && conditions.prefix.as_ref().is_none_or(prefix)
        && (conditions.methods.is_empty() || conditions.methods.iter().any(method))
}

/// A plain path as a generous server reads it.
fn generous(path: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = path.strip_suffix(b"/").unwrap_or(path);
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
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(routes: serde_json::Value) -> Plan {
        serde_json::from_value(json!({ "version": 1, "fields": [], "routes": routes })).unwrap()
    }

    #[test]
    fn route_is_chosen_by_metadata_first_then_by_order() {
        let plan = plan(json!([
            { "name": "health", "match": { "path": "/healthz", "methods": ["GET"] }, "masking": "off" },
            { "name": "public", "match": { "prefix": "/public" }, "masking": "off" },
            { "name": "named", "match": { "routeName": "r1", "host": "Shop.example" } },
            { "name": "meta", "masking": "off" },
        ]));
        let get = Request { host: b"x", method: b"GET", ..Request::default() };
        let cases = [
            (Request { path: b"/healthz", ..get }, RouteChoice::Listed(0), false),
            (Request { path: b"/healthz?a=/../b", ..get }, RouteChoice::Listed(0), false),
            (Request { path: b"/healthz", method: b"POST", ..get }, RouteChoice::Unlisted, false),
            (Request { path: b"/healthz", overridden: true, ..get }, RouteChoice::Unclear, false),
            (Request { path: b"/public", ..get }, RouteChoice::Listed(1), false),
            (Request { path: b"/public/a", ..get }, RouteChoice::Listed(1), false),
            (Request { path: b"/publicity", ..get }, RouteChoice::Unlisted, false),
            (Request { path: b"/public/%2e%2e/customers", ..get }, RouteChoice::Unclear, false),
            (Request { path: b"/public/..;/customers", ..get }, RouteChoice::Unclear, false),
            (
                Request { path: b"/x", route_name: Some(b"r1"), host: b"SHOP.example:8080", ..get },
                RouteChoice::Listed(2),
                false,
            ),
            (
                Request { path: b"/x", route_name: Some(b"r1"), host: b"shop.example.org", ..get },
                RouteChoice::Unlisted,
                false,
            ),
            (Request { path: b"/x", metadata: Some(b"meta"), ..get }, RouteChoice::Listed(3), false),
            (Request { path: b"/x/../y", metadata: Some(b"meta"), ..get }, RouteChoice::Unclear, false),
            (Request { path: b"/x/../y", metadata: Some(b"named"), ..get }, RouteChoice::Unclear, false),
            (Request { path: b"/public", metadata: Some(b"gone"), ..get }, RouteChoice::Unclear, true),
        ];
        for (request, route, unknown_id) in cases {
            assert_eq!(choose(&plan, &request), Chosen { route, unknown_id }, "{request:?}");
        }
    }

    #[test]
    fn path_that_servers_read_as_another_route_is_unclear() {
        let plan = plan(json!([
            { "name": "me", "match": { "path": "/users/@me" } },
            { "name": "cafe", "match": { "prefix": "/caf%C3%A9" } },
            { "name": "list", "match": { "path": "/users/list", "methods": ["GET"] } },
            { "name": "export", "match": { "prefix": "/Export/" } },
            { "name": "rest", "match": { "prefix": "/" }, "masking": "off" },
        ]));
        let get = Request { host: b"x", method: b"GET", ..Request::default() };
        for (path, listed) in [
            ("/users/@me", 0),
            ("/caf%C3%A9", 1),
            ("/caf%C3%A9/x", 1),
            ("/users/list", 2),
            ("/Export/a", 3),
            ("/users/Anna", 4),
            ("/users/a%40b", 4),
            ("/users/listed", 4),
        ] {
            let request = Request { path: path.as_bytes(), ..get };
            assert_eq!(choose(&plan, &request).route, RouteChoice::Listed(listed), "{path}");
        }
        for path in [
            "/users/%40me",
            "/users/@ME",
            "/users/@me/",
            "/caf%c3%a9",
            "/caf%C3%A9/".to_uppercase().as_str(),
            "/users/list/",
            "/export/a",
            "/Export",
            "/export",
        ] {
            let request = Request { path: path.as_bytes(), ..get };
            assert_eq!(choose(&plan, &request).route, RouteChoice::Unclear, "{path}");
        }
        let request = Request { path: b"/users/list", method: b"get", ..get };
        assert_eq!(choose(&plan, &request).route, RouteChoice::Unclear);
    }
}
