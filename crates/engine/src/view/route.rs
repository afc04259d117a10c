//! Which route of the plan a request belongs to, and which paths can be read in two ways.

use crate::Plan;
use crate::plan::{Route, RouteMatch};

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

pub(super) fn choose(plan: &Plan, request: &Request<'_>) -> Chosen {
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

/// Whether every server reads this path (without query) in the same way. Not so: dot segments, empty segments,
/// back slashes, matrix parameters, fragments, bytes outside printable ASCII, and escapes of bytes that need none or
/// that change the structure (RFC 3986, section 6.2.2).
#[must_use]
pub fn is_plain_path(path: &[u8]) -> bool {
    if path.first() != Some(&b'/') {
        return false;
    }
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'%' => {
                let [high, low, after @ ..] = tail else {
                    return false;
                };
                let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
                    return false;
                };
                let byte = high << 4 | low;
                let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                if unreserved || byte.is_ascii_control() || b"/\\%;?#".contains(&byte) {
                    return false;
                }
                rest = after;
            }
            b'\\' | b';' | b'#' => return false,
            byte if !byte.is_ascii_graphic() => return false,
            _ => {}
        }
    }
    // A slash at the very end leaves one empty segment, which is plain.
    let inner = path.strip_prefix(b"/").unwrap_or(path);
    let inner = inner.strip_suffix(b"/").unwrap_or(inner);
    if inner.is_empty() {
        return path == b"/";
    }
    inner.split(|&byte| byte == b'/').all(|segment| !matches!(segment, b"" | b"." | b".."))
}

fn hex(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}
