//! Findings about ways past the filter.

codes! {
    TCP_PORT = {
        id: "MV-B01",
        severity: Error,
        title: "a sensitive port that is not declared HTTP",
        explanation: "A Service port named `tcp`, or without name and `appProtocol`, is not HTTP to the proxy: the HTTP filter never runs, or the first bytes decide whether it runs. Write `appProtocol: http`. `--fix` does.",
    }

    UNDECLARED_PORT = {
        id: "MV-B02",
        severity: Error,
        title: "a port in no Service serves unmasked responses",
        explanation: "A container port that no Service names is served all the same, and so is a port that nobody declares at all. Reported when some workload reaches such a port past the filter.",
    }

    EXCLUDED_FROM_CAPTURE = {
        id: "MV-B03",
        severity: Error,
        title: "a sensitive port excluded from capture",
        explanation: "`excludeInboundPorts`, `includeInboundPorts`, `excludeInterfaces`, `bypass-inbound-capture`, or a Sidecar with `captureMode: NONE`: connections go straight to the application.",
    }

    NEVER_CAPTURED = {
        id: "MV-B04",
        severity: Warning,
        title: "a port that is never captured",
        explanation: "Istio leaves 15090, 15021, 15020 and 22 alone, and all of UDP and SCTP.",
    }

    NOT_INJECTED = {
        id: "MV-B05",
        severity: Error,
        title: "a protected workload outside the mesh",
        explanation: "No sidecar and no ztunnel: nothing masks. The finding names the label, annotation or setting that decided, as the injection webhooks decide it.",
    }

    PROXY_WEAKENED = {
        id: "MV-B06",
        severity: Error,
        title: "a pod that disarms its proxy",
        explanation: "`interceptionMode: NONE`, another bootstrap or proxy image, the `grpc-agent` template, `security.istio.io/tlsMode: disabled`.",
    }

    CONTAINER_IDENTITY = {
        id: "MV-B07",
        severity: Error,
        title: "a container that can go past its own proxy",
        explanation: "User or group 1337 is the proxy's own and is not captured; NET_ADMIN, NET_RAW, SYS_ADMIN and `privileged` can change the redirect.",
    }

    NOT_ENFORCED = {
        id: "MV-B08",
        severity: Error,
        title: "an AuthorizationPolicy that is not enforced",
        explanation: "`istio.io/dry-run: \"true\"` and `action: AUDIT` write down and let pass.",
    }

    COMPETING_PLAINTEXT = {
        id: "MV-B09",
        severity: Error,
        title: "a sensitive port that takes plaintext",
        explanation: "PERMISSIVE, DISABLE or nothing at all for a sensitive port; a second PeerAuthentication on the same level does not count, only the oldest does.",
    }

    SKIPPED_WAYPOINT = {
        id: "MV-B10",
        severity: Error,
        title: "a way that skips the waypoint",
        explanation: "A pod's own address, an ingress gateway without `istio.io/ingress-use-waypoint`, or a waypoint that does not exist: traffic passes without the filter unless the pods take connections from the waypoint only.",
    }

    SHARED_ACCOUNT = {
        id: "MV-B11",
        severity: Error,
        title: "a caller's identity that others can take",
        explanation: "Two workloads under one ServiceAccount are the same caller; so is whatever names none, and whatever someone may start or enter in that namespace.",
    }

    LABEL_ONLY_TRUST = {
        id: "MV-B12",
        severity: Error,
        title: "callers known by labels only",
        explanation: "Without an ALLOW rule that names principals, whoever may label a pod is a caller.",
    }

    SHARED_STORE = {
        id: "MV-B13",
        severity: Warning,
        title: "another workload reads the same store",
        explanation: "The same volume claim, host path or Secret: the data leaves by another door.",
    }

    FILTER_GAP = {
        id: "MV-B14",
        severity: Error,
        title: "a gap in the filter",
        explanation: "`FAIL_OPEN`, `match.ports` without the sensitive port, `mode: CLIENT`, a module without digest, or an EnvoyFilter that takes the filter out.",
    }

    OPEN_EGRESS = {
        id: "MV-B15",
        severity: Warning,
        title: "a protected pod that may send anywhere",
        explanation: "What nobody may read, the pod itself can still give away.",
    }

    EARLY_CONTAINERS = {
        id: "MV-B16",
        severity: Warning,
        title: "containers that run before the proxy",
        explanation: "Init containers use the network before the sidecar is there.",
    }

    NODE_PORT = {
        id: "MV-B17",
        severity: Error,
        title: "a node's port leads to a protected workload",
        explanation: "NodePort, LoadBalancer and `hostPort`: a node's own connections to its pods pass every NetworkPolicy.",
    }
}
