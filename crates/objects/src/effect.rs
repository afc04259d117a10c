//! What objects of kinds that are not read may do to who reaches what. A kind that no list names may do anything.

use std::collections::BTreeSet;

use meshveil_text::{Node, Value};

use crate::Skipped;
use crate::kinds::service::Service;

/// What an object may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing that matters here.
    Nothing,
    /// It makes pods, of which neither labels nor identity are known.
    Pods,
    /// It lets the network connect what NetworkPolicies keep apart: network plugins add up all kinds of policies.
    Connections,
    /// It leads requests to Services, from outside or under another identity.
    Requests,
    /// It is not known.
    Anything,
}

/// Groups of which no kind matters here, but those that [`KINDS`] names: settings, certificates, secrets, metrics, storage,
/// deployment, access to the API server. A group stands for those below it.
const HARMLESS: &[&str] = &[
    "aadpodidentity.k8s.io",
    "acme.cert-manager.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "app.k8s.io",
    "apps",
    "argoproj.io",
    "audit.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "autoscaling.k8s.io",
    "backstage.io",
    "batch",
    "bitnami.com",
    "ceph.rook.io",
    "cert-manager.io",
    "certificates.k8s.io",
    "cilium.io",
    "cloud.google.com",
    "cluster.x-k8s.io",
    "config.gatekeeper.sh",
    "config.openshift.io",
    "console.openshift.io",
    "constraints.gatekeeper.sh",
    "coordination.k8s.io",
    "crd.projectcalico.org",
    "crossplane.io",
    "discovery.k8s.io",
    "eksctl.io",
    "elbv2.k8s.aws",
    "events.k8s.io",
    "external-secrets.io",
    "externaldns.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "fluentbit.fluent.io",
    "gateway.envoyproxy.io",
    "gateway.networking.k8s.io",
    "generators.external-secrets.io",
    "grafana.com",
    "helm.cattle.io",
    "helm.toolkit.fluxcd.io",
    "image.openshift.io",
    "image.toolkit.fluxcd.io",
    "imageregistry.operator.openshift.io",
    "install.istio.io",
    "jaegertracing.io",
    "k3d.io",
    "k3s.cattle.io",
    "karpenter.sh",
    "keda.sh",
    "kind.x-k8s.io",
    "kops.k8s.io",
    "kubeadm.k8s.io",
    "kubelet.config.k8s.io",
    "kubeproxy.config.k8s.io",
    "kustomize.config.k8s.io",
    "kustomize.toolkit.fluxcd.io",
    "kuttl.dev",
    "kyverno.io",
    "loadtest.keda.sh",
    "logging.banzaicloud.io",
    "longhorn.io",
    "meshveil.dev",
    "metallb.io",
    "metallb.universe.tf",
    "metrics.k8s.io",
    "monitoring.coreos.com",
    "monitoring.googleapis.com",
    "mutations.gatekeeper.sh",
    "networking.gke.io",
    "networking.istio.io",
    "networking.k8s.io",
    "node.k8s.io",
    "notification.toolkit.fluxcd.io",
    "opentelemetry.io",
    "operator.openshift.io",
    "operators.coreos.com",
    "policies.kyverno.io",
    "policy",
    "projectcalico.org",
    "projectcontour.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "sailoperator.io",
    "scheduling.k8s.io",
    "sealedsecrets.bitnami.com",
    "secrets-store.csi.x-k8s.io",
    "security.openshift.io",
    "skaffold",
    "snapshot.storage.k8s.io",
    "source.toolkit.fluxcd.io",
    "status.gatekeeper.sh",
    "storage.k8s.io",
    "storagemigration.k8s.io",
    "telemetry.istio.io",
    "templates.gatekeeper.sh",
    "toolkit.fluxcd.io",
    "traefik.containo.us",
    "traefik.io",
    "trust.cert-manager.io",
    "velero.io",
    "vpa.autoscaling.k8s.io",
];

/// Kinds of the group without a name.
const CORE: [&str; 12] = [
    "Binding",
    "ComponentStatus",
    "Config",
    "Endpoints",
    "Event",
    "LimitRange",
    "Node",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "Secret",
    "Status",
];

/// Kinds whose effect is known, by group. `*` stands for every other kind of the group.
const KINDS: &[(&str, &str, Effect)] = &[
    // Policies of the network.
    ("cilium.io", "CiliumNetworkPolicy", Effect::Connections),
    ("cilium.io", "CiliumClusterwideNetworkPolicy", Effect::Connections),
    ("cilium.io", "CiliumEnvoyConfig", Effect::Requests),
    ("cilium.io", "CiliumClusterwideEnvoyConfig", Effect::Requests),
    ("cilium.io", "CiliumLocalRedirectPolicy", Effect::Requests),
    ("crd.projectcalico.org", "NetworkPolicy", Effect::Connections),
    ("crd.projectcalico.org", "GlobalNetworkPolicy", Effect::Connections),
    ("crd.projectcalico.org", "FelixConfiguration", Effect::Connections),
    ("crd.projectcalico.org", "Profile", Effect::Connections),
    ("projectcalico.org", "NetworkPolicy", Effect::Connections),
    ("projectcalico.org", "GlobalNetworkPolicy", Effect::Connections),
    ("projectcalico.org", "FelixConfiguration", Effect::Connections),
    ("projectcalico.org", "Profile", Effect::Connections),
    ("crd.antrea.io", "*", Effect::Connections),
    ("k8s.ovn.org", "*", Effect::Connections),
    ("networking.k8s.aws", "*", Effect::Connections),
    ("vpcresources.k8s.aws", "*", Effect::Connections),
    ("policy.networking.k8s.io", "*", Effect::Connections),
    // Ways in.
    ("apisix.apache.org", "*", Effect::Requests),
    ("configuration.konghq.com", "*", Effect::Requests),
    ("gateway.envoyproxy.io", "Backend", Effect::Requests),
    ("gateway.envoyproxy.io", "EnvoyPatchPolicy", Effect::Requests),
    ("gateway.networking.k8s.io", "ListenerSet", Effect::Requests),
    ("gateway.networking.k8s.io", "Mesh", Effect::Nothing),
    ("gateway.networking.x-k8s.io", "*", Effect::Requests),
    ("gateway.solo.io", "*", Effect::Requests),
    ("getambassador.io", "*", Effect::Requests),
    ("k8s.nginx.org", "*", Effect::Requests),
    ("multicluster.x-k8s.io", "ServiceExport", Effect::Requests),
    ("inference.networking.k8s.io", "*", Effect::Requests),
    ("net.gke.io", "ServiceExport", Effect::Requests),
    ("networking.gke.io", "MultiClusterIngress", Effect::Requests),
    ("networking.gke.io", "MultiClusterService", Effect::Requests),
    ("networking.gke.io", "ServiceFunctionChain", Effect::Requests),
    ("projectcontour.io", "HTTPProxy", Effect::Requests),
    ("route.openshift.io", "Route", Effect::Requests),
    ("split.smi-spec.io", "*", Effect::Requests),
    ("tailscale.com", "*", Effect::Requests),
    ("traefik.containo.us", "IngressRoute", Effect::Requests),
    ("traefik.containo.us", "IngressRouteTCP", Effect::Requests),
    ("traefik.containo.us", "IngressRouteUDP", Effect::Requests),
    ("traefik.containo.us", "TraefikService", Effect::Requests),
    ("traefik.io", "IngressRoute", Effect::Requests),
    ("traefik.io", "IngressRouteTCP", Effect::Requests),
    ("traefik.io", "IngressRouteUDP", Effect::Requests),
    ("traefik.io", "TraefikService", Effect::Requests),
    ("voyager.appscode.com", "*", Effect::Requests),
    ("serving.knative.dev", "*", Effect::Requests),
    // Kinds of Istio that are read, in versions that are not.
    ("networking.istio.io", "Gateway", Effect::Requests),
    ("networking.istio.io", "VirtualService", Effect::Requests),
    ("networking.istio.io", "ServiceEntry", Effect::Requests),
    ("networking.istio.io", "EnvoyFilter", Effect::Anything),
    ("networking.istio.io", "WorkloadEntry", Effect::Pods),
    ("networking.istio.io", "WorkloadGroup", Effect::Pods),
    // Makers of pods.
    ("argoproj.io", "Application", Effect::Pods),
    ("argoproj.io", "ApplicationSet", Effect::Pods),
    ("argoproj.io", "CronWorkflow", Effect::Pods),
    ("argoproj.io", "Rollout", Effect::Pods),
    ("argoproj.io", "Workflow", Effect::Pods),
    ("helm.cattle.io", "HelmChart", Effect::Pods),
    ("helm.toolkit.fluxcd.io", "HelmRelease", Effect::Pods),
    ("jaegertracing.io", "Jaeger", Effect::Pods),
    ("keda.sh", "ScaledJob", Effect::Pods),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", Effect::Pods),
    ("monitoring.coreos.com", "Alertmanager", Effect::Pods),
    ("monitoring.coreos.com", "Prometheus", Effect::Pods),
    ("monitoring.coreos.com", "PrometheusAgent", Effect::Pods),
    ("monitoring.coreos.com", "ThanosRuler", Effect::Pods),
    ("opentelemetry.io", "OpenTelemetryCollector", Effect::Pods),
    ("acid.zalan.do", "*", Effect::Pods),
    ("apps.kruise.io", "*", Effect::Pods),
    ("apps.openshift.io", "*", Effect::Pods),
    ("elasticsearch.k8s.elastic.co", "*", Effect::Pods),
    ("jobset.x-k8s.io", "*", Effect::Pods),
    ("kafka.strimzi.io", "*", Effect::Pods),
    ("kibana.k8s.elastic.co", "*", Effect::Pods),
    ("kubeflow.org", "*", Effect::Pods),
    ("leaderworkerset.x-k8s.io", "*", Effect::Pods),
    ("minio.min.io", "*", Effect::Pods),
    ("mongodbcommunity.mongodb.com", "*", Effect::Pods),
    ("mysql.oracle.com", "*", Effect::Pods),
    ("postgres-operator.crunchydata.com", "*", Effect::Pods),
    ("postgresql.cnpg.io", "*", Effect::Pods),
    ("rabbitmq.com", "*", Effect::Pods),
    ("ray.io", "*", Effect::Pods),
    ("redis.redis.opstreelabs.in", "*", Effect::Pods),
    ("sparkoperator.k8s.io", "*", Effect::Pods),
    ("tekton.dev", "*", Effect::Pods),
];

/// What objects of a kind may do.
#[must_use]
pub fn of_kind(api_version: &str, kind: &str) -> Effect {
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    if group.is_empty() && CORE.contains(&kind) {
        return Effect::Nothing;
    }
    let known = |wanted: &str| KINDS.iter().find(|(own, name, _)| *own == group && *name == wanted);
    if let Some((_, _, effect)) = known(kind).or_else(|| known("*")) {
        return *effect;
    }
    let is_below = |own: &&&str| group == **own || group.strip_suffix(**own).is_some_and(|rest| rest.ends_with('.'));
    if HARMLESS.iter().any(|own| is_below(&own)) { Effect::Nothing } else { Effect::Anything }
}

impl Skipped {
    /// Whether it may lead requests to a Service: where its effect is not known, or it names no namespace of its own, to every one that
    /// is near or named; a kind that is known to lead requests names the Services.
    #[must_use]
    pub fn may_lead_to(&self, service: &Service) -> bool {
        let is_near = self.namespace.as_deref().is_none_or(|own| own == service.meta.namespace);
        match self.effect {
            Effect::Anything => is_near || self.names(service),
            Effect::Requests => self.names(service),
            Effect::Nothing | Effect::Pods | Effect::Connections => false,
        }
    }

    /// Whether it may let the network connect pods of a namespace.
    #[must_use]
    pub fn may_connect(&self, namespace: &str) -> bool {
        matches!(self.effect, Effect::Connections | Effect::Anything)
            && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }

    /// Whether one of its texts is the name of a Service, as it is written in its own namespace or with that of the Service.
    fn names(&self, service: &Service) -> bool {
        let (name, namespace) = (service.meta.name.as_str(), service.meta.namespace.as_str());
        let is_own = |text: &str| {
            text == name
                && (self.namespace.as_deref().is_none_or(|own| own == namespace) || self.texts.contains(namespace))
        };
        self.texts.iter().any(|text| {
            is_own(text)
                || text.split(['/', ':', '@']).any(|part| {
                    part.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| {
                        rest == namespace || rest.strip_prefix(namespace).is_some_and(|rest| rest.starts_with('.'))
                    }) || is_own(part)
                })
        })
    }
}

/// Every text in a tree, the keys aside.
pub(crate) fn texts(node: &Node) -> BTreeSet<String> {
    fn walk(node: &Node, into: &mut BTreeSet<String>) {
        match &node.value {
            Value::Text(text) => {
                into.insert(text.clone());
            }
            Value::List(items) => items.iter().for_each(|item| walk(item, into)),
            Value::Map(entries) => entries.iter().for_each(|(_, node)| walk(node, into)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    node.entries().iter().filter(|(key, _)| key.name != "metadata").for_each(|(_, node)| walk(node, &mut found));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_list_names_may_do_anything() {
        for (version, kind, expected) in [
            ("v1", "Secret", Effect::Nothing),
            ("v1", "Sercet", Effect::Anything),
            ("cert-manager.io/v1", "Certificate", Effect::Nothing),
            ("acme.cert-manager.io/v1", "Challenge", Effect::Nothing),
            ("cilium.io/v2", "CiliumNetworkPolicy", Effect::Connections),
            ("cilium.io/v2alpha1", "CiliumNodeConfig", Effect::Nothing),
            ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", Effect::Connections),
            ("route.openshift.io/v1", "Route", Effect::Requests),
            ("traefik.io/v1alpha1", "Middleware", Effect::Nothing),
            ("traefik.io/v1alpha1", "IngressRoute", Effect::Requests),
            ("networking.istio.io/v9", "VirtualService", Effect::Requests),
            ("postgresql.cnpg.io/v1", "Cluster", Effect::Pods),
            ("example.com/v1", "Widget", Effect::Anything),
            ("notcert-manager.io/v1", "Certificate", Effect::Anything),
        ] {
            assert_eq!(of_kind(version, kind), expected, "{version}/{kind}");
        }
    }

    #[test]
    fn tables_are_in_order_and_without_doubles() {
        assert!(HARMLESS.is_sorted());
        let mut kinds: Vec<_> = KINDS.iter().map(|(group, kind, _)| (group, kind)).collect();
        kinds.sort_unstable();
        let count = kinds.len();
        kinds.dedup();
        assert_eq!(kinds.len(), count);
    }
}
