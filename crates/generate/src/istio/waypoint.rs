//! The waypoint of ambient mode, for this workload alone.

use meshveil_objects::well_known::label;

use crate::{Source, document::Document};

/// A Gateway that istiod turns into a proxy. Services go through it when labelled `istio.io/use-waypoint`.
pub(super) fn document(source: &Source<'_>) -> Document {
    let mut document =
        source.about_workload("goes through this proxy", "gateway.networking.k8s.io/v1", "Gateway", "waypoint");
    document.labels.push((label::WAYPOINT_FOR, "service"));
    document.spec =
        "  gatewayClassName: istio-waypoint\n  listeners: [{ name: mesh, port: 15008, protocol: HBONE }]\n".to_owned();
    document
}
