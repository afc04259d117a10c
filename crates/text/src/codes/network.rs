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
}
