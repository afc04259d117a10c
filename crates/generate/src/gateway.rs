//! Envoy Gateway in front of the workload: the filter as EnvoyExtensionPolicy, client certificates of the mesh's
//! authority, and authorisation by them.

use meshveil_text::{
    block, flow,
    yaml::{List, quoted},
};

use crate::{
    Source, admission,
    document::{Document, Kind, Sheet, Step},
    network,
    source::labels,
};

const GATEWAY: Kind = Kind { version: "gateway.networking.k8s.io/v1", kind: "Gateway" };
const SERVICE: Kind = Kind { version: "v1", kind: "Service" };
const ROUTE: Kind = Kind { version: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" };
const PROXY: Kind = Kind { version: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyProxy" };
const CLIENTS: Kind = Kind { version: "gateway.envoyproxy.io/v1alpha1", kind: "ClientTrafficPolicy" };
const EXTENSION: Kind = Kind { version: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyExtensionPolicy" };

/// Every file of manifests.
pub(crate) fn sheets(source: &Source<'_>) -> Vec<Sheet> {
    let mut sheets = Vec::from_iter(network::sheet(source));
    sheets.extend([
        Sheet::new(
            Step::Locks,
            "admission",
            "Pods whose traffic could bypass the proxy, and objects that could take the filter out, are refused.",
            [admission::documents(source), admission::gateway_documents(source)].concat(),
        ),
        Sheet::new(
            Step::Locks,
            "gateway",
            "The gateway in front of the workload: client certificates only.",
            proxies(source).into_iter().chain([gateway(source), client_certificates(source)]).collect(),
        ),
        Sheet::new(Step::Filter, "filter", "The masking filter and its plan.", vec![filter(source)]),
        Sheet::new(
            Step::Routes,
            "route",
            "Requests to the workload.",
            service(source).into_iter().chain([route(source)]).collect(),
        ),
    ]);
    sheets
}

/// The one listener.
const LISTENER: &str = "https";
/// The one rule of the route.
const RULE: &str = "all";

/// References to the gateway, which is called after the policy, and to the narrowest part of it or of its route. Of two policies
/// the one with the narrower target counts alone, and of two with the same the older one.
fn targets(source: &Source<'_>, kind: &'static str, section: &'static str) -> List {
    let name = || quoted(&source.policy.name.value);
    let group = "gateway.networking.k8s.io";
    block!([
        flow!({ group: group, kind: "Gateway", name: name() }),
        # "No policy of a wider target takes the place of this one."
        flow!({ group: group, kind: kind, name: name(), sectionName: section }),
    ])
}

fn gateway(source: &Source<'_>) -> Document {
    let certificate = quoted(format!("{}-tls", source.policy.name.value));
    let key = source.policy.key.as_ref();
    let spec = block!({
        gatewayClassName: "envoy-gateway",
        listeners: [{
            name: LISTENER,
            port: 443,
            protocol: "HTTPS",
            # "With every default that the API server adds, so that what is applied and what is stored are the same."
            allowedRoutes: flow!({ namespaces: { from: "Same" } }),
            tls: flow!({ mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: certificate }] }),
        }],
        infrastructure?: key.is_some().then(|| flow!({
            parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: quoted(&source.policy.name.value) },
        })),
    });
    let what = "the gateway; its certificate is the Secret of the same name with `-tls`";
    source.about_workload(what, GATEWAY, "", spec)
}

/// A Service of the policy's own, where it names none: a backend must have the port of a Service, which only its owner knows.
fn service(source: &Source<'_>) -> Option<Document> {
    if source.policy.workload.service.is_some() {
        return None;
    }
    let port = |port: u16| flow!({ name: quoted(format!("http-{port}")), port: port, protocol: "TCP", targetPort: port, appProtocol: "http" });
    let spec = block!({
        type: "ClusterIP",
        selector: labels(&source.policy.workload.selector.value),
        ports: [..source.ports().map(port)],
    });
    Some(source.document("workload", "what its Gateway leads to", SERVICE, OWN_SERVICE, spec))
}

/// Behind the policy's name: its own Service.
const OWN_SERVICE: &str = "behind-gateway";

fn route(source: &Source<'_>) -> Document {
    let gateway = quoted(&source.policy.name.value);
    let parent = flow!({ group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway });
    let (name, port) = source.service();
    let name = match source.policy.workload.service {
        Some(_) => name.to_owned(),
        None => format!("{}-{OWN_SERVICE}", source.policy.name.value),
    };
    let backend = flow!({ group: "", kind: "Service", name: quoted(name), port: port, weight: 1 });
    let spec = block!({
        parentRefs: [parent],
        rules: [{
            name: RULE,
            matches: flow!([{ path: { type: "PathPrefix", value: "/" } }]),
            backendRefs: [backend],
        }],
    });
    source.document("workload.service", "all requests go to this Service", ROUTE, "", spec)
}

/// The proxies with the key: they run beside the controller, and so does the Secret.
fn proxies(source: &Source<'_>) -> Option<Document> {
    let variable = source.key_variable()?;
    let spec = block!({
        provider: {
            type: "Kubernetes",
            kubernetes: { envoyDeployment: { container: { env: [variable] } } },
        },
    });
    let what = "its proxies get the key, from a Secret in the namespace of Envoy Gateway";
    Some(source.document("key", what, PROXY, "", spec))
}

/// Without a certificate of the mesh there is no connection; who it names is the filter's business.
fn client_certificates(source: &Source<'_>) -> Document {
    let authority = quoted(format!("{}-ca", source.policy.name.value));
    let spec = block!({
        targetRefs: targets(source, "Gateway", LISTENER),
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
    let spec = block!({ targetRefs: targets(source, "HTTPRoute", RULE), wasm: [module] });
    source.about_workload("masks responses; fails closed", EXTENSION, "", spec)
}
