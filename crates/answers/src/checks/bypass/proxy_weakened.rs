//! B6: settings of the pod that replace or disarm its proxy.

use crate::checks::{Check, Context};
use meshveil_reach::finding::Finding;
use meshveil_reach::manifest::kinds::workload::Container;
use meshveil_reach::mesh::enrollment::{foreign_template, proxy_config};
use meshveil_text::codes;

pub const CHECK: Check = Check { code: &codes::bypass::PROXY_WEAKENED, run };

fn run(context: &Context<'_, '_>, findings: &mut Vec<Finding>) {
    for (_, workload) in context.each() {
        let annotations = &workload.annotations;
        let mut say = |span, what: String, help: &str| {
            let message = format!("`{}`: {what}", workload.title());
            findings.push(Finding::new(CHECK.code, span, message).help(help));
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
        if let Some((template, span)) = foreign_template(workload) {
            let what = if template.starts_with("grpc-") {
                format!("the `{template}` template has no Envoy, so no filter")
            } else {
                format!("the template `{template}` is not Istio's `sidecar`: what runs as the proxy is unknown")
            };
            say(span, what, "inject the `sidecar` template");
        }
        if let Some((config, span)) = proxy_config(workload) {
            if config.text_at("interceptionMode") == Some("NONE") {
                say(span, "`interceptionMode: NONE` in `proxy.istio.io/config`".to_owned(), "remove the setting");
            }
            for key in ["binaryPath", "customConfigFile", "proxyBootstrapTemplatePath"] {
                if config.get(key).is_some() {
                    let what = format!("`{key}` in `proxy.istio.io/config` replaces what runs as the proxy");
                    say(span, what, "remove the setting");
                }
            }
        }
        let is_injected = workload.is_running || annotations.get("sidecar.istio.io/status").is_some();
        let own = |c: &&Container| c.name == "istio-proxy" && !c.image.is_empty() && c.image != "auto";
        if let Some(container) = workload.containers.iter().find(own).filter(|_| !is_injected) {
            let what = format!("the image `{}` replaces the proxy's", container.image);
            say(container.span, what, "write `image: auto`, or leave the container out");
        }
        let label = "security.istio.io/tlsMode";
        if let Some(span) = workload.labels.span(label).filter(|_| workload.labels.get(label) == Some("disabled")) {
            say(span, format!("label `{label}: disabled` makes callers use plaintext"), "remove the label");
        }
    }
}
