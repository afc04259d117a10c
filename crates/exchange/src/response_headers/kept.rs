//! The response headers and trailers that arrive where a view masks: registered ones that say nothing of the body, and what
//! frameworks, browsers and meshes need. A list of forbidden names would never end; this one does.

/// What becomes of a header of a masked view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It arrives as it is.
    Keep,
    /// It arrives unless its value looks like something sensitive: free text of the application that clients need.
    Screen,
    /// It goes.
    Remove,
}

/// Headers that arrive as they are, sorted.
const KEPT: &[&str] = &[
    ":status",
    // HTTP itself (RFC 9110, 9111, 9112) and what negotiates.
    "accept",
    "accept-ch",
    "accept-encoding",
    "accept-patch",
    "accept-post",
    "accept-query",
    "accept-signature",
    "age",
    "allow",
    "api-supported-versions",
    "api-version",
    "b3",
    "cache-control",
    "cache-status",
    "cf-cache-status",
    "cf-ray",
    "clear-site-data",
    "connection",
    "content-language",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "correlation-id",
    "critical-ch",
    "dataserviceversion",
    "date",
    "dav",
    "deprecation",
    "document-policy",
    "expect-ct",
    "expires",
    "feature-policy",
    "fly-request-id",
    "grpc-status",
    "keep-alive",
    "last-modified",
    "nel",
    "no-vary-search",
    "odata-version",
    "origin-agent-cluster",
    "permissions-policy",
    "pragma",
    "preference-applied",
    "priority",
    "proxy-authenticate",
    "proxy-connection",
    "referrer-policy",
    "report-to",
    "reporting-endpoints",
    "request-id",
    "retry-after",
    "sentry-trace",
    "server",
    "speculation-rules",
    "strict-transport-security",
    "sunset",
    "timing-allow-origin",
    "traceparent",
    "traceresponse",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "uber-trace-id",
    "upgrade",
    "vary",
    "via",
    "x-amz-apigw-id",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-api-version",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cache",
    "x-cache-hits",
    "x-cloud-trace-context",
    "x-content-type-options",
    "x-correlation-id",
    "x-correlationid",
    "x-datadog-parent-id",
    "x-datadog-sampling-priority",
    "x-datadog-trace-id",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-envoy-attempt-count",
    "x-envoy-degraded",
    "x-envoy-immediate-health-check-fail",
    "x-envoy-overloaded",
    "x-envoy-peer-metadata",
    "x-envoy-peer-metadata-id",
    "x-envoy-ratelimited",
    "x-envoy-upstream-service-time",
    "x-frame-options",
    "x-generator",
    "x-github-request-id",
    "x-kong-proxy-latency",
    "x-kong-request-id",
    "x-kong-upstream-latency",
    "x-ms-activity-id",
    "x-ms-client-request-id",
    "x-ms-correlation-request-id",
    "x-ms-request-id",
    "x-ms-version",
    "x-ot-span-context",
    "x-page",
    "x-per-page",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-process-time",
    "x-request-id",
    "x-request-start",
    "x-requestid",
    "x-response-time",
    "x-robots-tag",
    "x-runtime",
    "x-served-by",
    "x-timer",
    "x-total",
    "x-total-count",
    "x-total-pages",
    "x-trace-id",
    "x-traceid",
    "x-transaction-id",
    "x-ua-compatible",
    "x-vercel-cache",
    "x-vercel-id",
    "x-xss-protection",
];

/// Families of headers that arrive: what they begin with, and the words that may follow, joined by `-`.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "access-control-",
        &["allow", "origin", "credentials", "headers", "methods", "private", "network", "expose", "max", "age"],
    ),
    ("cross-origin-", &["embedder", "opener", "resource", "policy", "report", "only"]),
    ("ratelimit", RATES),
    ("x-rate-limit", RATES),
    ("x-ratelimit", RATES),
];

const RATES: &[&str] = &[
    "",
    "limit",
    "remaining",
    "reset",
    "used",
    "policy",
    "resource",
    "after",
    "second",
    "minute",
    "hour",
    "day",
    "month",
    "requests",
    "tokens",
    "input",
    "output",
    "burst",
    "capacity",
    "replenish",
    "rate",
    "interval",
];

/// What becomes of a header (lower case) of a response with this status.
#[must_use]
pub fn treatment(name: &[u8], status: u32) -> Treatment {
    match name {
        b"set-cookie" | b"www-authenticate" => Treatment::Screen,
        // Where a client goes next. On other responses it is a statement of the application's own.
        b"location" if status == 201 || status == 202 || (300..400).contains(&status) => Treatment::Screen,
        _ if is_kept(name) => Treatment::Keep,
        _ => Treatment::Remove,
    }
}

fn is_kept(name: &[u8]) -> bool {
    KEPT.binary_search_by(|kept| kept.as_bytes().cmp(name)).is_ok()
        || FAMILIES.iter().any(|(beginning, words)| {
            let rest = name.strip_prefix(beginning.as_bytes());
            rest.is_some_and(|rest| {
                rest.split(|&byte| byte == b'-').all(|word| words.iter().any(|known| known.as_bytes() == word))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_sorted() {
        assert!(KEPT.is_sorted());
    }

    #[test]
    fn what_ordinary_clients_need_arrives() {
        for name in [
            "access-control-allow-origin",
            "access-control-expose-headers",
            "access-control-max-age",
            "cross-origin-opener-policy-report-only",
            "x-request-id",
            "traceparent",
            "ratelimit",
            "ratelimit-policy",
            "x-ratelimit-limit-requests",
            "x-ratelimit-remaining-minute",
            "x-rate-limit-reset",
            "retry-after",
            "x-envoy-peer-metadata-id",
            ":status",
        ] {
            assert_eq!(treatment(name.as_bytes(), 200), Treatment::Keep, "{name}");
        }
    }

    #[test]
    fn what_describes_the_body_or_is_unknown_goes() {
        for name in [
            "etag",
            // What was encoded leaves decoded.
            "content-encoding",
            "x-etag",
            "content-length",
            "digest",
            "content-digest",
            "repr-digest",
            "content-md5",
            "x-checksum-sha256",
            "x-amz-meta-md5",
            "signature",
            "signature-input",
            "link",
            "content-location",
            "content-disposition",
            "refresh",
            "alt-svc",
            "server-timing",
            "accept-ranges",
            "grpc-message",
            "x-customer",
            "access-control-",
            "access-control-user",
            "x-ratelimit-user",
            "baggage",
            "location",
            "warning",
            "",
        ] {
            assert_eq!(treatment(name.as_bytes(), 200), Treatment::Remove, "{name}");
        }
    }

    #[test]
    fn location_arrives_where_a_client_follows_it() {
        for (status, expected) in [
            (200, Treatment::Remove),
            (201, Treatment::Screen),
            (202, Treatment::Screen),
            (302, Treatment::Screen),
            (308, Treatment::Screen),
            (404, Treatment::Remove),
        ] {
            assert_eq!(treatment(b"location", status), expected, "{status}");
        }
    }
}
