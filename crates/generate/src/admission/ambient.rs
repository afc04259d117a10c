//! Rules for pods of ambient mode: what takes a pod out of it.

use meshveil_objects::well_known::{PROXY_CONTAINER, annotation, label};

use super::{Validation, labels_of, text, texts};

/// Annotations that change how the node redirects a pod's traffic, also of a running pod.
const ANNOTATIONS: [&str; 2] = [annotation::AMBIENT_REDIRECTION, annotation::BYPASS_INBOUND_CAPTURE];

/// An annotation of an object; empty where it is not there.
fn annotation_of(object: &str, key: &str) -> String {
    let annotations = format!("{object}.metadata.annotations");
    format!("(has({annotations}) && {key} in {annotations} ? {annotations}[{key}] : '')")
}

/// More of what a change of a pod is looked at for.
pub(super) fn changed() -> String {
    let (new, old) = (annotation_of("object", "key"), annotation_of("oldObject", "key"));
    format!(" || {}.exists(key, {new} != {old})", texts(ANNOTATIONS))
}

pub(super) fn validations() -> Vec<Validation> {
    let (mode, labels) = (text(label::DATAPLANE_MODE), labels_of("object"));
    let value = |key: &str| annotation_of("object", &text(key));
    let rule = |expression: String, message: &str| (expression, message.to_owned());
    vec![
        rule(
            format!("!({mode} in {labels}) || {labels}[{mode}] == 'ambient'"),
            "this label takes the pod out of ambient mode: istio.io/dataplane-mode",
        ),
        rule(
            format!("{} in ['', 'enabled']", value(annotation::AMBIENT_REDIRECTION)),
            "this annotation takes the pod out of ambient mode: ambient.istio.io/redirection",
        ),
        rule(
            format!("!({} in ['true', 'True', 'TRUE', 't', 'T', '1'])", value(annotation::BYPASS_INBOUND_CAPTURE)),
            "this annotation lets connections in past ztunnel: ambient.istio.io/bypass-inbound-capture",
        ),
        rule(
            format!(
                "object.spec.containers.all(c, c.name != '{PROXY_CONTAINER}') && variables.inits.all(c, c.name != '{PROXY_CONTAINER}')"
            ),
            "a pod with a sidecar is left alone by ztunnel, and no request goes through the waypoint",
        ),
    ]
}
