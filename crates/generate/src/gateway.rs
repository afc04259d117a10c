//! Envoy Gateway in front of the workload: the filter as EnvoyExtensionPolicy, client certificates of the mesh's
//! authority, and authorisation by them.

use std::fmt::Write;

use crate::{
    Source, admission,
    document::{Document, Sheet},
    network,
    yaml::{indented, quoted},
};

const VERSION: &str = "gateway.envoyproxy.io/v1alpha1";

/// Every file of manifests.
pub(crate) fn sheets(source: &Source<'_>) -> Vec<Sheet> {
    vec![
        Sheet { name: "network-policies", what: "Who may open a connection.", documents: network::documents(source) },
        Sheet {
            name: "gateway",
            what: "The gateway in front of the workload: client certificates only.",
            documents: vec![gateway(source), route(source), client_certificates(source)],
        },
        Sheet { name: "filter", what: "The masking filter and its plan.", documents: vec![filter(source)] },
        Sheet { name: "admission", what: "Pods that nothing goes past.", documents: admission::documents(source) },
    ]
}

/// A reference to the gateway, which is called after the policy.
fn target(source: &Source<'_>, kind: &str) -> String {
    format!(
        "  targetRefs: [{{ group: gateway.networking.k8s.io, kind: {kind}, name: {} }}]\n",
        quoted(&source.policy.name.value)
    )
}

fn gateway(source: &Source<'_>) -> Document {
    let mut document = source.about_workload(
        "the gateway; its certificate is the Secret of the same name with `-tls`",
        "gateway.networking.k8s.io/v1",
        "Gateway",
        "",
    );
    let _ = write!(
        document.spec,
        "  gatewayClassName: envoy-gateway
  listeners:
    - name: https
      port: 443
      protocol: HTTPS
      tls: {{ certificateRefs: [{{ kind: Secret, name: {} }}] }}
",
        quoted(&format!("{}-tls", source.policy.name.value))
    );
    document
}

fn route(source: &Source<'_>) -> Document {
    let mut document = source.about_workload(
        "all requests go to the Service of the same name",
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "",
    );
    let name = quoted(&source.policy.name.value);
    let port = source.policy.workload.ports.first().map_or(80, |port| port.port.value);
    let _ = write!(
        document.spec,
        "  parentRefs: [{{ name: {name} }}]\n  rules:\n    - backendRefs: [{{ name: {name}, port: {port} }}]\n"
    );
    document
}

/// Without a certificate of the mesh there is no connection; who it names is the filter's business.
fn client_certificates(source: &Source<'_>) -> Document {
    let mut document = source.about_workload(
        "no connection without a certificate of the authority in the ConfigMap with `-ca`",
        VERSION,
        "ClientTrafficPolicy",
        "",
    );
    document.spec = target(source, "Gateway");
    let _ = write!(
        document.spec,
        "  tls:
    clientValidation:
      optional: false
      caCertificateRefs: [{{ group: \"\", kind: ConfigMap, name: {} }}]
  path: {{ escapedSlashesAction: RejectRequest, disableMergeSlashes: false }}
",
        quoted(&format!("{}-ca", source.policy.name.value))
    );
    document
}

fn filter(source: &Source<'_>) -> Document {
    let mut document = source.about_workload("masks responses; fails closed", VERSION, "EnvoyExtensionPolicy", "");
    document.spec = target(source, "Gateway");
    let url = &source.settings.url;
    let mut code = match url.strip_prefix("oci://") {
        Some(image) => format!("type: Image\nimage:\n  url: {}\n", quoted(image)),
        None => format!("type: HTTP\nhttp:\n  url: {}\n", quoted(url)),
    };
    if let Some(sha256) = &source.settings.sha256 {
        let _ = writeln!(code, "  sha256: {}", quoted(sha256));
    }
    let mut module = format!("- name: meshveil\n  failOpen: false\n  code:\n{}", indented(&code, 4));
    if let Some(key) = &source.policy.key {
        let _ = writeln!(module, "  env: {{ hostKeys: [{}] }}", quoted(&key.env));
    }
    let _ = write!(module, "  # JSON is YAML.\n  config:\n{}", indented(&source.plan_text(), 4));
    let _ = write!(document.spec, "  wasm:\n{}", indented(&module, 4));
    document
}
