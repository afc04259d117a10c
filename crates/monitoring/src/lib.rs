//! What operators look at, made from the filter's own catalogue ([`meshveil_plan::telemetry`]): a Grafana dashboard, alert rules
//! for Prometheus with their tests, and the reference page. A metric that is renamed is renamed in all of them.

pub mod alert;
pub mod dashboard;
pub mod ending;
pub mod page;
pub mod panel;
pub mod rules;

/// The counters of crashes after which Envoy could not start the filter again, of every plug-in of a proxy: their names hold the
/// plug-in's, which Istio chooses.
const FAILED_RELOADS: &str = r#"{__name__=~"envoy_wasm_.+_vm_reload_failure"}"#;

/// The counters of crashes after which Envoy started the filter again.
const RELOADS: &str = r#"{__name__=~"envoy_wasm_.+_vm_reload_success"}"#;
