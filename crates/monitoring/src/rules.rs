//! Alert rules in Prometheus' own format, as an object for its operator, and their tests for `promtool`.

use meshveil_text::{
    block,
    yaml::{self, Map, quoted},
};

use crate::alert::{Alert, Series, alerts};

const WHAT: &str = "Alert rules for the filter, made from its catalogue of metrics.";

/// The file of rules; `promtool check rules` takes it.
#[must_use]
pub fn rules() -> String {
    yaml::file(&[WHAT], [groups()])
}

/// The same for Prometheus' operator.
#[must_use]
pub fn object() -> String {
    let object = block!({
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: "meshveil" },
        spec: groups(),
    });
    yaml::file(&[WHAT], [object])
}

/// Tests for `promtool test rules`: each alert fires on its first series and not on its second. `file` holds the rules.
#[must_use]
pub fn tests(file: &str) -> String {
    let both = |alert: Alert| [test(&alert, &alert.fires_on, true), test(&alert, &alert.quiet_on, false)];
    let tests = block!({
        rule_files: [quoted(file)],
        evaluation_interval: "1m",
        tests: [..alerts().into_iter().flat_map(both)],
    });
    yaml::document(tests)
}

fn groups() -> Map {
    block!({ groups: [{ name: "meshveil", rules: [..alerts().iter().map(rule)] }] })
}

fn rule(alert: &Alert) -> Map {
    block!({
        alert: alert.name,
        expr: quoted(&alert.expression),
        "for": alert.holds_for,
        labels: { severity: alert.urgency.name() },
        annotations: { summary: quoted(alert.summary), description: quoted(alert.action) },
    })
}

fn test(alert: &Alert, series: &[Series], fires: bool) -> Map {
    let given = series.iter().map(|given| block!({ series: quoted(&given.series), values: quoted(given.values) }));
    // How many alerts there are, whatever their labels.
    let expression = format!(r#"count(ALERTS{{alertname="{}",alertstate="firing"}}) or vector(0)"#, alert.name);
    block!({
        interval: "1m",
        input_series: [..given],
        promql_expr_test: [{
            expr: quoted(expression),
            eval_time: "90m",
            exp_samples: [{ labels: quoted("{}"), value: u16::from(fires) }],
        }],
    })
}
