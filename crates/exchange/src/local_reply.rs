//! Responses that Envoy writes itself.

/// Response code details of Envoy's connection manager, router and codecs (`ResponseCodeDetailValues` in
/// `envoy/stream_info/stream_info.h`) and of its filters whose answers are a fixed text. Filters whose answers a script, a
/// service or a module writes (`lua_response`, `ext_authz_denied`) are not among them.
const DETAILS: &[&str] = &[
    "absolute_path_rejected",
    "cluster_not_found",
    "csrf_origin_mismatch",
    "direct_response",
    "downstream_header_timeout",
    "drop_overload",
    "duration_timeout",
    "early_connect_data",
    "ext_authz_error",
    "fault_filter_abort",
    "filter_added_invalid_request_data",
    "filter_added_invalid_response_data",
    "filter_chain_not_found",
    "filter_removed_required_request_headers",
    "filter_removed_required_response_headers",
    "health_check_failed",
    "health_check_failed_cluster_unhealthy",
    "health_check_ok",
    "invalid_path",
    "jwt_authn_access_denied",
    "local_rate_limited",
    "low_version",
    "maintenance_mode",
    "max_duration_timeout",
    "missing_host_header",
    "missing_path_rejected",
    "no_healthy_upstream",
    "overload",
    "path_normalization_failed",
    "rbac_access_denied_matched_policy",
    "reached_concurrency_limit",
    "rejecting_because_detection_failed",
    "request_header_timeout",
    "request_headers_failed_strict_check",
    "request_overall_timeout",
    "request_payload_exceeded_retry_buffer_limit",
    "request_payload_too_large",
    "response_payload_too_large",
    "response_timeout",
    "route_configuration_not_found",
    "route_not_found",
    "stream_idle_timeout",
    "unconditional_drop_overload",
    "upgrade_failed",
    "upstream_max_stream_duration_reached",
    "upstream_per_try_idle_timeout",
    "upstream_per_try_timeout",
    "upstream_reset_after_response_started",
    "upstream_reset_before_response_started",
    "upstream_response_timeout",
    "websocket_handshake_unsuccessful",
];

/// What the details of Envoy's codecs begin with.
const CODECS: &[&str] = &["http1.", "http2.", "http3.", "uhv."];

/// Whether Envoy wrote a response with these details (`%RESPONSE_CODE_DETAILS%`) itself. The router says `via_upstream` of every
/// response of an upstream, and other filters say what they like: what is not known is not Envoy's own.
#[must_use]
pub fn is_envoys_own(details: &[u8]) -> bool {
    // More about the reason follows in brackets.
    let name = details.split(|byte| b"{[(".contains(byte)).next().unwrap_or_default();
    let is = |known: &&str| known.as_bytes() == name;
    DETAILS.iter().any(is) || CODECS.iter().any(|codec| name.starts_with(codec.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_details_that_envoy_itself_writes_are_its_own() {
        assert!(DETAILS.is_sorted());
        for details in [
            "no_healthy_upstream",
            "upstream_reset_before_response_started{connection_termination}",
            "rbac_access_denied_matched_policy[none]",
            "jwt_authn_access_denied{Jwt_is_missing}",
            "http1.codec_error",
        ] {
            assert!(is_envoys_own(details.as_bytes()), "{details}");
        }
        for details in [
            "",
            "via_upstream",
            "cache.insert_via_upstream",
            "lua_response",
            "ext_authz_denied",
            "wasm",
            "no_healthy_upstream_at_all",
            "{no_healthy_upstream}",
            "http9.x",
        ] {
            assert!(!is_envoys_own(details.as_bytes()), "{details}");
        }
    }
}
