//! B6: settings of the pod that replace or disarm its proxy.

use crate::checks::{Check, Context};
use crate::finding::{Finding, Severity};

pub const CHECK: Check = Check { code: "MV-B06", title: "a pod that disarms its proxy", run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (_, workload) in context.each() {
        let annotations = &workload.annotations;
        let mut say = |span, what: String, help: &str| {
            let message = format!("`{}`: {what}", workload.title());
            findings.push(Finding::new(CHECK.code, Severity::Error, span, message).help(help));
        };
        let of = |key: &str| annotations.get(key).zip(annotations.span(key));
        if let Some((_, span)) = of("sidecar.istio.io/interceptionMode").filter(|(mode, _)| *mode == "NONE") {
            say(
                span,
                "`interceptionMode: NONE` leaves all traffic with the application".to_owned(),
                "remove the annotation",
            );
        }
        for key in ["sidecar.istio.io/bootstrapOverride", "sidecar.istio.io/proxyImage"] {
            if let Some((value, span)) = of(key) {
                say(span, format!("`{key}: {value}` replaces what runs as the proxy"), "remove the annotation");
            }
        }
        if let Some((_, span)) =
            of("inject.istio.io/templates").filter(|(list, _)| list.split(',').any(|t| t.trim() == "grpc-agent"))
        {
            say(
                span,
                "the `grpc-agent` template has no Envoy, so no filter".to_owned(),
                "inject the `sidecar` template",
            );
        }
        if let Some((_, span)) = of("proxy.istio.io/config")
            .filter(|(config, _)| config.contains("interceptionMode") && config.contains("NONE"))
        {
            say(span, "`interceptionMode: NONE` in `proxy.istio.io/config`".to_owned(), "remove the setting");
        }
        let label = "security.istio.io/tlsMode";
        if let Some(span) = workload.labels.span(label).filter(|_| workload.labels.get(label) == Some("disabled")) {
            say(span, format!("label `{label}: disabled` makes callers use plaintext"), "remove the label");
        }
    }
}
