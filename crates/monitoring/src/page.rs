//! The reference page about metrics, receipts and logs.

use std::fmt::Write as _;

use meshveil_exchange::telemetry::Outcome;
use meshveil_plan::telemetry::{CATALOGUE, Label, PREFIX, RECEIPT, RECEIPT_PARTS};

use crate::{alert::alerts, ending, panel::panels};

/// The page, as Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = format!(
        "<!-- Made from the catalogue: MESHVEIL_BLESS=1 cargo test -p meshveil-monitoring -->\n# Telemetry\n\n{INTRODUCTION}\n"
    );
    page += "\n## Metrics\n\n| metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n";
    for metric in CATALOGUE {
        let labels = metric.labels.iter().map(|label| format!("`{}`", label.name())).collect::<Vec<_>>().join(", ");
        let _ = writeln!(page, "| `{}` | {} | {labels} | {} |", metric.name, metric.kind.name(), metric.meaning);
    }
    page += "\n| label | meaning |\n| --- | --- |\n";
    for label in Label::ALL {
        let _ = writeln!(page, "| `{}` | {} |", label.name(), label.meaning());
    }
    page += "\n| `outcome` | meaning |\n| --- | --- |\n";
    for outcome in Outcome::ALL {
        let _ = writeln!(page, "| `{}` | {} |", outcome.as_str(), ending::outcome(outcome));
    }
    page += "\n| `reason` | meaning |\n| --- | --- |\n";
    for (reason, meaning) in ending::reasons() {
        let _ = writeln!(page, "| `{reason}` | {meaning} |");
    }
    let _ = write!(page, "\n## Labels in Istio and in Envoy\n\n{}\n", labels());
    let _ = write!(
        page,
        "\n## Receipts\n\nFor every response of a protected workload the filter leaves a receipt in the filter state `wasm.{RECEIPT}`: \
         parts between `;`, each `name=value`. No part holds a value of a body.\n\n| part | meaning |\n| --- | --- |\n"
    );
    for (part, meaning) in RECEIPT_PARTS {
        let _ = writeln!(page, "| `{part}` | {meaning} |");
    }
    let _ = write!(page, "\n{}\n", log());
    page += "\n## Dashboard\n\n[`docs/monitoring/dashboard.json`](../monitoring/dashboard.json) is a dashboard for Grafana 10 or later:\n\n";
    for panel in panels() {
        let _ = writeln!(page, "- **{}**: {}", panel.title, panel.description);
    }
    page += "\n## Alerts\n\n[`docs/monitoring/alerts.yaml`](../monitoring/alerts.yaml) for Prometheus, \
             [`docs/monitoring/prometheus-rule.yaml`](../monitoring/prometheus-rule.yaml) for its operator.\n\n\
             | alert | severity | summary | what to do |\n| --- | --- | --- | --- |\n";
    for alert in alerts() {
        let _ =
            writeln!(page, "| `{}` | {} | {} | {} |", alert.name, alert.urgency.name(), alert.summary, alert.action);
    }
    page
}

const INTRODUCTION: &str = "\
The filter counts every response of a protected workload and leaves a receipt for it. Names of metrics, labels and parts are stable; \
no value of a body, no key and no path is ever in them. Counters are kept by the proxy and start at zero when it does. \
Routes and callers are those of the policy, so the number of series is bounded: above 4,096 combinations both are `other`.";

/// How the labels are switched on.
fn labels() -> String {
    let names = Label::ALL.map(Label::name).join(", ");
    format!(
        "Envoy hands a counter of a filter on under the name that the filter gave it, without labels. Our names hold them in the \
         notation of Istio, and the proxy takes them apart when it is told to.\n\n\
         Plain Envoy: `meshveil generate --target envoy` writes `stats_tags` with these expressions.\n\n\
         Istio: an annotation of the pod template, or `defaultConfig` of the mesh. Proxies read it when they start. Istio's own filter \
         of statistics lets names pass that begin with `{PREFIX}`.\n\n\
         ```yaml\nproxy.istio.io/config: |\n  extraStatTags: [{names}]\n```"
    )
}

/// How receipts get into access logs.
fn log() -> String {
    format!(
        "`meshveil generate --target envoy` writes an access log with receipts. In Istio it is a provider of the mesh configuration, \
         switched on by a Telemetry resource. The format below has the time, the caller, the request's id, the path without its query \
         string, which may hold values, and the receipt.\n\n\
         ```yaml\nextensionProviders:\n- name: meshveil\n  envoyFileAccessLog:\n    path: /dev/stdout\n    logFormat:\n      labels:\n        \
         time: \"%START_TIME%\"\n        method: \"%REQ(:METHOD)%\"\n        path: \"%PATH(NQ)%\"\n        status: \"%RESPONSE_CODE%\"\n        \
         details: \"%RESPONSE_CODE_DETAILS%\"\n        caller: \"%DOWNSTREAM_PEER_URI_SAN%\"\n        request: \"%REQ(X-REQUEST-ID)%\"\n        \
         meshveil: \"%FILTER_STATE(wasm.{RECEIPT}:PLAIN)%\"\n```"
    )
}
