//! The alert rules, as data, each with series on which it fires and series on which it does not.

use meshveil_plan::telemetry::{MASKED_VALUES, RESPONSES, TOO_LONG, UNKNOWN_ROUTES};

use crate::FAILED_RELOADS;

/// How soon a person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Now: values may be in clear, or the workload is down.
    Critical,
    /// Today.
    Warning,
    /// When there is time.
    Info,
}

impl Urgency {
    /// The value of the label `severity`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One alert rule.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// How soon a person has to look.
    pub urgency: Urgency,
    /// PromQL; a result is an alert.
    pub expression: String,
    /// For how long it must hold, as Prometheus writes durations.
    pub holds_for: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What to do.
    pub action: &'static str,
    /// Series on which it fires after an hour: name and labels, and values each minute in promtool's notation.
    pub fires_on: Vec<Series>,
    /// Series on which it does not.
    pub quiet_on: Vec<Series>,
}

/// A series of a test.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name and labels.
    pub series: String,
    /// `0+1x60`: from 0, one more each minute, sixty times.
    pub values: &'static str,
}

const GROWS: &str = "0+60x120";
const STANDS: &str = "5+0x120";

fn response(outcome: &str, reason: &str, values: &'static str) -> Series {
    let labels =
        format!(r#"outcome="{outcome}",reason="{reason}",route="-",caller="-",stage="enforce",namespace="shop""#);
    Series { series: format!("{}{{{labels}}}", RESPONSES.name), values }
}

fn metric(name: &str, labels: &str, values: &'static str) -> Series {
    Series { series: format!("{name}{{{labels}}}"), values }
}

/// Every alert rule.
#[must_use]
pub fn alerts() -> Vec<Alert> {
    let responses = RESPONSES.name;
    let outcome = |outcome: &str| format!(r#"sum by (namespace) (increase({responses}{{outcome="{outcome}"}}[5m]))"#);
    vec![
        Alert {
            name: "MeshveilResponsesInClearOnError",
            urgency: Urgency::Critical,
            expression: format!("{} > 0", outcome("passed-on-error")),
            holds_for: "0m",
            summary: "Responses that could not be masked went on in clear",
            action: "`onError: pass` allows it. Set `block`, and list the media types that the route sends by `reads`.",
            fires_on: vec![response("passed-on-error", "content-type", GROWS)],
            quiet_on: vec![
                response("passed-on-error", "content-type", STANDS),
                response("refused", "content-type", GROWS),
            ],
        },
        Alert {
            name: "MeshveilFilterDown",
            urgency: Urgency::Critical,
            expression: format!("sum by (namespace, pod) (increase({FAILED_RELOADS}[5m])) > 0"),
            holds_for: "0m",
            summary: "The filter crashed and Envoy cannot start it again",
            action: "The proxy answers 500 to everything. Restart the pod and report the last log lines of the proxy.",
            fires_on: vec![metric("envoy_wasm_meshveil_vm_reload_failure", r#"namespace="shop",pod="a""#, GROWS)],
            quiet_on: vec![metric("envoy_wasm_meshveil_vm_reload_failure", r#"namespace="shop",pod="a""#, STANDS)],
        },
        Alert {
            name: "MeshveilRefusesResponses",
            urgency: Urgency::Warning,
            expression: format!(
                r#"sum by (namespace) (rate({responses}{{outcome=~"refused|body-dropped"}}[10m])) / sum by (namespace) (rate({responses}[10m])) > 0.01"#
            ),
            holds_for: "10m",
            summary: "More than one response in a hundred cannot be masked and is refused",
            action: "The label `reason` says why; `reads` and `passes` of the route list what may be read or passed.",
            fires_on: vec![response("refused", "content-type", GROWS), response("masked", "none", GROWS)],
            quiet_on: vec![response("refused", "content-type", STANDS), response("masked", "none", GROWS)],
        },
        Alert {
            name: "MeshveilCutsOffResponses",
            urgency: Urgency::Warning,
            expression: format!("{} > 0", outcome("aborted")),
            holds_for: "10m",
            summary: "Responses are cut off in the middle",
            action: "The upstream sends malformed JSON or passes a limit; `delivery: strict` answers 502 instead of cutting off.",
            fires_on: vec![response("aborted", "json-syntax", GROWS)],
            quiet_on: vec![response("aborted", "json-syntax", STANDS)],
        },
        Alert {
            name: "MeshveilUnlistedCaller",
            urgency: Urgency::Warning,
            expression: format!("{} > 0", outcome("denied")),
            holds_for: "15m",
            summary: "A caller that the policy does not list keeps asking",
            action: "The access log has its identity. List it in the policy, or find out who it is.",
            fires_on: vec![response("denied", "unlisted-caller", GROWS)],
            quiet_on: vec![response("denied", "unlisted-caller", STANDS)],
        },
        Alert {
            name: "MeshveilUnknownRoute",
            urgency: Urgency::Warning,
            expression: format!("sum by (namespace) (increase({}[10m])) > 0", UNKNOWN_ROUTES.name),
            holds_for: "15m",
            summary: "Routes of Envoy and the plan of the filter are of different ages",
            action: "The stricter of both counts. Apply everything that `meshveil generate` writes, together.",
            fires_on: vec![metric(UNKNOWN_ROUTES.name, r#"namespace="shop""#, GROWS)],
            quiet_on: vec![metric(UNKNOWN_ROUTES.name, r#"namespace="shop""#, STANDS)],
        },
        Alert {
            name: "MeshveilValuesTooLong",
            urgency: Urgency::Info,
            expression: format!("sum by (namespace) (increase({}[1h])) > 0", TOO_LONG.name),
            holds_for: "0m",
            summary: "Values longer than `limits.value` are replaced as a whole",
            action: "Nothing leaks. Raise `limits.value` where clients need the rest of such a value.",
            fires_on: vec![metric(TOO_LONG.name, r#"namespace="shop""#, GROWS)],
            quiet_on: vec![metric(TOO_LONG.name, r#"namespace="shop""#, STANDS)],
        },
        Alert {
            name: "MeshveilFieldMasksNothing",
            urgency: Urgency::Info,
            expression: format!(
                r#"sum by (namespace, rule) ({}) == 0 and on (namespace) sum by (namespace) ({responses}{{outcome="masked"}}) > 1000"#,
                MASKED_VALUES.name
            ),
            holds_for: "30m",
            summary: "A field of the policy has masked nothing in a thousand responses",
            action: "Its path may name what the workload no longer sends. `meshveil mask --policy` tries it on a sample.",
            fires_on: vec![
                metric(MASKED_VALUES.name, r#"namespace="shop",rule="ssn""#, "0+0x120"),
                response("masked", "none", "2000+1x120"),
            ],
            quiet_on: vec![
                metric(MASKED_VALUES.name, r#"namespace="shop",rule="ssn""#, STANDS),
                response("masked", "none", "2000+1x120"),
            ],
        },
        Alert {
            name: "MeshveilIsNotSeen",
            urgency: Urgency::Warning,
            expression: format!("absent({})", UNKNOWN_ROUTES.name),
            holds_for: "15m",
            summary: "No proxy reports the filter's metrics",
            action: "The filter is not loaded, or its proxies are not scraped (port 15090 in Istio).",
            fires_on: vec![response("masked", "none", GROWS)],
            quiet_on: vec![metric(UNKNOWN_ROUTES.name, r#"namespace="shop""#, STANDS)],
        },
    ]
}
