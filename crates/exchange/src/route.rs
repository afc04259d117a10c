//! What the choice of a route needs to know of a request, read from the proxy.

use meshveil_json::Engine;
use meshveil_plan::{Chosen, Request, RouteChoice, may_replace};

use crate::host::{Headers, Host};

/// Where Envoy's route carries its name in the plan.
const METADATA: [&str; 5] = ["xds", "route_metadata", "filter_metadata", "meshveil", "route"];

/// The request line as the client sent it: the router rewrites it before the response comes.
#[derive(Debug, Default)]
pub struct RequestLine {
    host: Vec<u8>,
    path: Vec<u8>,
    method: Vec<u8>,
    replaced: bool,
}

impl RequestLine {
    /// Takes what is needed from the request headers.
    #[must_use]
    pub fn read(request: &Headers) -> Self {
        let value = |name| request.first(name).unwrap_or_default().to_vec();
        Self {
            host: value(":authority"),
            path: value(":path"),
            method: value(":method"),
            replaced: request.lines().any(|(name, _)| may_replace(name)),
        }
    }

    /// The route, by what the proxy says of it now. Costs no host call where the plan has no routes.
    #[must_use]
    pub fn choose<H: Host>(&self, engine: &Engine, host: &H) -> Chosen {
        let routes = &engine.plan().routes;
        if routes.is_empty() {
            return Chosen { route: RouteChoice::Unlisted, unknown_id: false };
        }
        let named = routes.iter().any(|route| route.matches.as_ref().is_some_and(|m| m.route_name.is_some()));
        let metadata = host.property(&METADATA);
        let route_name = if named && metadata.is_none() { host.property(&["xds", "route_name"]) } else { None };
        engine.choose_route(&Request {
            metadata: metadata.as_deref(),
            route_name: route_name.as_deref(),
            host: &self.host,
            path: &self.path,
            method: &self.method,
            replaced: self.replaced,
        })
    }
}
