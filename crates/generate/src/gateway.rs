//! Envoy Gateway in front of the workload: the filter as EnvoyExtensionPolicy, client certificates of the mesh's
//! authority, and authorisation by them.

use meshveil_text::{
    block, flow,
    yaml::{List, quoted},
};

use crate::{
    Source, admission,
    document::{Document, Kind, Sheet},
    network,
};

const GATEWAY: Kind = Kind { version: "gateway.networking.k8s.io/v1", kind: "Gateway" };
const ROUTE: Kind = Kind { version: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" };
const CLIENTS: Kind = Kind { version: "gateway.envoyproxy.io/v1alpha1", kind: "ClientTrafficPolicy" };
const EXTENSION: Kind = Kind { version: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyExtensionPolicy" };

/// Every file of manifests.
pub(crate) fn sheets(source: &Source<'_>) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    if source.enforces() {
        let (name, what) = ("network-policies", "Who may open a connection.");
        sheets.push(Sheet { name, what, documents: network::documents(source) });
    }
    sheets.extend([
        Sheet {
            name: "gateway",
            what: "The gateway in front of the workload: client certificates only.",
            documents: vec![gateway(source), route(source), client_certificates(source)],
        },
        Sheet { name: "filter", what: "The masking filter and its plan.", documents: vec![filter(source)] },
        Sheet { name: "admission", what: "Pods that nothing goes past.", documents: admission::documents(source) },
    ]);
    sheets
}

/// References to the gateway, which is called after the policy.
fn targets(source: &Source<'_>) -> List {
    let name = quoted(&source.policy.name.value);
    flow!([{ group: "gateway.networking.k8s.io", kind: "Gateway", name: name }])
}

fn gateway(source: &Source<'_>) -> Document {
    let certificate = quoted(format!("{}-tls", source.policy.name.value));
    let spec = block!({
        gatewayClassName: "envoy-gateway",
        listeners: [{
            name: "https",
            port: 443,
            protocol: "HTTPS",
            tls: flow!({ certificateRefs: [{ kind: "Secret", name: certificate }] }),
        }],
    });
    let what = "the gateway; its certificate is the Secret of the same name with `-tls`";
    source.about_workload(what, GATEWAY, "", spec)
}

fn route(source: &Source<'_>) -> Document {
    let name = quoted(&source.policy.name.value);
    let port = source.ports().next().unwrap_or(80);
    let spec = block!({
        parentRefs: flow!([{ name: name.clone() }]),
        rules: [{ backendRefs: flow!([{ name: name, port: port }]) }],
    });
    source.about_workload("all requests go to the Service of the same name", ROUTE, "", spec)
}

/// Without a certificate of the mesh there is no connection; who it names is the filter's business.
fn client_certificates(source: &Source<'_>) -> Document {
    let authority = quoted(format!("{}-ca", source.policy.name.value));
    let spec = block!({
        targetRefs: targets(source),
        tls: {
            clientValidation: {
                optional: false,
                caCertificateRefs: flow!([{ group: "", kind: "ConfigMap", name: authority }]),
            },
        },
        path: flow!({ escapedSlashesAction: "RejectRequest", disableMergeSlashes: false }),
        headers: {
            # "Servers that make variables of header names take `script_name` for `script-name`, and for what the proxy sets."
            withUnderscoresAction: "RejectRequest",
            # "Every URI name of the client's certificate: the filter takes a certificate with two for that of no caller."
            xForwardedClientCert: flow!({ mode: "SanitizeSet", certDetailsToAdd: ["URI"] }),
        },
    });
    let what = "no connection without a certificate of the authority in the ConfigMap with `-ca`";
    source.about_workload(what, CLIENTS, "", spec)
}

fn filter(source: &Source<'_>) -> Document {
    let url = &source.settings.url;
    let sha256 = source.settings.sha256.as_ref().map(quoted);
    let code = match url.strip_prefix("oci://") {
        Some(image) => block!({ type: "Image", image: { url: quoted(image), sha256?: sha256 } }),
        None => block!({ type: "HTTP", http: { url: quoted(url), sha256?: sha256 } }),
    };
    let key = source.policy.key.as_ref().map(|key| flow!({ hostKeys: [..key.variables().map(quoted)] }));
    let module = block!({
        name: "meshveil",
        failOpen: false,
        code: code,
        env?: key,
        # "JSON is YAML."
        config: source.plan(),
    });
    let spec = block!({ targetRefs: targets(source), wasm: [module] });
    source.about_workload("masks responses; fails closed", EXTENSION, "", spec)
}
