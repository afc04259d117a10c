//! Which filters run on a rule of a route at a listener. An EnvoyExtensionPolicy of the rule counts alone, then one of the
//! route, of the listener, of the Gateway; one of a route that has `mergeType` adds to that of the listener or Gateway
//! (`ProcessEnvoyExtensionPolicies` in internal/gatewayapi/envoyextensionpolicy.go).

use std::sync::Arc;

use meshveil_objects::kinds::envoy_gateway::{ExtensionPolicy, Module};
use meshveil_text::Span;
use serde_json::Value;

use super::attach::{self, Attached, Target};
use super::{Doubt, Reason, Spot, Unfiltered};
use crate::mesh::filter::{FilterNames, Running};

/// What may be attached.
pub(super) struct Filters {
    /// The masking filter with its settings, or why it does not run.
    pub filter: Result<(Running, Arc<Value>), Unfiltered>,
    /// Whether a filter of the rule sends requests on under another path.
    pub rewrites: bool,
    /// What is not known.
    pub doubt: Option<Doubt>,
}

/// A policy that attaches, with what it attaches to.
#[derive(Clone, Copy)]
struct Own<'m> {
    policy: &'m ExtensionPolicy,
    at: Target<'m>,
    span: Span,
}

/// Each set of filters that may run.
pub(super) fn attached(spot: &Spot<'_>) -> Vec<Filters> {
    if !spot.is_http() {
        let filter = Unfiltered::NotHttp { route: spot.route.meta.title(), span: spot.rule.span };
        return vec![Filters { filter: Err(filter), rewrites: false, doubt: None }];
    }
    let (rewrites, unknown) = references(spot);
    let unknown = unknown.or_else(|| tunnel(spot));
    let (gateway, route) = (&spot.gateway.meta, &spot.route.meta);
    let of_rule = spot.rule.name.as_deref().map(|name| Target { object: route, section: Some(name) });
    let narrow = of_rule.into_iter().chain([Target { object: route, section: None }]);
    let wide = [
        Target { object: gateway, section: Some(spot.listener.name.as_str()) },
        Target { object: gateway, section: None },
    ];
    let (own, maybe_none) = levels(spot, narrow);
    let (parents, maybe_no_parent) = levels(spot, wide);
    let parents: Vec<Option<Own<'_>>> = parents.into_iter().map(Some).chain(maybe_no_parent.then_some(None)).collect();
    let mut found = Vec::new();
    for policy in own {
        // Without `mergeType` it counts alone: what it takes the place of matters for the reason only.
        let held = parents.iter().position(|one| one.is_some_and(|one| ours(spot.names, one.policy).is_some()));
        let counted = match policy.policy.merges {
            true => parents.as_slice(),
            false => parents.get(held.unwrap_or(0)).map(std::slice::from_ref).unwrap_or_default(),
        };
        found.extend(counted.iter().map(|parent| filters(spot, Some(policy), *parent)));
    }
    if maybe_none {
        found.extend(parents.iter().map(|parent| filters(spot, None, *parent)));
    }
    for one in &mut found {
        one.rewrites |= rewrites;
        one.doubt = one.doubt.take().or_else(|| unknown.clone());
    }
    found
}

/// The policies of which each may be the one that counts at some levels, the narrowest first, and whether it may be none.
fn levels<'m>(spot: &Spot<'m>, targets: impl IntoIterator<Item = Target<'m>>) -> (Vec<Own<'m>>, bool) {
    let policies = &spot.manifests.envoy_gateway.extensions;
    let mut found = Vec::new();
    for at in targets {
        let Attached { policies, maybe_none } =
            attach::to(spot.manifests, policies, |policy| (&policy.meta, &policy.targets), at);
        found.extend(policies.iter().map(|one| Own { policy: one.policy, at, span: one.span }));
        if !maybe_none {
            return (found, false);
        }
    }
    (found, true)
}

/// What runs by the policy of a route, if there is one, over that of its Gateway.
fn filters(spot: &Spot<'_>, own: Option<Own<'_>>, parent: Option<Own<'_>>) -> Filters {
    let is_merged = own.is_none_or(|own| own.policy.merges);
    let counted: Vec<Own<'_>> = own.into_iter().chain(parent.filter(|_| is_merged)).collect();
    // A list of the narrower policy takes the place of the other's.
    let with_modules = counted.iter().find(|one| !one.policy.modules.is_empty());
    let masking = with_modules.and_then(|one| Some((one, ours(spot.names, one.policy)?)));
    let others = counted.iter().flat_map(|one| one.policy.others.iter().map(|(key, span)| (one.policy, *key, *span)));
    let doubt =
        others.map(|(policy, key, span)| Doubt { object: policy.meta.title(), reason: Reason::Extension(key), span });
    let filter = masking.map(|(one, module)| (running(one.policy, module), Arc::clone(&module.config)));
    let filter = filter.ok_or_else(|| {
        let held = parent.filter(|parent| ours(spot.names, parent.policy).is_some());
        match (own, held) {
            (Some(own), Some(held)) => Unfiltered::Replaced {
                by: own.policy.meta.title(),
                at: title(own.at),
                instead_of: held.policy.meta.title(),
                span: own.span,
            },
            _ => wider(spot, parent).unwrap_or(Unfiltered::NotAttached(spot.listener.span)),
        }
    });
    Filters { filter, rewrites: false, doubt: doubt.into_iter().next() }
}

/// A policy of the listener without the filter, in place of one of the Gateway that has it.
fn wider(spot: &Spot<'_>, listener: Option<Own<'_>>) -> Option<Unfiltered> {
    let listener = listener.filter(|own| own.at.section.is_some())?;
    let (gateway, _) = levels(spot, [Target { object: &spot.gateway.meta, section: None }]);
    let held = gateway.into_iter().find(|own| ours(spot.names, own.policy).is_some())?;
    Some(Unfiltered::Replaced {
        by: listener.policy.meta.title(),
        at: title(listener.at),
        instead_of: held.policy.meta.title(),
        span: listener.span,
    })
}

fn title(target: Target<'_>) -> String {
    match target.section {
        Some(section) => format!("{}, section `{section}`", target.object.title()),
        None => target.object.title(),
    }
}

/// The module of a policy that masks.
fn ours<'p>(names: &FilterNames, policy: &'p ExtensionPolicy) -> Option<&'p Module> {
    policy.modules.iter().find(|module| names.is_our_module(&module.url, &module.name, &module.config))
}

fn running(policy: &ExtensionPolicy, module: &Module) -> Running {
    Running {
        extension: None,
        object: policy.meta.title(),
        config: Arc::clone(&module.config),
        fails_open: module.fails_open,
        span: policy.meta.span,
    }
}

/// Whether filters that the rule refers to rewrite paths, and the first of them that is not understood.
fn references(spot: &Spot<'_>) -> (bool, Option<Doubt>) {
    let mut rewrites = false;
    let mut doubt = None;
    for reference in &spot.rule.extensions {
        let mut filters = spot.manifests.envoy_gateway.filters.iter();
        let found = filters.find(|filter| {
            reference.kind == "HTTPRouteFilter"
                && filter.meta.name == reference.name
                && filter.meta.namespace == spot.route.meta.namespace
        });
        rewrites |= found.is_none_or(|filter| filter.rewrites);
        if found.is_none() {
            let object = format!("{} {}/{}", reference.kind, reference.namespace, reference.name);
            doubt = doubt.or(Some(Doubt { object, reason: Reason::Missing, span: reference.span }));
        }
    }
    (rewrites, doubt)
}

/// A BackendTrafficPolicy that may let clients of the route have a tunnel.
fn tunnel(spot: &Spot<'_>) -> Option<Doubt> {
    let (gateway, route) = (&spot.gateway.meta, &spot.route.meta);
    let targets = [
        (route, spot.rule.name.as_deref()),
        (route, None),
        (gateway, Some(spot.listener.name.as_str())),
        (gateway, None),
    ];
    targets.into_iter().find_map(|(object, section)| {
        let policies = &spot.manifests.envoy_gateway.traffic;
        let target = Target { object, section };
        let attached = attach::to(spot.manifests, policies, |policy| (&policy.meta, &policy.targets), target);
        attached.policies.iter().find_map(|one| {
            let span = one.policy.tunnels?;
            Some(Doubt { object: one.policy.meta.title(), reason: Reason::Tunnel, span })
        })
    })
}
