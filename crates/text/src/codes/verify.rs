//! Findings about what runs: config dumps of proxies, and objects of a cluster beside their manifests.

codes! {
    NOT_A_DUMP = {
        id: "MV-V01",
        severity: Error,
        title: "file that is not a config dump",
        explanation: "\
            What a proxy does is read from `/config_dump` of its admin interface, or from a static configuration. Of \
            anything else nothing is known.",
        base: Proxy,
        underlined: "parts",
    }

    INCOMPLETE = {
        id: "MV-V02",
        severity: Error,
        title: "part of a dump that is missing or not understood",
        explanation: "\
            A dump with `?resource=` or `?mask=` leaves out what has to be seen, and later releases of Envoy may write \
            what this one does not read. What is not read may lead to the workload.",
        base: Proxy,
        underlined: "later",
    }

    NOTHING_PROTECTED = {
        id: "MV-V03",
        severity: Error,
        title: "dump of a proxy that does not serve the workload",
        explanation: "\
            Either it is the dump of another proxy, or the workload is reached without it. Dump the sidecar of the \
            workload, its waypoint, or the Envoy in front of it.",
        base: Proxy,
        underlined: "parts",
    }

    UNFILTERED_ROUTE = {
        id: "MV-V04",
        severity: Error,
        title: "route to a protected port without the filter",
        explanation: "\
            Responses of the workload leave as they are. Where the guard still stands, it refuses the requests, and the \
            finding is a warning.",
        base: Proxy,
        underlined: "everything-else",
    }

    UNFILTERED_CONNECTION = {
        id: "MV-V05",
        severity: Error,
        title: "connection to a protected port that is not read as HTTP",
        explanation: "\
            A TCP proxy passes bytes on, and no HTTP filter runs. In Istio the port is then not declared as HTTP.",
        base: Proxy,
        underlined: "envoy.filters.network.tcp_proxy",
    }

    EMPTY_EXTENSION = {
        id: "MV-V06",
        severity: Error,
        title: "filter whose settings did not arrive",
        explanation: "\
            The chain asks for an extension that the proxy does not have, or has without `typed_config`: the module \
            could not be fetched, or another name was applied.",
        base: Proxy,
        underlined: "meshveil",
    }

    OTHER_PLAN = {
        id: "MV-V07",
        severity: Error,
        title: "filter with another plan than the policy",
        explanation: "\
            The deployed plan decides what callers get. The finding names its digest, which is also in receipts. A \
            warning where only the key or the limits differ.",
        base: Proxy,
        underlined: "type.googleapis.com/google.protobuf.StringValue",
    }

    FAILS_OPEN = {
        id: "MV-V08",
        severity: Error,
        title: "filter that fails open",
        explanation: "\
            Where the module fails, responses pass unmasked. The guard does not help: a request that the filter has seen \
            can fail in the response.",
        base: Proxy,
        underlined: "FAIL_OPEN",
    }

    DISABLED = {
        id: "MV-V09",
        severity: Error,
        title: "filter that is switched off, everywhere or for a route",
        explanation: "\
            `disabled: true`, or `typed_per_filter_config` of a table of routes, a virtual host, a route or a cluster. A \
            warning where the guard refuses what the filter has not seen.",
        base: Proxy,
        underlined: "meshveil",
    }

    FILTER_ORDER = {
        id: "MV-V10",
        severity: Warning,
        title: "HTTP filters in another order",
        explanation: "\
            Who is calling, who may ask, the filter, the guard, the router. A filter that checks tokens behind ours \
            comes too late for it; one that encodes bodies behind ours hides them from it.",
        base: Proxy,
        underlined: "envoy.filters.http.rbac",
    }

    SHARED_CACHE = {
        id: "MV-V11",
        severity: Error,
        title: "cache in front of the filter",
        explanation: "\
            It keeps what the filter let through for one caller, and gives it to another. Behind the filter it keeps \
            what the workload sent.",
        base: Proxy,
        underlined: "cache",
    }

    NO_GUARD = {
        id: "MV-V12",
        severity: Warning,
        title: "filter without a guard behind it",
        explanation: "\
            The guard refuses requests that the filter has not seen. Without it, one change that takes the filter away \
            opens everything.",
        base: Proxy,
        underlined: "meshveil",
    }

    KEY_VARIABLE = {
        id: "MV-V13",
        severity: Error,
        title: "filter that may not read its key",
        explanation: "\
            The module sees only the variables of the proxy that its configuration names. A key that stands in the \
            configuration itself is in every dump.",
        base: Proxy,
        underlined: "meshveil",
    }

    FOREIGN_ROUTE = {
        id: "MV-V14",
        severity: Warning,
        title: "route metadata that the policy does not give",
        explanation: "\
            The filter takes the route of a request from the metadata `meshveil.route`. Another name, or other \
            conditions than the policy's, means that something else decides.",
        base: Proxy,
        underlined: "health",
    }

    BUFFER_LIMIT = {
        id: "MV-V15",
        severity: Warning,
        title: "listener that buffers much",
        explanation: "\
            The filter streams and needs little. A large buffer of each connection lets clients that read slowly fill \
            the memory of the proxy.",
        base: Proxy,
        underlined: "8388608",
    }

    OLD_PROXY = {
        id: "MV-V16",
        severity: Warning,
        title: "release of Envoy with a known defect",
        explanation: "The finding names the defect, what it does to masking, and where it is described.",
        base: Proxy,
        underlined: "36",
    }

    ADMIN_OPEN = {
        id: "MV-V17",
        severity: Error,
        title: "admin page that others reach",
        explanation: "It shows the configuration and can stop the proxy, and it asks nobody who they are.",
        base: Proxy,
        underlined: "0.0.0.0",
    }

    UNKNOWN_FILTER = {
        id: "MV-V18",
        severity: Warning,
        title: "filter beside ours whose effect is not known",
        explanation: "\
            Lua, other modules, `ext_proc`, and kinds that are not known: behind the filter they see clear data, in \
            front of it they may change what it decides by.",
        base: Proxy,
        underlined: "lua",
    }

    NO_RELOAD = {
        id: "MV-V19",
        severity: Warning,
        title: "filter that is not loaded again after a crash",
        explanation: "The proxy then refuses every request until it is restarted.",
        base: Proxy,
        underlined: "meshveil",
    }

    UPDATE_REFUSED = {
        id: "MV-V20",
        severity: Error,
        title: "update that the proxy refused",
        explanation: "What was there before goes on, and is not what was applied.",
        base: Proxy,
        underlined: "details",
    }

    DRIFT = {
        id: "MV-V21",
        severity: Error,
        title: "object of a cluster that is not as its manifest",
        explanation: "\
            Something in the cluster was changed by other means. What the API server adds by itself does not count: \
            `status`, `managedFields`, defaults.",
        base: Live,
        underlined: "PERMISSIVE",
    }

    MISSING_OBJECT = {
        id: "MV-V22",
        severity: Error,
        title: "object of the manifests that is not in the cluster",
        explanation: "It was never applied, or somebody removed it; or the export leaves out its kind or namespace.",
        base: Live,
        underlined: "customers",
    }

    NO_CERTIFICATE = {
        id: "MV-V23",
        severity: Warning,
        title: "connections without a certificate",
        explanation: "\
            Callers that are known by their certificates are not known here: what the policy grants them they do not \
            get, and any client reaches the filter.",
        base: Proxy,
        underlined: "transport_socket: { name: envoy.transport_sockets.raw_buffer }",
    }
}
