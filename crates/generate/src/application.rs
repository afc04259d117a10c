//! What the application itself has to say, as a kustomize Component for its own kustomization: the label that leads a
//! Service through its waypoint, the ServiceAccount, the key in the sidecar, labels of metrics.

use meshveil_plan::telemetry::Label;
use meshveil_text::{
    block, flow,
    yaml::{self, List, Map, literal, quoted},
};

use crate::{File, Source, Target};

/// Controllers that make pods from templates.
const CONTROLLERS: &str = "Deployment|StatefulSet|DaemonSet";

/// Names of the labels of the filter's counters, as Istio takes them (`extraStatTags` of the proxy's settings).
pub(crate) fn stat_tags() -> String {
    Label::ALL.map(Label::name).join(",")
}

/// The Component; none where there is nothing to say.
pub(crate) fn file(source: &Source<'_>) -> Option<File> {
    let mut patches = List::default();
    if let Some(patch) = template(source) {
        // By its name, which mostly is that of the policy, or by the labels that its pods have, too.
        let labels: Vec<String> =
            source.policy.workload.selector.value.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let name = quoted(&source.policy.name.value);
        for target in [
            flow!({ kind: CONTROLLERS, name: name }),
            flow!({ kind: CONTROLLERS, labelSelector: quoted(labels.join(",")) }),
        ] {
            patches.push(block!({ target: target, patch: literal(yaml::document(patch.clone())) }));
        }
    }
    if source.settings.target == Target::IstioAmbient {
        let (service, _) = source.service();
        let patch = block!({
            apiVersion: "v1",
            kind: "Service",
            metadata: flow!({ name: "any", labels: { "istio.io/use-waypoint": quoted(source.waypoint()) } }),
        });
        let target = flow!({ kind: "Service", name: quoted(service) });
        patches.push(block!({ target: target, patch: literal(yaml::document(patch)) }));
    }
    if patches.is_empty() {
        return None;
    }
    let document = block!({
        apiVersion: "kustomize.config.k8s.io/v1alpha1",
        kind: "Component",
        patches: patches,
    });
    let what = "For the application's own kustomization: `components: [.../application]`.";
    Some(File { path: "application/kustomization.yaml".to_owned(), text: yaml::file(&source.header(what), [document]) })
}

/// A patch of what makes the pods.
fn template(source: &Source<'_>) -> Option<Map> {
    let account = source.policy.workload.service_account.as_ref().map(|account| quoted(&account.value));
    let (mut metadata, mut containers) = (None, None);
    if source.settings.target == Target::IstioSidecar {
        metadata = Some(block!({ annotations: { "sidecar.istio.io/extraStatTags": quoted(stat_tags()) } }));
        // The injector merges it into the sidecar that it makes, plain or native (Istio, "Customizing injection").
        containers =
            source.key_variable().map(|variable| block!([{ name: "istio-proxy", image: "auto", env: [variable] }]));
    }
    if account.is_none() && metadata.is_none() {
        return None;
    }
    Some(block!({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: flow!({ name: "any" }),
        spec: { template: { metadata?: metadata, spec: { serviceAccountName?: account, containers?: containers } } },
    }))
}
