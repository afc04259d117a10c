//! Findings about manifests that cannot be read, or that the API server refuses.

codes! {
    INVALID_YAML = {
        id: "MV-M01",
        severity: Error,
        title: "invalid YAML",
        explanation: "The document is skipped; the ones after it are read.",
        base: Pods,
        underlined: "{",
    }

    DUPLICATE_KEY = {
        id: "MV-M02",
        severity: Error,
        title: "duplicate key",
        explanation: "Only one of the two would count.",
        base: Pods,
        underlined: "selector",
    }

    UNKNOWN_KEY = {
        id: "MV-M03",
        severity: Error,
        title: "unknown key",
        explanation: "The API server silently drops it.",
        base: Pods,
        underlined: "targetport",
    }

    WRONG_TYPE = {
        id: "MV-M04",
        severity: Error,
        title: "value of the wrong type",
        explanation: "The API server refuses the object.",
        base: Pods,
        underlined: "\"80\"",
    }

    REFUSED_OBJECT = {
        id: "MV-M05",
        severity: Error,
        title: "object that the API server refuses",
        explanation: "It is left out of every answer.",
        base: Pods,
        underlined: "Back_End",
    }

    UNSERVED_KIND = {
        id: "MV-M06",
        severity: Error,
        title: "kind or version that clusters do not serve",
        explanation: "The object is left out of every answer.",
        base: Pods,
        underlined: "extensions/v1beta1",
    }

    DUPLICATE_OBJECT = {
        id: "MV-M07",
        severity: Warning,
        title: "duplicate object",
        explanation: "\
            Both count here; in a cluster the later one replaces the earlier. Namespaces with different labels are an \
            error.",
        base: Alone,
        underlined: "backend",
    }

    NOT_BUILT = {
        id: "MV-M08",
        severity: Note,
        title: "kustomization that is not built",
        explanation: "\
            Files are read as they are; its patches, names and namespace are not applied, and what it takes from \
            elsewhere is not fetched.",
        base: Pods,
        underlined: "namespace",
    }

    PROTECTS_NOTHING = {
        id: "MV-M09",
        severity: Error,
        title: "policy that protects nothing",
        explanation: "Its selector matches no workload of its namespace, so that nothing is masked.",
        base: Sidecar,
        underlined: "{ app: customer }",
    }

    LABEL_WITHOUT_VALUE = {
        id: "MV-M20",
        severity: Warning,
        title: "label without a value",
        explanation: "\
            The API server stores an empty value where the object is created, and client-side `kubectl apply` drops the label. For each selector the \
            worse counts.",
        base: Pods,
        underlined: "app",
    }

    CALLER_CUT_OFF = {
        id: "MV-M40",
        severity: Warning,
        title: "listed caller that gets nothing",
        explanation: "\
            The policy lists the caller, and none of its requests gets a response: its pods have no certificate of the mesh, or \
            one of another ServiceAccount, or a rule stops them on the way. Less than a policy grants is a fault, too.",
        base: Sidecar,
        underlined: "billing",
    }

    OTHER_ACCOUNT = {
        id: "MV-M41",
        severity: Warning,
        title: "workload that runs as another ServiceAccount than its policy says",
        explanation: "Rules that name the workload by its identity do not fit it, and its identity is that of other pods, too.",
        base: Sidecar,
        underlined: "clients",
    }

    PORT_CUT_OFF = {
        id: "MV-M42",
        severity: Warning,
        title: "port that no source reaches any more",
        explanation: "\
            A container or a Service declares the port, and the rules of the network let no source connect to it. Where a Service \
            declares it, something calls it.",
        base: Sidecar,
        underlined: "{ name: tcp-batch, port: 9000 }",
    }

    PROBE_CUT_OFF = {
        id: "MV-M43",
        severity: Warning,
        title: "probe that the sidecar refuses",
        explanation: "\
            The kubelet has no certificate of the mesh. The injector has the agent beside the proxy answer its probes, unless the pod \
            says otherwise; then the pod is never ready.",
        base: Sidecar,
        underlined: "{ path: /healthz, port: 8080 }",
    }

    MODULE_OUT_OF_REACH = {
        id: "MV-M44",
        severity: Warning,
        title: "module that the proxy cannot fetch",
        explanation: "\
            The agent beside the proxy fetches the module of the filter, from under the rules of the network for its pod. Without the \
            module every request is refused. NetworkPolicies know addresses, no names: `cluster.registry` of the policy says which.",
        base: Sidecar,
        underlined: "meshveil-customers",
    }

    STORE_CUT_OFF = {
        id: "MV-M45",
        severity: Warning,
        title: "store whose own pods are cut off",
        explanation: "\
            Only the workload connects to a store of its policy, and what the store lists under `peers` and `clients`: replication, \
            elections, operators, backups and exporters need a place there.",
        base: Sidecar,
        underlined: "database",
    }

    NEED_CUT_OFF = {
        id: "MV-M46",
        severity: Note,
        title: "connection that is made unasked and goes nowhere",
        explanation: "\
            Proxies and libraries connect without the application saying so: to the control plane, to a collector of traces, to where \
            the cloud gives out credentials; Prometheus and gateways of other clusters connect to it, and browsers ask without a token \
            before a request of another origin (the preflight of CORS). No rule lets this one through.",
        base: Sidecar,
        underlined: "prometheus.io/scrape",
    }

    NO_BACKEND = {
        id: "MV-M47",
        severity: Error,
        title: "route to a Service or port that is not there",
        explanation: "A backend of an HTTPRoute is a Service, with the port of the Service, not that of the container.",
        base: Sidecar,
        underlined: "8080",
    }

    KEY_MISSING = {
        id: "MV-M48",
        severity: Warning,
        title: "key that arrives at no proxy",
        explanation: "\
            A keyed mask needs a variable in the environment of the proxy. Without it the filter does not start, and every request is \
            refused. In a sidecar it comes through a container `istio-proxy` of the pod, which the injector merges, or through a \
            template of the platform; in a waypoint through the settings that its Gateway names.",
        base: Sidecar,
        underlined: "customers",
    }

    JOB_NEVER_ENDS = {
        id: "MV-M49",
        severity: Note,
        title: "Job with a sidecar that may never end",
        explanation: "\
            The proxy is a container as others, unless sidecars are native: it goes on after the work is done, and the Job with it.",
        base: Sidecar,
        underlined: "nightly",
    }
}
