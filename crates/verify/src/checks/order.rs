//! The order of HTTP filters: who is calling, who may, the filter, the guard, the router.

use meshveil_chain::names;
use meshveil_plan::Identity;
use meshveil_text::{Finding, Severity, codes::verify as codes};

use super::{
    filter::{Running, What},
    listener::Place,
};
use crate::{dump::shown, lead::Question};

/// What a filter is to the data that passes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// It says who is calling.
    Identifies,
    /// It refuses some requests.
    Authorises,
    /// It keeps responses, and gives them to other callers.
    Keeps,
    /// It encodes bodies.
    Encodes,
    /// It leaves data alone.
    None,
    /// It may do anything with a request or a response.
    Anything,
}

/// Kinds of settings with what their filters do.
const KINDS: [(&str, Effect); 35] = [
    ("envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", Effect::Identifies),
    ("istio.envoy.config.filter.http.authn.v2alpha1.FilterConfig", Effect::Identifies),
    ("envoy.extensions.filters.http.oauth2.v3.OAuth2", Effect::Identifies),
    ("envoy.extensions.filters.http.header_to_metadata.v3.Config", Effect::Identifies),
    (names::RBAC_TYPE, Effect::Authorises),
    ("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", Effect::Authorises),
    ("envoy.extensions.filters.http.csrf.v3.CsrfPolicy", Effect::None),
    ("envoy.extensions.filters.http.cache.v3.CacheConfig", Effect::Keeps),
    ("envoy.extensions.filters.http.cache_v2.v3.CacheV2Config", Effect::Keeps),
    ("envoy.extensions.filters.http.compressor.v3.Compressor", Effect::Encodes),
    ("envoy.extensions.filters.http.decompressor.v3.Decompressor", Effect::None),
    (names::ROUTER_TYPE, Effect::None),
    ("envoy.extensions.filters.http.cors.v3.Cors", Effect::None),
    ("envoy.extensions.filters.http.fault.v3.HTTPFault", Effect::None),
    ("envoy.extensions.filters.http.buffer.v3.Buffer", Effect::None),
    ("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit", Effect::None),
    ("envoy.extensions.filters.http.ratelimit.v3.RateLimit", Effect::None),
    ("envoy.extensions.filters.http.grpc_stats.v3.FilterConfig", Effect::None),
    ("envoy.extensions.filters.http.health_check.v3.HealthCheck", Effect::None),
    ("envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit", Effect::None),
    ("envoy.extensions.filters.http.admission_control.v3.AdmissionControl", Effect::None),
    ("envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency", Effect::None),
    ("envoy.extensions.filters.http.on_demand.v3.OnDemand", Effect::None),
    ("envoy.extensions.filters.http.original_src.v3.OriginalSrc", Effect::None),
    ("envoy.extensions.filters.http.set_filter_state.v3.Config", Effect::None),
    ("envoy.extensions.filters.http.set_metadata.v3.Config", Effect::None),
    ("envoy.extensions.filters.http.stateful_session.v3.StatefulSession", Effect::None),
    ("envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec", Effect::None),
    ("envoy.extensions.filters.http.connect_grpc_bridge.v3.FilterConfig", Effect::Anything),
    ("istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig", Effect::None),
    ("io.istio.http.peer_metadata.Config", Effect::None),
    ("istio.telemetry.v1alpha1.Config", Effect::None),
    ("stats.PluginConfig", Effect::None),
    ("envoy.config.filter.http.alpn.v2alpha1.FilterConfig", Effect::None),
    ("envoy.extensions.filters.http.geoip.v3.Geoip", Effect::None),
];

fn effect(what: &What<'_>) -> Effect {
    match what {
        What::Ours(..) | What::Guard => Effect::None,
        What::Empty(_) => Effect::Anything,
        What::Other { kind, is_module } if kind == names::WASM_TYPE => {
            if *is_module {
                Effect::Anything
            } else {
                Effect::None
            }
        }
        What::Other { kind, .. } => {
            KINDS.iter().find(|(known, _)| known == kind).map_or(Effect::Anything, |(_, effect)| *effect)
        }
    }
}

pub(super) fn check(
    question: &Question<'_>,
    at: &Place<'_>,
    filters: &[Running<'_>],
    (ours, guard): (usize, Option<usize>),
    findings: &mut Vec<Finding>,
) {
    let title = at.title();
    let plan = question.policy.plan();
    let by_claim =
        plan.callers.iter().flat_map(|caller| &caller.matches).any(|known| matches!(known, Identity::Claim { .. }));
    let mut add = |code, severity, filter: &Running<'_>, text: String| {
        let message = format!("{title}: `{}` {text}", shown(filter.name));
        findings.push(Finding::new(code, filter.span, message).severity(severity).help(ORDER));
    };
    for (number, filter) in filters.iter().enumerate().filter(|(number, _)| *number != ours && Some(*number) != guard) {
        let is_behind = number > ours;
        match effect(&filter.what) {
            Effect::Identifies if is_behind && by_claim => {
                add(
                    &codes::FILTER_ORDER,
                    Severity::Error,
                    filter,
                    "checks tokens behind the filter, which decides before it knows the caller".to_owned(),
                );
            }
            Effect::Identifies | Effect::Authorises if is_behind => {
                add(
                    &codes::FILTER_ORDER,
                    Severity::Warning,
                    filter,
                    "says who may ask behind the filter, and belongs in front of it".to_owned(),
                );
            }
            Effect::Keeps if !is_behind => {
                add(
                    &codes::SHARED_CACHE,
                    Severity::Error,
                    filter,
                    "keeps responses in front of the filter: what one caller may see, another gets".to_owned(),
                );
            }
            Effect::Encodes if is_behind => {
                add(
                    &codes::FILTER_ORDER,
                    Severity::Warning,
                    filter,
                    "encodes bodies before the filter has read them".to_owned(),
                );
            }
            Effect::Anything => {
                let text = if is_behind {
                    "sees the clear data, and what it does with it is not known"
                } else {
                    "may change what the filter decides by, and what it does is not known"
                };
                add(&codes::UNKNOWN_FILTER, Severity::Warning, filter, text.to_owned());
            }
            _ => {}
        }
    }
    match guard.and_then(|number| Some((number, filters.get(number)?))) {
        Some((number, guard)) if number < ours => {
            add(
                &codes::FILTER_ORDER,
                Severity::Error,
                guard,
                "is the guard, stands in front of the filter and refuses every request".to_owned(),
            );
        }
        Some((_, guard)) if guard.is_disabled => {
            add(
                &codes::NO_GUARD,
                Severity::Warning,
                guard,
                "is the guard, and does not run: `disabled: true`".to_owned(),
            );
        }
        None if question.policy.rolled_out() == meshveil_plan::Stage::Enforce => {
            if let Some(filter) = filters.get(ours) {
                add(
                    &codes::NO_GUARD,
                    Severity::Warning,
                    filter,
                    "has no guard behind it: nothing else stops a request should it be gone".to_owned(),
                );
            }
        }
        _ => {}
    }
}

const ORDER: &str = "the order is: who is calling (tokens), who may ask (RBAC), the filter, the guard, the router";
