//! The panels of the dashboard, as data.

use meshveil_plan::telemetry::{DROPPED_RECORDS, MASKED_VALUES, RESPONSES, TOO_LONG, UNKNOWN_ROUTES};

use crate::{FAILED_RELOADS, RELOADS};

/// What a panel draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// Lines over time.
    Lines,
    /// One number.
    Number,
    /// Rows.
    Table,
}

/// A unit of Grafana.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Responses or values a second.
    PerSecond,
    /// A share between 0 and 1.
    Share,
    /// A count.
    Count,
}

/// One panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What it shows.
    pub title: &'static str,
    /// What a person has to know to read it.
    pub description: &'static str,
    /// How it is drawn.
    pub drawing: Drawing,
    /// What its numbers are.
    pub unit: Unit,
    /// PromQL; [`SELECTION`] and [`WINDOW`] stand in it.
    pub expression: String,
    /// The name of a line, of labels.
    pub legend: &'static str,
}

/// Restricts a metric to the namespaces that are chosen. A scrape without that label is in every choice of all.
pub const SELECTION: &str = r#"namespace=~"$namespace""#;

/// The window of a rate.
pub const WINDOW: &str = "$__rate_interval";

/// Every panel, in the order in which the dashboard shows them.
#[must_use]
pub fn panels() -> Vec<Panel> {
    let rate = |metric: &str, labels: &str| {
        let and = if labels.is_empty() { "" } else { "," };
        format!("rate({metric}{{{SELECTION}{and}{labels}}}[{WINDOW}])")
    };
    let responses = |labels| rate(RESPONSES.name, labels);
    let cut = r#"outcome=~"refused|aborted|body-dropped""#;
    vec![
        Panel {
            title: "Responses by outcome",
            description: "Every response of the protected workloads, by how it ended.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: format!("sum by (outcome) ({})", responses("")),
            legend: "{{outcome}}",
        },
        Panel {
            title: "Share of responses that are refused or cut off",
            description: "Above zero, clients of the workload see errors that the filter makes: look at the reasons.",
            drawing: Drawing::Number,
            unit: Unit::Share,
            expression: format!("(sum({}) or vector(0)) / sum({})", responses(cut), responses("")),
            legend: "",
        },
        Panel {
            title: "Responses in clear though they could not be masked",
            description: "`onError: pass` let them through. Zero unless a policy says so.",
            drawing: Drawing::Number,
            unit: Unit::PerSecond,
            expression: format!("sum({}) or vector(0)", responses(r#"outcome="passed-on-error""#)),
            legend: "",
        },
        Panel {
            title: "Crashes of the filter that Envoy could not repair",
            description: "The proxy answers 500 to everything until it is restarted. Counts the wasm filters of all makers in these proxies.",
            drawing: Drawing::Number,
            unit: Unit::Count,
            expression: format!("sum({FAILED_RELOADS}) or vector(0)"),
            legend: "",
        },
        Panel {
            title: "Refused, cut off or without their body, by reason",
            description: "Which responses the filter cannot mask, and where. A content type that is not read can be listed by `reads` or `passes`.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: format!("sum by (outcome, reason, route) ({})", responses(cut)),
            legend: "{{outcome}}: {{reason}} on {{route}}",
        },
        Panel {
            title: "Observed: what would be refused or denied",
            description: "Before a policy or a route goes from `observe` to `mask`, this has to be nothing for a while.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: format!(
                "sum by (outcome, reason, route, caller) ({}) or vector(0)",
                responses(r#"outcome=~"would-refuse|would-deny""#)
            ),
            legend: "{{outcome}}: {{reason}} on {{route}} for {{caller}}",
        },
        Panel {
            title: "Denied callers",
            description: "Requests of callers that the policy does not list.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: format!("sum by (route) ({})", responses(r#"outcome="denied""#)),
            legend: "route {{route}}",
        },
        Panel {
            title: "Responses in clear, by caller",
            description: "Who gets responses that are not masked, and by which rule.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: format!(
                "sum by (caller, reason, route) ({})",
                responses(r#"outcome="passed",reason=~"sees-all|route-off|media-type""#)
            ),
            legend: "{{caller}}: {{reason}} on {{route}}",
        },
        Panel {
            title: "Masked values by field",
            description: "How many values each field of the policy masks.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: format!("sum by (rule) ({})", rate(MASKED_VALUES.name, "")),
            legend: "{{rule}}",
        },
        Panel {
            title: "Fields that mask nothing",
            description: "Fields whose paths have selected no value since the proxies started: the name in the policy may be wrong.",
            drawing: Drawing::Table,
            unit: Unit::Count,
            expression: format!("sum by (rule) ({}{{{SELECTION}}}) == 0", MASKED_VALUES.name),
            legend: "{{rule}}",
        },
        Panel {
            title: "Values above a limit, records left out, unknown routes",
            description: "Values replaced as a whole, records that are not valid JSON (`badLines: drop`), and routes of Envoy that the plan does not know.",
            drawing: Drawing::Lines,
            unit: Unit::PerSecond,
            expression: [TOO_LONG, DROPPED_RECORDS, UNKNOWN_ROUTES]
                .map(|metric| {
                    format!(r#"label_replace(sum({}), "what", "{}", "", "")"#, rate(metric.name, ""), metric.name)
                })
                .join(" or "),
            legend: "{{what}}",
        },
        Panel {
            title: "Crashes of the filter that Envoy repaired",
            description: "Each is a fault of the filter: one request failed, none was served unmasked.",
            drawing: Drawing::Number,
            unit: Unit::Count,
            expression: format!("sum({RELOADS}) or vector(0)"),
            legend: "",
        },
    ]
}
