//! The waypoint of ambient mode, for this workload alone.

use meshveil_objects::well_known::{WAYPOINT_CLASS, label, port::HBONE};
use meshveil_text::{
    block, flow,
    yaml::{self, literal, quoted},
};

use crate::{
    Source,
    document::{Body, Document, Kind},
};

const KIND: Kind = Kind { version: "gateway.networking.k8s.io/v1", kind: "Gateway" };
const SETTINGS: Kind = Kind { version: "v1", kind: "ConfigMap" };

/// The waypoint, and the settings of its Deployment.
pub(super) fn documents(source: &Source<'_>) -> Vec<Document> {
    settings(source).into_iter().chain([document(source)]).collect()
}

/// A Gateway that istiod turns into a proxy. Services go through it when labelled `istio.io/use-waypoint`.
fn document(source: &Source<'_>) -> Document {
    // Without the ConfigMap istiod deploys nothing.
    let settings = source
        .policy
        .key
        .as_ref()
        .map(|_| flow!({ parametersRef: { group: "", kind: "ConfigMap", name: quoted(source.waypoint()) } }));
    let spec = block!({
        gatewayClassName: WAYPOINT_CLASS,
        infrastructure?: settings,
        # "With every default that the API server adds, so that what is applied and what is stored are the same."
        listeners: flow!([{
            name: "mesh",
            port: HBONE,
            protocol: "HBONE",
            allowedRoutes: { namespaces: { from: "Same" } },
        }]),
    });
    let mut document = source.about_workload("goes through this proxy", KIND, "waypoint", spec);
    document.labels.push((label::WAYPOINT_FOR, "service"));
    document
}

/// The proxy gets the key: a patch of its Deployment (Istio, "Gateway customization").
fn settings(source: &Source<'_>) -> Option<Document> {
    let variable = source.key_variable()?;
    let patch = block!({
        spec: { template: { spec: { containers: [{ name: "istio-proxy", env: [variable] }] } } },
    });
    let data = block!({ deployment: literal(yaml::document(patch)) });
    let mut document =
        source.document("key", "the proxy of the waypoint gets the key, from a Secret", SETTINGS, "waypoint", data);
    document.body = Body::Data;
    Some(document)
}
