//! Findings about traffic that bypasses the filter.

codes! {
    TCP_PORT = {
        id: "MV-B01",
        severity: Error,
        title: "sensitive port that is not declared HTTP",
        explanation: "\
            A Service port named `tcp`, or without name and `appProtocol`, is not HTTP to the proxy: the HTTP filter \
            never runs, or the first bytes decide whether it runs. Write `appProtocol: http`. `--fix` does.",
        base: Sidecar,
        underlined: "{ name: tcp, port: 80, targetPort: 8080 }",
    }

    UNDECLARED_PORT = {
        id: "MV-B02",
        severity: Error,
        title: "port of no Service that serves unmasked responses",
        explanation: "\
            A container port that no Service names is served all the same, and so is a port that is not declared at \
            all. Reported when some workload reaches such a port without the filter.",
        base: Sidecar,
        underlined: "{ containerPort: 9090, name: admin }",
    }

    EXCLUDED_FROM_CAPTURE = {
        id: "MV-B03",
        severity: Error,
        title: "sensitive port excluded from capture",
        explanation: "\
            `excludeInboundPorts`, `includeInboundPorts`, `excludeInterfaces`, `bypass-inbound-capture`, or a Sidecar \
            with `captureMode: NONE`: connections go straight to the application.",
        base: Sidecar,
        underlined: "traffic.sidecar.istio.io/excludeInboundPorts",
    }

    NEVER_CAPTURED = {
        id: "MV-B04",
        severity: Warning,
        title: "port that is never captured",
        explanation: "Istio does not capture 15090, 15021, 15020 and 22, nor any UDP and SCTP.",
        base: Sidecar,
        underlined: "{ containerPort: 15020, name: metrics }",
    }

    NOT_INJECTED = {
        id: "MV-B05",
        severity: Error,
        title: "protected workload outside the mesh",
        explanation: "\
            Without a sidecar or ztunnel nothing is masked. The finding names the label, annotation or setting that \
            decided, as the injection webhooks decide it.",
        base: Sidecar,
        underlined: "sidecar.istio.io/inject",
    }

    PROXY_WEAKENED = {
        id: "MV-B06",
        severity: Error,
        title: "pod that disables its proxy",
        explanation: "\
            `interceptionMode: NONE`, another bootstrap or proxy image, the `grpc-agent` template, \
            `security.istio.io/tlsMode: disabled`.",
        base: Sidecar,
        underlined: "security.istio.io/tlsMode",
    }

    CONTAINER_IDENTITY = {
        id: "MV-B07",
        severity: Error,
        title: "container that can bypass its own proxy",
        explanation: "\
            Connections of user or group 1337, the proxy's own, are not captured; NET_ADMIN, NET_RAW, SYS_ADMIN and \
            `privileged` can change the redirect.",
        base: Sidecar,
        underlined: "{ runAsUser: 1337, privileged: true, capabilities: { add: [NET_RAW] } }",
    }

    NOT_ENFORCED = {
        id: "MV-B08",
        severity: Error,
        title: "AuthorizationPolicy that is not enforced",
        explanation: "With `istio.io/dry-run: \"true\"` or `action: AUDIT` requests are logged and let through.",
        base: Sidecar,
        underlined: "istio.io/dry-run",
    }

    COMPETING_PLAINTEXT = {
        id: "MV-B09",
        severity: Error,
        title: "sensitive port that accepts plaintext",
        explanation: "\
            PERMISSIVE, DISABLE or no mode at all for a sensitive port. Of two PeerAuthentications on one level only \
            the oldest counts.",
        base: Sidecar,
        underlined: "{ mode: PERMISSIVE }",
    }

    SKIPPED_WAYPOINT = {
        id: "MV-B10",
        severity: Error,
        title: "path that bypasses the waypoint",
        explanation: "\
            A pod's own address, an ingress gateway without `istio.io/ingress-use-waypoint`, or a waypoint that does \
            not exist: traffic passes without the filter unless the pods accept connections from the waypoint only.",
        base: Ambient,
        underlined: "istio.io/use-waypoint",
    }

    SHARED_ACCOUNT = {
        id: "MV-B11",
        severity: Error,
        title: "caller identity that others can assume",
        explanation: "\
            Two workloads with one ServiceAccount are the same caller. So is a pod that names no ServiceAccount, where \
            the caller is `default`, and every pod that a user may create or exec into in that namespace.",
        base: Sidecar,
        underlined: "billing",
    }

    LABEL_ONLY_TRUST = {
        id: "MV-B12",
        severity: Error,
        title: "callers known by pod labels only",
        explanation: "Without an ALLOW rule that names principals, every user who may label a pod can be a caller.",
        base: Sidecar,
        underlined: "to: [{ operation: { paths: [\"/*\"] } }]",
    }

    SHARED_STORE = {
        id: "MV-B13",
        severity: Warning,
        title: "another workload that reads the same store",
        explanation: "The same volume claim, host path or Secret: the other workload serves the data without the filter.",
        base: Sidecar,
        underlined: "database",
    }

    FILTER_GAP = {
        id: "MV-B14",
        severity: Error,
        title: "filter that fails open or does not cover the port",
        explanation: "\
            `FAIL_OPEN`, `match.ports` without the sensitive port, `mode: CLIENT`, a module without digest, or an \
            EnvoyFilter that removes the filter.",
        base: Sidecar,
        underlined: "meshveil-customers",
    }

    OPEN_EGRESS = {
        id: "MV-B15",
        severity: Warning,
        title: "protected pod with unrestricted egress",
        explanation: "The pod itself holds the unmasked data, and can send it to any address.",
        base: Sidecar,
        underlined: "{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.0.0.0/8] } }], ports: [{ port: 443 }] }",
    }

    EARLY_CONTAINERS = {
        id: "MV-B16",
        severity: Warning,
        title: "containers that run before the proxy",
        explanation: "Init containers use the network before the sidecar runs.",
        base: Sidecar,
        underlined: "{ name: migrate, image: migrate }",
    }

    NODE_PORT = {
        id: "MV-B17",
        severity: Error,
        title: "node port of a protected workload",
        explanation: "NodePort, LoadBalancer and `hostPort`: NetworkPolicy never stops a node's own connections to its pods.",
        base: Sidecar,
        underlined: "{ containerPort: 8080, name: http, hostPort: 8080 }",
    }

    OTHER_SETTINGS = {
        id: "MV-B20",
        severity: Warning,
        title: "filter with other settings than the policy",
        explanation: "\
            The policy was changed, and what is deployed was not generated again: the deployed settings count.",
        base: Sidecar,
        underlined: "customers",
    }

    ROUTE_BY_OTHERS = {
        id: "MV-B30",
        severity: Warning,
        title: "EnvoyFilter that says which route of the policy requests are on",
        explanation: "\
            The filter takes the route of a request from Envoy's route metadata `meshveil.route`. Another EnvoyFilter that \
            sets it can put requests on a route where masking is off or masks show more; where the route's own conditions \
            do not hold, the strictest masks count.",
        base: Sidecar,
        underlined: "applyTo: HTTP_ROUTE",
    }

    FILTER_REPLACED = {
        id: "MV-B40",
        severity: Error,
        title: "policy of a route that takes the place of the masking filter",
        explanation: "\
            Of several EnvoyExtensionPolicies the one with the narrowest target counts alone: rule, route, listener, Gateway. One \
            at a route without `mergeType` takes the filter of the Gateway out, and every client that the Gateway lets in reads \
            everything.",
        base: Gateway,
        underlined: "{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: customers }",
    }

    NO_CERTIFICATE = {
        id: "MV-B41",
        severity: Warning,
        title: "listener of Envoy Gateway that recognises no caller",
        explanation: "\
            Callers are known by the certificates that a listener verifies. Without TLS, without `clientValidation` or with \
            `optional: true` requests come from unlisted callers; in the modes `Request` and `RequireAny` a client names itself.",
        base: Gateway,
        underlined: "name: plain",
    }

    OTHER_ROUTE = {
        id: "MV-B42",
        severity: Error,
        title: "route of Envoy Gateway that leads past the masking filter",
        explanation: "\
            A route of another Gateway, a TCPRoute, a TLSRoute or a Backend leads to the protected pods where no policy attaches \
            the filter, and no NetworkPolicy keeps the proxies away.",
        base: Gateway,
        underlined: "backendRefs: [{ name: customers, port: 80 }]",
    }

    PROXY_PATCHED = {
        id: "MV-B43",
        severity: Warning,
        title: "object that may change what the masking proxies do",
        explanation: "\
            An EnvoyPatchPolicy, a bootstrap or a patch in an EnvoyProxy, Lua, an external processor, a dynamic module or a \
            CONNECT upgrade can do anything with requests and responses: answers about this way are `unknown`.",
        base: Gateway,
        underlined: "anything",
    }
}
