//! The waypoint of ambient mode, for this workload alone.

use meshveil_objects::well_known::{WAYPOINT_CLASS, label, port::HBONE};
use meshveil_text::{block, flow};

use crate::{
    Source,
    document::{Document, Kind},
};

const KIND: Kind = Kind { version: "gateway.networking.k8s.io/v1", kind: "Gateway" };

/// A Gateway that istiod turns into a proxy. Services go through it when labelled `istio.io/use-waypoint`.
pub(super) fn document(source: &Source<'_>) -> Document {
    let spec = block!({
        gatewayClassName: WAYPOINT_CLASS,
        listeners: flow!([{ name: "mesh", port: HBONE, protocol: "HBONE" }]),
    });
    let mut document = source.about_workload("goes through this proxy", KIND, "waypoint", spec);
    document.labels.push((label::WAYPOINT_FOR, "service"));
    document
}
