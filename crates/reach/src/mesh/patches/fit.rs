//! Whether a patch applies to a filter chain or to the routes behind it, condition by condition as istiod judges them
//! (pilot/pkg/networking/core/envoyfilter/listener_patch.go and rc_patch.go, pilot/pkg/model/envoyfilter.go).

use meshveil_objects::kinds::envoy_filter::{Conditions, Patch};
use regex_lite::Regex;

use super::chain::{Chain, INBOUND_PORT, VIRTUAL_INBOUND};
use crate::mesh::authorization::Truth;

/// Whether a patch applies, and the condition that decided where it does not for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    pub truth: Truth,
    pub condition: &'static str,
}

impl Fit {
    const YES: Self = Self { truth: Truth::Yes, condition: "" };

    fn all(conditions: impl IntoIterator<Item = (&'static str, Truth)>) -> Self {
        let worst = conditions.into_iter().min_by_key(|(_, truth)| *truth);
        worst.filter(|(_, truth)| *truth < Truth::Yes).map_or(Self::YES, |(condition, truth)| Self { truth, condition })
    }

    fn and(self, other: Self) -> Self {
        if other.truth < self.truth { other } else { self }
    }
}

/// Whether a patch is for proxies of this release and metadata, which manifests do not say.
pub(super) fn proxy(conditions: &Conditions) -> Fit {
    Fit::all([
        ("proxy.proxyVersion", conditions.proxy_version.as_deref().map_or(Truth::Yes, release)),
        ("proxy.metadata", if conditions.asks_for_metadata { Truth::Maybe } else { Truth::Yes }),
    ])
}

/// Releases of Istio that may be the proxy's, as it names them.
fn releases() -> impl Iterator<Item = String> {
    (29..=31).flat_map(|minor| (0..10).map(move |patch| format!("1.{minor}.{patch}")))
}

/// Whether a regular expression finds something in every release, in some, or in none.
fn release(pattern: &str) -> Truth {
    // istiod compiles no longer ones, and such a patch applies nowhere.
    if pattern.len() > 1024 {
        return Truth::No;
    }
    let Ok(pattern) = Regex::new(pattern) else { return Truth::Maybe };
    let found: Vec<bool> = releases().map(|release| pattern.is_match(&release)).collect();
    match (found.contains(&true), found.contains(&false)) {
        (true, false) => Truth::Yes,
        (true, true) => Truth::Maybe,
        (false, _) => Truth::No,
    }
}

/// Whether a patch is for incoming connections. `WAYPOINT` is a word of the API that istiod does not use for listeners: it patches
/// those of a waypoint as `SIDECAR_INBOUND` (`patchListeners` in pilot/pkg/networking/core/listener_builder.go).
fn context(patch: &Patch) -> Fit {
    Fit::all([("context", Truth::from(matches!(patch.context.as_str(), "ANY" | "SIDECAR_INBOUND")))])
}

/// Whether a patch applies to the listener of a chain.
pub(super) fn listener(patch: &Patch, chain: &Chain) -> Fit {
    let c = &patch.conditions;
    let is_virtual = chain.listener == VIRTUAL_INBOUND;
    let port = match (c.port, patch.apply_to.as_str()) {
        (Some(port), "LISTENER") => is_virtual && port == INBOUND_PORT,
        // There the chains are asked; other listeners of incoming connections have no port.
        (Some(_), _) => is_virtual,
        (None, _) => true,
    };
    context(patch).and(proxy(c)).and(Fit::all([
        ("listener.name", Truth::from(c.listener.as_deref().is_none_or(|name| name == chain.listener))),
        ("listener.portNumber", Truth::from(port)),
    ]))
}

/// Whether a patch applies to a chain.
pub(super) fn filter_chain(patch: &Patch, chain: &Chain) -> Fit {
    let c = &patch.conditions;
    let is_port = |port: Option<u16>| port.is_none_or(|port| chain.port == Some(port));
    let protocols = |listed: &String| listed.split(',').all(|one| chain.protocols.contains(&one));
    let name = |name: &String| match () {
        () if *name == chain.name => Truth::Yes,
        // The address before the port follows the pod's family of addresses, or `bind` of a Sidecar.
        () if chain.port.is_some_and(|port| name.ends_with(&format!("_{port}"))) => Truth::Maybe,
        () => Truth::No,
    };
    listener(patch, chain).and(Fit::all([
        ("listener.portNumber", Truth::from(chain.listener != VIRTUAL_INBOUND || is_port(c.port))),
        ("filterChain.name", c.chain.as_ref().map_or(Truth::Yes, name)),
        // No chain for incoming connections matches by SNI.
        ("filterChain.sni", Truth::from(c.sni.is_none())),
        ("filterChain.transportProtocol", Truth::from(c.transport.as_deref().is_none_or(|t| t == chain.transport))),
        ("filterChain.applicationProtocols", Truth::from(c.protocols.as_ref().is_none_or(protocols))),
        ("filterChain.destinationPort", Truth::from(is_port(c.destination_port))),
    ]))
}

/// Whether a patch applies to every route behind a chain. What other patches make of the routes is not known, and a patch that adds
/// one changes what some requests meet.
pub(super) fn routes(patch: &Patch, chain: &Chain) -> Truth {
    let c = &patch.conditions;
    let (name, port) = &chain.routes;
    let or_maybe = |holds: bool| if holds { Truth::Yes } else { Truth::Maybe };
    let fit = context(patch).and(proxy(c)).and(Fit::all([
        ("routeConfiguration.name", Truth::from(c.route_configuration.as_ref().is_none_or(|n| n == name))),
        ("routeConfiguration.portNumber", Truth::from(c.route_port.is_none_or(|wanted| wanted == *port))),
        ("routeConfiguration.vhost.name", or_maybe(c.virtual_host.is_none())),
        ("routeConfiguration.vhost.domainName", or_maybe(c.domain.as_deref().is_none_or(|domain| domain == "*"))),
        ("routeConfiguration.vhost.route.name", or_maybe(c.route.as_deref().is_none_or(|route| route == "default"))),
        ("routeConfiguration.vhost.route.action", Truth::from(!c.redirects)),
    ]));
    fit.truth.min(or_maybe(patch.operation == "MERGE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_searched_for_in_every_release() {
        for (pattern, expected) in [
            (r"^1\.5.*", Truth::No),
            (r"^1\.31.*", Truth::Maybe),
            (r"^1\.(29|3\d).*", Truth::Yes),
            (r"1\.", Truth::Yes),
            (r"^1\.31$", Truth::No),
            (r"^1\.1.*", Truth::No),
            ("(", Truth::Maybe),
            (&"1".repeat(1025), Truth::No),
        ] {
            assert_eq!(release(pattern), expected, "{pattern}");
        }
    }
}
