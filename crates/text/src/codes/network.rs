//! Findings about mistakes in NetworkPolicy.

codes! {
    OR_RULES = {
        id: "MV-N01",
        severity: Error,
        title: "peers and ports in two rules instead of one",
        explanation: "`- from:` and `- ports:` as two list items are two rules, and one is enough: everyone may use the port, and the named peers may use every port. `--fix` makes it one rule.",
    }

    OR_PEERS = {
        id: "MV-N02",
        severity: Warning,
        title: "namespaceSelector and podSelector as two peers",
        explanation: "Two list items are two peers. Both selectors in one item must both hold. `--fix` makes it one peer.",
    }

    EMPTY_PEERS = {
        id: "MV-N03",
        severity: Warning,
        title: "an empty list of peers means everyone",
        explanation: "`from: []` is the same as no `from`: everyone.",
    }

    ALLOW_ALL = {
        id: "MV-N04",
        severity: Error,
        title: "an empty rule lets everything through",
        explanation: "`ingress: [{}]` opens, `ingress: []` closes.",
    }

    OWN_NAMESPACE_ONLY = {
        id: "MV-N05",
        severity: Warning,
        title: "an empty podSelector in a peer is the own namespace only",
        explanation: "Reported where that namespace holds nobody but the selected pods.",
    }

    MATCHES_NOTHING = {
        id: "MV-N06",
        severity: Warning,
        title: "a selector that selects nothing",
        explanation: "A policy that protects nothing, or a peer that lets nobody in. Namespaces that no manifest holds are not judged.",
    }

    IGNORED_RULES = {
        id: "MV-N07",
        severity: Error,
        title: "rules of a direction that policyTypes leaves out",
        explanation: "They do not count. An empty `egress` without `policyTypes` does not count either. `--fix` adds the direction.",
    }

    DNS_FORGOTTEN = {
        id: "MV-N08",
        severity: Warning,
        title: "egress is narrowed and DNS forgotten",
        explanation: "A policy that opens some egress, and nothing opens UDP 53. A default deny is not reported.",
    }

    DNS_UDP_ONLY = {
        id: "MV-N09",
        severity: Warning,
        title: "DNS over UDP only",
        explanation: "Answers that do not fit one packet come over TCP.",
    }

    SERVICE_PORT = {
        id: "MV-N10",
        severity: Error,
        title: "the Service's port instead of the pod's",
        explanation: "Policies see the pod's port, after the Service has chosen a pod. `--fix` writes it.",
    }

    MISSING_PROTOCOL = {
        id: "MV-N11",
        severity: Warning,
        title: "a missing protocol means TCP",
        explanation: "DNS and other UDP ports stay closed.",
    }

    NAMED_PORT_ABSENT = {
        id: "MV-N12",
        severity: Error,
        title: "a named port that the destination lacks",
        explanation: "Names are looked up on the pod that receives; where it has no such port, the rule opens nothing.",
    }

    MISSING_NAMESPACE = {
        id: "MV-N13",
        severity: Warning,
        title: "a policy without a namespace",
        explanation: "It lands wherever the one who applies it happens to be.",
    }

    CLUSTER_BLOCK = {
        id: "MV-N14",
        severity: Warning,
        title: "ipBlock with addresses of the cluster",
        explanation: "Pods change their addresses, and the addresses of Services are replaced before policies look.",
    }

    FOREIGN_ALLOW = {
        id: "MV-N15",
        severity: Error,
        title: "one open policy undoes the narrow ones",
        explanation: "Policies add up; nothing takes back what one of them allows.",
    }
}
