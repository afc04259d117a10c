//! Findings about mistakes in NetworkPolicy.

codes! {
    OR_RULES = {
        id: "MV-N01",
        severity: Error,
        title: "peers and ports in two rules instead of one",
        explanation: "\
            `- from:` and `- ports:` as two list items are two rules, and one is enough: every source may use the \
            port, and the named peers may use every port. `--fix` makes it one rule.",
        base: Pods,
        underlined: "ports:",
    }

    OR_PEERS = {
        id: "MV-N02",
        severity: Warning,
        title: "namespaceSelector and podSelector as two peers",
        explanation: "\
            Two list items are two peers, and one is enough. Both selectors in one item must both match. `--fix` makes \
            it one peer.",
        base: Pods,
        underlined: "podSelector: { matchLabels: { app: frontend } }",
    }

    EMPTY_PEERS = {
        id: "MV-N03",
        severity: Warning,
        title: "empty list of peers allows all",
        explanation: "`from: []` means the same as no `from`: all sources.",
        base: Pods,
        underlined: "from",
    }

    ALLOW_ALL = {
        id: "MV-N04",
        severity: Error,
        title: "empty rule allows everything",
        explanation: "`ingress: [{}]` opens, `ingress: []` closes.",
        base: Pods,
        underlined: "{}",
    }

    OWN_NAMESPACE_ONLY = {
        id: "MV-N05",
        severity: Warning,
        title: "empty podSelector in a peer is the own namespace only",
        explanation: "Reported where that namespace holds no pods but the selected ones.",
        base: Alone,
        underlined: "{ podSelector: {} }",
    }

    MATCHES_NOTHING = {
        id: "MV-N06",
        severity: Warning,
        title: "selector that selects nothing",
        explanation: "\
            A policy that protects nothing, or a peer that allows nothing. Namespaces that no manifest holds are not \
            judged.",
        base: Pods,
        underlined: "{ podSelector: { matchLabels: { app: front-end } } }",
    }

    IGNORED_RULES = {
        id: "MV-N07",
        severity: Error,
        title: "rules of a direction that policyTypes leaves out",
        explanation: "They have no effect, and neither has an empty `egress` without `policyTypes`. `--fix` adds the direction.",
        base: Pods,
        underlined: "egress",
    }

    DNS_FORGOTTEN = {
        id: "MV-N08",
        severity: Warning,
        title: "egress without DNS",
        explanation: "A policy opens some egress, and none opens UDP 53. A default deny is not reported.",
        base: Pods,
        underlined: "egress",
    }

    DNS_UDP_ONLY = {
        id: "MV-N09",
        severity: Warning,
        title: "DNS over UDP only",
        explanation: "Answers that do not fit one packet come over TCP.",
        base: Pods,
        underlined: "{ port: 53, protocol: UDP }",
    }

    SERVICE_PORT = {
        id: "MV-N10",
        severity: Error,
        title: "the Service's port instead of the pod's",
        explanation: "Policies see the pod's port, after the Service has chosen a pod. `--fix` writes it.",
        base: Pods,
        underlined: "{ protocol: TCP, port: 80 }",
    }

    MISSING_PROTOCOL = {
        id: "MV-N11",
        severity: Warning,
        title: "missing protocol means TCP",
        explanation: "DNS and other UDP ports stay closed.",
        base: Pods,
        underlined: "{ port: 53 }",
    }

    NAMED_PORT_ABSENT = {
        id: "MV-N12",
        severity: Error,
        title: "named port that the destination lacks",
        explanation: "Port names are looked up on the receiving pod; where it has no such port, the rule opens nothing.",
        base: Pods,
        underlined: "{ protocol: TCP, port: web }",
    }

    MISSING_NAMESPACE = {
        id: "MV-N13",
        severity: Warning,
        title: "policy without a namespace",
        explanation: "It is created in the current namespace of the user or tool that applies it.",
        base: Pods,
        underlined: "callers",
    }

    CLUSTER_BLOCK = {
        id: "MV-N14",
        severity: Warning,
        title: "ipBlock with addresses of the cluster",
        explanation: "Pods change their addresses, and the addresses of Services are replaced before policies are applied.",
        base: Pods,
        underlined: "{ cidr: 10.244.3.0/24 }",
    }

    FOREIGN_ALLOW = {
        id: "MV-N15",
        severity: Error,
        title: "open policy that overrides narrow ones",
        explanation: "Policies add up; none can take back what another allows.",
        base: Sidecar,
        underlined: "{ ports: [{ port: 8080 }] }",
    }

    ISTIO_SELECTS_NOTHING = {
        id: "MV-N20",
        severity: Warning,
        title: "object of Istio whose selector fits no pod",
        explanation: "\
            It does nothing. Namespaces whose pods are not read, or in which other objects may make pods, are not \
            judged.",
        base: Sidecar,
        underlined: "{ matchLabels: { app: customer } }",
    }

    NOBODY = {
        id: "MV-N21",
        severity: Warning,
        title: "principal or namespace that nobody has",
        explanation: "\
            A rule for it lets nobody in, or refuses nobody. Principals are compared without `spiffe://`.",
        base: Sidecar,
        underlined: "source:",
    }

    HTTP_AT_ZTUNNEL = {
        id: "MV-N22",
        severity: Warning,
        title: "HTTP attributes where ztunnel enforces",
        explanation: "\
            ztunnel sees connections only. An ALLOW rule with methods, paths or hosts lets nobody in there, and a \
            DENY rule with nothing else refuses nobody.",
        base: Ambient,
        underlined: "to: [{ operation: { methods: [DELETE] } }]",
    }

    NO_TARGET = {
        id: "MV-N23",
        severity: Warning,
        title: "target that does not exist",
        explanation: "\
            The object does nothing.",
        base: Ambient,
        underlined: "{ group: gateway.networking.k8s.io, kind: Gateway, name: waypiont }",
    }

    ISTIO_SERVICE_PORT = {
        id: "MV-N24",
        severity: Warning,
        title: "port of the Service where the proxy sees the pod's",
        explanation: "\
            A sidecar and ztunnel compare the container's port: the setting is for a port that nobody uses.",
        base: Sidecar,
        underlined: "{ mode: STRICT }",
    }

    NO_HBONE_PORT = {
        id: "MV-N25",
        severity: Warning,
        title: "ambient: NetworkPolicy without port 15008",
        explanation: "\
            Between ambient pods the connection goes from ztunnel to ztunnel on port 15008, so that the caller is cut \
            off.",
        base: Ambient,
        underlined: "from: [{ podSelector: { matchLabels: { app: billing } } }]",
    }

    NO_ISTIOD = {
        id: "MV-N26",
        severity: Warning,
        title: "egress policy that keeps a proxy from istiod",
        explanation: "\
            Without TCP 15012 to the control plane a proxy gets neither certificate nor configuration, and its pod \
            does not become ready.",
        base: Sidecar,
        underlined: "egress",
    }

    TWO_INJECTION_LABELS = {
        id: "MV-N27",
        severity: Warning,
        title: "namespace with two injection labels",
        explanation: "\
            `istio-injection` and `istio.io/rev`, or `istio-injection: enabled` and ambient: one of them is not used.",
        base: Alone,
        underlined: "istio.io/rev",
    }

    MISPLACED_ANNOTATION = {
        id: "MV-N28",
        severity: Warning,
        title: "setting of the proxy on the object that makes the pods",
        explanation: "\
            Istio looks at the pods only.",
        base: Pods,
        underlined: "traffic.sidecar.istio.io/excludeInboundPorts",
    }

    COMPETING_SIDECARS = {
        id: "MV-N29",
        severity: Warning,
        title: "Sidecar objects that compete",
        explanation: "\
            For each workload one Sidecar counts, the oldest.",
        base: Sidecar,
        underlined: "second",
    }
}
