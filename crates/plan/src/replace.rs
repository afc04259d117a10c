//! What in a request may make a server read another method, host or path than those of the request line.
//!
//! A list of forbidden names never ends, and a list of allowed ones would refuse every application's own headers. So names are
//! judged by the words in them: what speaks of a path, an address, a method or a rewrite may replace it. A header that is taken
//! for one by mistake costs a relaxation, never a mask.

/// Headers of clients, gateways and proxies whose names speak of these things and which no server routes by.
const HARMLESS: &[&str] = &[
    "access-control-request-method",
    "hx-current-url",
    "x-forwarded-by",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-original-forwarded-for",
    "x-original-proto",
];

/// A word of a name that begins or ends with one of these: `base-path`, `requesturi`, `hostname`.
const AFFIXES: &[&str] = &[
    "accel",
    "dispatch",
    "domain",
    "forwarded",
    "host",
    "invoke",
    "method",
    "original",
    "overrid",
    "path",
    "prefix",
    "redirect",
    "replace",
    "rewrit",
    "script",
    "servlet",
    "subrequest",
    "uri",
    "url",
    "urls",
    "verb",
];

/// The last word of a name.
const LAST: &[&str] = &["action", "base", "endpoint", "query", "root", "route", "target", "handler", "controller"];

/// Whole names without their hyphens: what CGI calls parts of the request line, and names that say it in no word of the lists.
const NAMES: &[&str] = &[
    "destination",
    "documentroot",
    "location",
    "phpself",
    "proxy",
    "querystring",
    "servername",
    "xdestination",
    "xenvoydecoratoroperation",
    "xlocation",
    "xorig",
    "xsendfile",
    "xlighttpdsendfile",
    "xservername",
    "xwapprofile",
];

/// The pseudo-headers of a request (RFC 9113, section 8.3.1; RFC 8441, section 4): the request line itself.
const PSEUDO: &[&str] = &[":authority", ":method", ":path", ":protocol", ":scheme"];

/// Query parameters by which frameworks replace method, path or representation.
const PARAMETERS: &[&[u8]] =
    &[b"_controller", b"_format", b"_method", b"_path", b"_route", b"_url", b"rest_route", b"x-http-method-override"];

/// Whether some server, framework or proxy may take method, host or path from a header with this name. True of every name
/// with other characters than letters, digits and `-`: where names become variables (RFC 3875, section 4.1.18), `_` and `-` are
/// one, so that a header of a proxy can be written over.
#[must_use]
pub fn may_replace(name: &[u8]) -> bool {
    let is = |known: &&str| name.eq_ignore_ascii_case(known.as_bytes());
    if PSEUDO.iter().chain(HARMLESS).any(is) {
        return false;
    }
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
        return true;
    }
    let words = || name.split(|&byte| byte == b'-').filter(|word| !word.is_empty());
    let has_affix = |word: &[u8]| AFFIXES.iter().any(|affix| begins(word, affix) || ends(word, affix));
    let is_whole = |known: &&str| {
        let letters = name.iter().filter(|byte| **byte != b'-').map(u8::to_ascii_lowercase);
        letters.eq(known.bytes())
    };
    words().any(has_affix)
        || words().next_back().is_some_and(|last| LAST.iter().any(|known| ends(last, known)))
        || NAMES.iter().any(is_whole)
}

/// Whether a query (without its `?`) has a parameter by which frameworks replace method, path or representation.
pub(crate) fn query_may_replace(query: &[u8]) -> bool {
    let parameters = query.split(|byte| matches!(byte, b'&' | b';'));
    let mut names = parameters.map(|parameter| parameter.split(|&byte| byte == b'=').next().unwrap_or_default());
    names.any(|name| PARAMETERS.iter().any(|known| crate::route::decoded(name).eq(known.iter().copied())))
}

fn begins(word: &[u8], affix: &str) -> bool {
    word.get(..affix.len()).is_some_and(|start| start.eq_ignore_ascii_case(affix.as_bytes()))
}

fn ends(word: &[u8], affix: &str) -> bool {
    let start = word.len().checked_sub(affix.len());
    start.and_then(|start| word.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(affix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_may_replace_the_request_line_are_known_by_their_words() {
        for name in [
            "x-original-url",
            "x-original-uri",
            "x-original-path",
            "x-original-host",
            "x-original-method",
            "x-rewrite-url",
            "x-rewrite-uri",
            "x-rewritten-path",
            "x-override-url",
            "x-http-path-override",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-http-host-override",
            "x-http-verb",
            "x-forwarded-host",
            "x-forwarded-uri",
            "x-forwarded-url",
            "x-forwarded-path",
            "x-forwarded-prefix",
            "x-forwarded-method",
            "x-forwarded-server",
            "x-forwarded",
            "forwarded",
            "x-host",
            "x-hostname",
            "x-vhost",
            "x-envoy-original-path",
            "x-envoy-original-url",
            "x-envoy-original-host",
            "x-envoy-decorator-operation",
            "x-request-uri",
            "request-uri",
            "x-real-url",
            "x-replaced-path",
            "x-proxy-url",
            "base-url",
            "x-base-path",
            "destination",
            "x-accel-redirect",
            "x-sendfile",
            "x-send-file",
            "x-lighttpd-send-file",
            "x-wap-profile",
            "script-name",
            "script-filename",
            "path-info",
            "path-translated",
            "query-string",
            "server-name",
            "x-script-name",
            "x-context-path",
            "x-servlet-path",
            "x-requesturi",
            "baseurl",
            "x-amz-target",
            "soapaction",
            "next-action",
            "next-url",
            "x-invoke-path",
            "x-matched-path",
            "x-middleware-subrequest",
            "x-middleware-rewrite",
            "l5d-dst-override",
            "x-app-root",
            "x-domain",
            "proxy",
            "location",
            "script_name",
            "SCRIPT_NAME",
            "x_original_url",
            "x_anything",
            "a.b",
            "x-original_url",
            "$wssp",
            ":x",
            "_",
        ] {
            assert!(may_replace(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn ordinary_headers_replace_nothing() {
        for name in [
            ":authority",
            ":method",
            ":path",
            ":scheme",
            "accept",
            "accept-encoding",
            "accept-language",
            "authorization",
            "access-control-request-headers",
            "access-control-request-method",
            "b3",
            "baggage",
            "cache-control",
            "cdn-loop",
            "cf-connecting-ip",
            "cf-ray",
            "connection",
            "content-length",
            "content-location",
            "content-type",
            "cookie",
            "date",
            "device-memory",
            "dnt",
            "early-data",
            "expect",
            "from",
            "grpc-timeout",
            "hx-request",
            "http2-settings",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "keep-alive",
            "max-forwards",
            "ocp-apim-subscription-key",
            "origin",
            "pragma",
            "priority",
            "proxy-authorization",
            "range",
            "referer",
            "save-data",
            "sec-ch-ua",
            "sec-fetch-dest",
            "sec-fetch-mode",
            "sec-fetch-site",
            "sec-websocket-key",
            "sentry-trace",
            "te",
            "traceparent",
            "tracestate",
            "trailer",
            "transfer-encoding",
            "uber-trace-id",
            "upgrade",
            "upgrade-insecure-requests",
            "user-agent",
            "via",
            "x-amz-security-token",
            "x-amzn-trace-id",
            "x-api-key",
            "x-b3-traceid",
            "x-client-data",
            "x-cloud-trace-context",
            "x-correlation-id",
            "x-csrf-token",
            "x-customer-id",
            "x-datadog-origin",
            "x-envoy-attempt-count",
            "x-envoy-downstream-service-cluster",
            "x-envoy-expected-rq-timeout-ms",
            "x-envoy-external-address",
            "x-envoy-internal",
            "x-envoy-peer-metadata",
            "x-envoy-peer-metadata-id",
            "x-envoy-upstream-rq-timeout-ms",
            "x-forwarded-client-cert",
            "x-forwarded-for",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-istio-attributes",
            "x-ot-span-context",
            "x-partner",
            "x-real-ip",
            "x-request-id",
            "x-requested-with",
            "x-tenant",
            "x-user",
            "x-your-id",
        ] {
            assert!(!may_replace(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn parameters_that_replace_the_method_or_the_path_are_known_in_every_spelling() {
        for query in ["_method=POST", "a=1&_method", "a;_url=/customers", "%5fmethod=x", "_METHOD=x", "rest_route=/a"] {
            assert!(query_may_replace(query.as_bytes()), "{query}");
        }
        for query in ["", "_=17", "a=_method", "method=x", "page=2&size=_url"] {
            assert!(!query_may_replace(query.as_bytes()), "{query}");
        }
    }
}
