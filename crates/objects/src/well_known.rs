//! Names and ports to which Kubernetes, Istio and Gateway API give a meaning, each in one place.

/// The container of Istio's proxy.
pub const PROXY_CONTAINER: &str = "istio-proxy";

/// The init container that redirects a pod's traffic to the proxy.
pub const INIT_CONTAINER: &str = "istio-init";

/// The init container that checks, or repairs, what Istio's CNI plugin redirected.
pub const VALIDATION_CONTAINER: &str = "istio-validation";

/// The namespace of Istio's control plane, whose policies apply to the whole mesh, unless the mesh's settings name
/// another.
pub const ROOT_NAMESPACE: &str = "istio-system";

/// The trust domain of a mesh whose settings name no other.
pub const TRUST_DOMAIN: &str = "cluster.local";

/// The addresses from which ztunnel passes on probes of the kubelet (Istio, "Ambient and Kubernetes NetworkPolicy"). No pod has them.
pub const AMBIENT_PROBES: [&str; 2] = ["169.254.7.127/32", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"];

/// The namespace of the cluster's own components, DNS among them.
pub const SYSTEM_NAMESPACE: &str = "kube-system";

/// The class of Gateways whose pods are Istio's.
pub const GATEWAY_CLASS: &str = "istio";

/// The class of Gateways that are waypoints.
pub const WAYPOINT_CLASS: &str = "istio-waypoint";

/// The class of Gateways that Envoy Gateway serves where no GatewayClass says otherwise: the one its pages and `generate` name.
pub const ENVOY_GATEWAY_CLASS: &str = "envoy-gateway";

/// The controller of the GatewayClasses that Envoy Gateway serves, unless its configuration names another.
pub const ENVOY_GATEWAY_CONTROLLER: &str = "gateway.envoyproxy.io/gatewayclass-controller";

/// The namespace of Envoy Gateway and its proxies, unless it is installed elsewhere.
pub const ENVOY_GATEWAY_NAMESPACE: &str = "envoy-gateway-system";

/// The CEL expression that holds for pods with one sidecar, whether it is a container or an init container that keeps
/// running. CEL is not evaluated: admission rules are recognised by this text.
pub const NEEDS_PROXY: &str = "object.spec.containers.filter(c, c.name == 'istio-proxy').size() + (has(object.spec.initContainers) ? object.spec.initContainers : []).filter(c, c.name == 'istio-proxy').size() == 1";

/// The same as it was generated before 0.2.
pub const NEEDS_PROXY_BEFORE: &str = "(object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])).exists(c, c.name == 'istio-proxy')";

/// Keys of labels.
pub mod label {
    /// On every namespace: its name, by the API server.
    pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
    /// On pods: the Gateway they serve.
    pub const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
    /// On pods: the class of the Gateway they serve.
    pub const GATEWAY_CLASS_NAME: &str = "gateway.networking.k8s.io/gateway-class-name";
    /// On proxies of Envoy Gateway: the name of the Gateway they serve.
    pub const OWNING_GATEWAY: &str = "gateway.envoyproxy.io/owning-gateway-name";
    /// Beside [`OWNING_GATEWAY`]: its namespace.
    pub const OWNING_GATEWAY_NAMESPACE: &str = "gateway.envoyproxy.io/owning-gateway-namespace";
    /// On proxies of Envoy Gateway that several Gateways share: the class of the Gateways.
    pub const OWNING_CLASS: &str = "gateway.envoyproxy.io/owning-gatewayclass";
    /// On pods, and as an annotation: `true` or `false` asks for a sidecar or for none.
    pub const INJECT: &str = "sidecar.istio.io/inject";
    /// On namespaces: `enabled` asks for sidecars.
    pub const NAMESPACE_INJECTION: &str = "istio-injection";
    /// On namespaces and pods: the revision of the control plane that injects sidecars.
    pub const REVISION: &str = "istio.io/rev";
    /// On namespaces and pods: `ambient` or `none`.
    pub const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
    /// On namespaces, Services and pods: the waypoint that serves them.
    pub const USE_WAYPOINT: &str = "istio.io/use-waypoint";
    /// Beside [`USE_WAYPOINT`]: the namespace of the waypoint, where it is another.
    pub const USE_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-namespace";
    /// On namespaces and Services: a second waypoint that gets a share of the connections.
    pub const CANARY_WAYPOINT: &str = "istio.io/use-waypoint-canary";
    /// Beside [`CANARY_WAYPOINT`]: its namespace, where it is another.
    pub const CANARY_WAYPOINT_NAMESPACE: &str = "istio.io/use-waypoint-canary-namespace";
    /// On namespaces and Services: `true` sends requests from ingress gateways through the waypoint, too.
    pub const INGRESS_USE_WAYPOINT: &str = "istio.io/ingress-use-waypoint";
    /// On waypoints: `service`, `workload`, `all` or `none`.
    pub const WAYPOINT_FOR: &str = "istio.io/waypoint-for";
    /// On pods: `istio` where they accept mutual TLS, by the injector.
    pub const TLS_MODE: &str = "security.istio.io/tlsMode";
    /// On pods: the name that telemetry calls them by.
    pub const CANONICAL_NAME: &str = "service.istio.io/canonical-name";
    /// On pods: the revision that telemetry calls them by.
    pub const CANONICAL_REVISION: &str = "service.istio.io/canonical-revision";
    /// On pods of a Job: its name.
    pub const JOB_NAME: &str = "batch.kubernetes.io/job-name";
    /// The same, by its old key.
    pub const OLD_JOB_NAME: &str = "job-name";
    /// The beginning of labels that say where a node is.
    pub const TOPOLOGY: &str = "topology.kubernetes.io/";

    /// Labels that controllers give to the pods they make, and that templates do not hold.
    pub const BY_CONTROLLERS: [&str; 10] = [
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        JOB_NAME,
        "controller-revision-hash",
        "controller-uid",
        OLD_JOB_NAME,
        "pod-template-generation",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    ];

    /// Labels that Istio's injector gives to pods, [`TLS_MODE`] aside.
    pub const BY_INJECTOR: [&str; 4] = [REVISION, CANONICAL_NAME, CANONICAL_REVISION, "service.istio.io/workload-name"];
}

/// Keys of annotations.
pub mod annotation {
    /// On pods: what the injector did.
    pub const INJECTION_STATUS: &str = "sidecar.istio.io/status";
    /// On pods: the templates of the injector, `sidecar` if nothing is written.
    pub const TEMPLATES: &str = "inject.istio.io/templates";
    /// On pods: settings of the proxy, as YAML.
    pub const PROXY_CONFIG: &str = "proxy.istio.io/config";
    /// On pods: `NONE` takes the redirect away.
    pub const INTERCEPTION_MODE: &str = "sidecar.istio.io/interceptionMode";
    /// On pods: containers that the injector merges over its own when it is called again.
    pub const OVERRIDES: &str = "proxy.istio.io/overrides";
    /// On pods: the configuration that the proxy starts with.
    pub const BOOTSTRAP_OVERRIDE: &str = "sidecar.istio.io/bootstrapOverride";
    /// On pods: another image of the proxy.
    pub const PROXY_IMAGE: &str = "sidecar.istio.io/proxyImage";
    /// On pods: whether the proxy starts before the other containers.
    pub const NATIVE_SIDECAR: &str = "sidecar.istio.io/nativeSidecar";
    /// On pods: the port of the proxy's own health.
    pub const STATUS_PORT: &str = "status.sidecar.istio.io/port";
    /// On pods: the only inbound ports that are redirected.
    pub const INCLUDE_INBOUND_PORTS: &str = "traffic.sidecar.istio.io/includeInboundPorts";
    /// On pods: inbound ports that are not redirected.
    pub const EXCLUDE_INBOUND_PORTS: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
    /// On pods: network interfaces whose traffic is not redirected.
    pub const EXCLUDE_INTERFACES: &str = "traffic.sidecar.istio.io/excludeInterfaces";
    /// On pods: network interfaces whose inbound traffic is taken for outbound.
    pub const KUBEVIRT_INTERFACES: &str = "traffic.sidecar.istio.io/kubevirtInterfaces";
    /// The same, by its new key.
    pub const REROUTE_INTERFACES: &str = "istio.io/reroute-virtual-interfaces";
    /// On pods: whether ambient leaves inbound traffic alone.
    pub const BYPASS_INBOUND_CAPTURE: &str = "ambient.istio.io/bypass-inbound-capture";
    /// On pods: `disabled` keeps ambient away.
    pub const AMBIENT_REDIRECTION: &str = "ambient.istio.io/redirection";
    /// On namespaces and Services: the share of connections, in percent, that the second waypoint gets.
    pub const CANARY_WEIGHT: &str = "istio.io/use-waypoint-canary-weight";
    /// On policies: whether they only count what they would refuse.
    pub const DRY_RUN: &str = "istio.io/dry-run";
    /// On Gateways of Istio's class: the type of their Service, `LoadBalancer` if nothing is written.
    pub const SERVICE_TYPE: &str = "networking.istio.io/service-type";
    /// On an Ingress: its class, by the old key.
    pub const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";
}

/// TCP ports.
pub mod port {
    /// Where ztunnels and waypoints take connections in tunnels (HTTP CONNECT over mutual TLS).
    pub const HBONE: u16 = 15008;
    /// Where istiod serves proxies.
    pub const ISTIOD: u16 = 15012;
    /// Where a proxy serves probes of its application and merged metrics.
    pub const AGENT: u16 = 15020;
    /// Where a proxy serves its own health.
    pub const HEALTH: u16 = 15021;
    /// Where a proxy serves its own metrics.
    pub const ENVOY_METRICS: u16 = 15090;
    /// SSH.
    pub const SSH: u16 = 22;

    /// Inbound ports that the redirect to the sidecar leaves alone.
    pub const NEVER_CAPTURED: [u16; 5] = [ENVOY_METRICS, HEALTH, AGENT, HBONE, SSH];

    /// Ports of the mesh's own proxies, on which no application can listen: administration (15000), outbound (15001) and
    /// inbound (15006) traffic, DNS (15053), and those above.
    pub const OF_PROXIES: [u16; 8] = [15000, 15001, 15006, HBONE, AGENT, HEALTH, 15053, ENVOY_METRICS];
}
