//! What the filter tells operators: the catalogue of its metrics, their labels and the parts of a receipt, as data. The filter
//! defines its counters by it, generated configurations and the reference page are written from it.

/// The filter state in which the filter leaves a receipt; access logs print it as `%FILTER_STATE(wasm.meshveil:PLAIN)%`.
pub const RECEIPT: &str = "meshveil";

/// What Envoy puts before the names of counters that a module defines.
pub const PREFIX: &str = "wasmcustom.";

/// A label of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// How a response ended.
    Outcome,
    /// Why it ended so.
    Reason,
    /// The route of the plan.
    Route,
    /// The caller of the plan.
    Caller,
    /// How far the route is rolled out.
    Stage,
    /// The field of the plan whose values were masked.
    Rule,
}

impl Label {
    /// Every label.
    pub const ALL: [Self; 6] = [Self::Outcome, Self::Reason, Self::Route, Self::Caller, Self::Stage, Self::Rule];

    /// The name of the label, and of the tag of Envoy that becomes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Reason => "reason",
            Self::Route => "route",
            Self::Caller => "caller",
            Self::Stage => "stage",
            Self::Rule => "rule",
        }
    }

    /// One sentence for people.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Outcome => "How the response ended.",
            Self::Reason => "Why it ended so.",
            Self::Route => {
                "The route of the plan; `-` for none of them, `?` where it cannot be told, `other` above the bound."
            }
            Self::Caller => {
                "The caller of the plan; `-` for an unlisted caller and where it was not asked, `other` above the bound."
            }
            Self::Stage => "How far the route is rolled out: `observe`, `mask` or `enforce`; `other` above the bound.",
            Self::Rule => "The field of the plan.",
        }
    }

    /// The regular expression by which Envoy takes the label out of a counter's name (`stats_tags` of
    /// `envoy.config.metrics.v3.StatsConfig`): group 1 is removed, group 2 is the value. Istio writes the same for
    /// `extraStatTags`.
    #[must_use]
    pub fn regex(self) -> String {
        format!(r"({}=\.=(.*?);\.;)", self.name())
    }
}

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the proxy restarts.
    Counter,
}

impl Kind {
    /// The word Prometheus uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
        }
    }
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, as Prometheus shows it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels, in the order in which they stand in the name of a counter.
    pub labels: &'static [Label],
    /// One sentence for people.
    pub meaning: &'static str,
}

impl Metric {
    /// The name of the counter with these values of the labels, one each: `outcome=.=masked;.;…meshveil_responses_total`.
    #[must_use]
    pub fn series(&self, values: &[&str]) -> String {
        let mut series = String::new();
        for (label, value) in self.labels.iter().zip(values) {
            for part in [label.name(), "=.=", value, ";.;"] {
                series.push_str(part);
            }
        }
        series.push_str(self.name);
        series
    }
}

/// Ends of responses.
pub const RESPONSES: Metric = Metric {
    name: "meshveil_responses_total",
    kind: Kind::Counter,
    labels: &[Label::Outcome, Label::Reason, Label::Route, Label::Caller, Label::Stage],
    meaning: "Responses of the protected workload, by how and why they ended.",
};

/// Masked values.
pub const MASKED_VALUES: Metric = Metric {
    name: "meshveil_masked_values_total",
    kind: Kind::Counter,
    labels: &[Label::Rule],
    meaning: "Values that were masked, by field; 0 for a field whose paths have selected nothing yet.",
};

/// Values and names that no path lists.
pub const UNLISTED: Metric = Metric {
    name: "meshveil_unlisted_values_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "Values and names that were masked because no path lists them (`unlisted: mask`).",
};

/// Values in which something was detected.
pub const DETECTED: Metric = Metric {
    name: "meshveil_detected_values_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "Values and names that no field masks, in which `detect` found something and masked it.",
};

/// Values longer than a limit.
pub const TOO_LONG: Metric = Metric {
    name: "meshveil_values_too_long_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "Values longer than `limits.value`, replaced as `redact` would.",
};

/// Records left out.
pub const DROPPED_RECORDS: Metric = Metric {
    name: "meshveil_dropped_records_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "Records of bodies of several that are not valid JSON and were left out (`badLines: drop`).",
};

/// Unknown routes.
pub const UNKNOWN_ROUTES: Metric = Metric {
    name: "meshveil_unknown_routes_total",
    kind: Kind::Counter,
    labels: &[],
    meaning: "Responses whose route metadata in Envoy names no route of the plan: plan and routes are of different ages.",
};

/// Responses that the next plan treats otherwise.
pub const NEXT_RESPONSES: Metric = Metric {
    name: "meshveil_next_responses_total",
    kind: Kind::Counter,
    labels: &[Label::Outcome, Label::Reason, Label::Route, Label::Caller],
    meaning: "Responses that the plan observed beside the one in force (`next`) would treat otherwise, by how: `would-mask`, `would-clear`, \
              `would-refuse` or `would-deny`. Route and caller are those of the plan in force. It is there once there is a difference.",
};

/// Values that the next plan treats otherwise.
pub const NEXT_VALUES: Metric = Metric {
    name: "meshveil_next_values_total",
    kind: Kind::Counter,
    labels: &[Label::Outcome, Label::Rule, Label::Route, Label::Caller],
    meaning: "Values that only the next plan would mask (`would-mask`), and those that only the plan in force masks (`would-clear`), by field. \
              It is there once there is a difference.",
};

/// Every metric of the filter.
pub const CATALOGUE: [Metric; 9] = [
    RESPONSES,
    MASKED_VALUES,
    UNLISTED,
    DETECTED,
    TOO_LONG,
    DROPPED_RECORDS,
    UNKNOWN_ROUTES,
    NEXT_RESPONSES,
    NEXT_VALUES,
];

/// The parts of a receipt in their order, each with what it says.
pub const RECEIPT_PARTS: [(&str, &str); 11] = [
    ("outcome", "How the response ended, as the label says it."),
    ("reason", "Why, as the label says it."),
    ("policy", "`namespace/name` of the policy."),
    ("route", "The route of the plan; `-` for none of them, `?` where it cannot be told."),
    ("caller", "The caller of the plan; `-` for an unlisted caller, and on a route with masking off."),
    ("values", "How many values were masked; with the outcome `would-mask`, how many would have been."),
    (
        "clear",
        "Which fields the caller could see in clear: `*` all of them, `-` none, otherwise their names between commas, at most 256 bytes of \
         them, then `+` and how many more.",
    ),
    ("plan", "The first 12 hexadecimal digits of the SHA-256 of the plan's text, without `next`."),
    ("next", "The same of the plan that is observed beside it; left out where there is none."),
    ("stage", "How far the route is rolled out: `observe`, `mask` or `enforce`."),
    (
        "key",
        "The id of the key by which values were masked, never that of the previous key; left out where the plan has none.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_holds_every_label_in_its_order() {
        assert_eq!(
            RESPONSES.series(&["masked", "none", "-", "a.b", "mask"]),
            "outcome=.=masked;.;reason=.=none;.;route=.=-;.;caller=.=a.b;.;stage=.=mask;.;meshveil_responses_total"
        );
        assert_eq!(TOO_LONG.series(&[]), "meshveil_values_too_long_total");
    }

    #[test]
    fn every_label_belongs_to_a_metric() {
        let used = |label| CATALOGUE.iter().any(|metric| metric.labels.contains(&label));
        assert!(Label::ALL.into_iter().all(used));
    }
}
