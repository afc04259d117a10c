"""Random small clusters of what decides who gets in: PeerAuthentication, AuthorizationPolicy, Services, DestinationRules, gateways and
waypoints, ambient or with sidecars. Sources: `caller`, in the mesh as the store is; `side`, with a sidecar; `plain`, outside of it."""

import istiod
from clusters import MANAGER, ROUTER, guard, wasm
from objects import GATEWAY, Random
from words import Words

SECURITY, NETWORKING = "security.istio.io/v1", "networking.istio.io/v1"
OUTSIDE = "0.0.0.0/0"
MODES = ["STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"]


class Ways(Words, Random):
    def __init__(self, seed):
        super().__init__(seed, "w")
        self.mode = self.pick(["sidecar", "sidecar", "ambient", "ambient", "gateway"])
        if self.mode == "gateway" and self.chance(0.5):
            self.callers = ("edge",)
        self.base()
        self.peers()
        for number in range(self.pick([0, 1, 1, 2, 3])):
            self.authorization(f"a{number}")
        if self.mode == "gateway":
            self.gateway()
        if self.mode == "ambient":
            self.waypoints()
        elif self.chance(0.5):
            self.filters()

    # What is there.

    def pod(self, name, number, plane, labels=None, **more):
        labels = {"app": name, **(labels or {})}
        annotations = None
        if plane == "ambient":
            annotations = {"ambient.istio.io/redirection": "enabled"}
        elif plane == "sidecar":
            labels |= {"sidecar.istio.io/inject": "true", "security.istio.io/tlsMode": "istio"}
        else:
            labels |= {"sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none"}
        container = {"name": "app", "image": "registry.example.com/app:1", **more}
        if name == "store":
            container["ports"] = [{"containerPort": 8080}]
        self.add("v1", "Pod", name, {"serviceAccountName": name, "containers": [container]}, labels, annotations)
        address = f"10.0.{self.at}.{number}"
        self.objects[-1]["status"] = {"podIP": address, "podIPs": [{"ip": address}], "phase": "Running"}

    def base(self):
        labels = {"istio.io/dataplane-mode": "ambient"} if self.mode == "ambient" else {"istio-injection": "enabled"}
        if self.mode == "ambient" and self.chance(0.3):
            labels["istio.io/use-waypoint"] = self.pick(["gate", "second", "none", "missing"])
        self.objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}})
        plane = "ambient" if self.mode == "ambient" else "sidecar"
        own = {}
        if self.mode == "ambient" and self.chance(0.25):
            own["istio.io/use-waypoint"] = self.pick(["gate", "second", "none", "missing"])
        self.pod("store", 1, plane, own)
        self.pod("caller", 2, plane)
        self.pod("plain", 3, "outside")
        if self.mode == "ambient":
            self.pod("side", 4, "sidecar")
        port = {"name": self.pick(["http"] * 6 + ["tcp", "x", "grpc-a", "https", "http2"]), "port": 80, "targetPort": 8080}
        if self.chance(0.15):
            port["appProtocol"] = self.pick(["http", "tcp", "kubernetes.io/h2c", "https"])
        ports = [port]
        if self.chance(0.15):
            ports.append({"name": self.pick(["http-b", "tcp-b"]), "port": 81, "targetPort": self.pick([8080, 9090])})
        bound = {}
        if self.mode == "ambient" and self.chance(0.7):
            bound["istio.io/use-waypoint"] = self.pick(["gate"] * 5 + ["second", "none", "missing"])
        self.add("v1", "Service", "store", {"clusterIP": f"10.1.{self.at}.1", "selector": {"app": "store"}, "ports": ports}, bound)

    def peers(self):
        for name in ["default", "second", "third"][: self.pick([0, 1, 1, 2, 3])]:
            spec = {"mtls": {"mode": self.pick(MODES)}}
            if self.chance(0.4):
                spec["selector"] = {"matchLabels": {"app": self.pick(["store", "store", "other"])}}
                if self.chance(0.6):
                    spec["portLevelMtls"] = {str(self.pick([8080, 8080, 80, 9999])): {"mode": self.pick(MODES)}}
            self.add(SECURITY, "PeerAuthentication", name, spec)

    def filters(self):
        chain = {"filter": {"name": MANAGER, "subFilter": {"name": ROUTER}}}
        match = {"context": "SIDECAR_INBOUND", "listener": {"filterChain": chain}}
        values = [wasm(self.namespace, plan=self.plan())] + ([guard(self.namespace)] if self.chance(0.5) else [])
        patches = [{"applyTo": "HTTP_FILTER", "match": match, "patch": {"operation": "INSERT_BEFORE", "value": value}} for value in values]
        self.add("networking.istio.io/v1alpha3", "EnvoyFilter", "meshveil", {"workloadSelector": {"labels": {"app": "store"}}, "configPatches": patches})

    def gateway(self):
        """A gateway of one's own, and what leads from there."""
        own = f"edge-{self.namespace}"
        self.pod("edge", 5, "sidecar", {"istio": own}, args=["proxy", "router"])
        self.objects[-1]["spec"]["containers"][0]["name"] = "istio-proxy"
        self.add("v1", "Service", "edge", {"type": "LoadBalancer", "clusterIP": f"10.1.{self.at}.5", "selector": {"istio": own}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]})
        server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [self.pick(["*", "*", "a.example.com", f"{self.namespace}/*", "./*", "other/*"])]}
        self.add(NETWORKING, "Gateway", "edge", {"selector": {"istio": self.pick([own] * 5 + ["nobody"])}, "servers": [server]})
        for number in range(self.pick([0, 1, 1, 1, 2])):
            self.virtual_service(f"v{number}")
        for number in range(self.pick([0, 0, 1, 1, 2])):
            self.destination_rule(f"d{number}")

    def host(self):
        """Short names are whole by the cluster's domain, which objects that are read from a text lack in the judge."""
        whole = f"store.{self.namespace}.svc.cluster.local"
        return self.pick([whole, whole, whole, f"store.{self.namespace}", "other.example.com"])

    def virtual_service(self, name):
        destination = {"host": self.host()}
        if self.chance(0.4):
            destination["port"] = {"number": self.pick([80, 80, 81, 8080])}
        route = {"route": [{"destination": destination}]}
        if self.chance(0.3):
            route["match"] = [{"uri": self.pick([{"prefix": "/a"}, {"exact": "/z"}])}]
        if self.chance(0.15):
            route = {"redirect": {"uri": "/"}}
        gateways = self.pick([["edge"], ["edge"], [f"{self.namespace}/edge"], ["mesh"], ["mesh", "edge"], None, ["other"]])
        spec = {"hosts": [self.pick(["*", "a.example.com", "store.example.com"])] if gateways and "mesh" not in gateways else ["a.example.com"], "http": [route]}
        if gateways:
            spec["gateways"] = gateways
        if self.chance(0.2):
            spec["exportTo"] = [self.pick([".", "*"])]
        self.add(NETWORKING, "VirtualService", name, spec)

    def destination_rule(self, name):
        spec = {"host": self.pick([self.host(), self.host(), f"*.{self.namespace}.svc.cluster.local"])}
        tls = lambda: {"mode": self.pick(["DISABLE", "DISABLE", "SIMPLE", "ISTIO_MUTUAL"])}
        if self.chance(0.7):
            spec["trafficPolicy"] = {"tls": tls()}
            if self.chance(0.3):
                spec["trafficPolicy"]["portLevelSettings"] = [{"port": {"number": self.pick([80, 81])}, "tls": tls()}]
        if self.chance(0.3):
            spec["workloadSelector"] = {"matchLabels": {"app": self.pick(["edge", "caller"])}}
        if self.chance(0.2):
            spec["exportTo"] = [self.pick([".", "*"])]
        self.add(NETWORKING, "DestinationRule", name, spec)

    def waypoints(self):
        self.gates = ["gate"] + (["second"] if self.chance(0.3) else [])
        for number, name in enumerate(self.gates):
            listener = {"name": "mesh", "port": 15008, "protocol": "HBONE"}
            status = {"addresses": [{"type": "Hostname", "value": f"{name}.{self.namespace}.svc.cluster.local"}]}
            labels = {"istio.io/waypoint-for": self.pick(["service", "workload", "all", "none", "all"])} if self.chance(0.6) else {}
            self.add(f"{GATEWAY}/v1", "Gateway", name, {"gatewayClassName": "istio-waypoint", "listeners": [listener]}, labels, status=status)
            service = {"clusterIP": f"10.1.{self.at}.{number + 2}", "selector": {f"{GATEWAY}/gateway-name": name}, "ports": [{"name": "mesh", "port": 15008}]}
            self.add("v1", "Service", name, service)
            self.pod(name, 6 + number, "outside", {f"{GATEWAY}/gateway-name": name})
            self.objects[-1]["metadata"]["labels"].pop("sidecar.istio.io/inject")
            self.objects[-1]["spec"]["containers"][0]["name"] = "istio-proxy"
        if self.chance(0.5):
            self.at_waypoint()

    def at_waypoint(self):
        target = {"group": GATEWAY, "kind": "Gateway", "name": self.pick(self.gates)}
        if self.chance(0.3):
            target = {"group": "", "kind": "Service", "name": self.pick(["store", "store", "other"])}
        module = {"url": "oci://registry.example.com/meshveil:1", "pluginConfig": self.plan()}
        self.add("extensions.istio.io/v1alpha1", "WasmPlugin", "meshveil", {"targetRefs": [target], **module})

    # What istiod shows.

    def shown(self, answer, proxies):
        if self.mode == "ambient":
            return self.shown_in_ambient(istiod.Ambient(answer), proxies)
        store = proxies[f"{self.namespace}/store"]
        says = lambda source, transports: istiod.sidecar(store, self.text(), self.connection(source), transports)
        found = {"caller": says("caller", ("tls", "raw_buffer")), "plain": says("plain", ("raw_buffer",))}
        if self.mode == "gateway":
            edge = proxies[f"{self.namespace}/edge"]
            forms = [found["plain"]]
            for port, transport in istiod.led(edge, f"store.{self.namespace}.svc.cluster.local", self.ports()):
                if transport != "foreign":
                    forms.append(istiod.sidecar(store, self.text(), self.connection("edge"), (transport,), (port,)))
            found[OUTSIDE] = istiod.worst(forms)
        return found

    NUMBERS = {"store": 1, "caller": 2, "plain": 3, "side": 4, "edge": 5, "gate": 6, "second": 7}

    def connection(self, source, port=0):
        address = lambda name: f"10.0.{self.at}.{self.NUMBERS[name]}"
        return {"from": address(source), "to": address("store"), "port": port, "principal": f"cluster.local/ns/{self.namespace}/sa/{source}"}

    def ports(self):
        """Ports of the Service by number, with the pod's."""
        service = next(one for one in self.objects if one["kind"] == "Service" and one["metadata"]["name"] == "store")
        return {port["port"]: port["targetPort"] for port in service["spec"]["ports"]}

    def shown_in_ambient(self, ambient, proxies):
        own = self.namespace
        store, service = ambient.workloads[f"{own}/store"], ambient.services[f"{own}/store"]

        def at_pod(source, port, secured=True):
            connection = self.connection(source, port)
            if not secured:
                connection["principal"] = None
            return "clear" if ambient.lets_in(f"{own}/store", connection) else "denied"

        def through(gate, source, names, port, target):
            if gate is None:
                return at_pod(source, target)
            form = istiod.waypoint(proxies[f"{own}/{gate}"], self.text(), names, self.connection(source, port))
            return min(form, at_pod(gate, target), key=istiod.ORDER.index)

        plaintext = lambda source: [at_pod(source, port, False) for port in istiod.PORTS]
        caller = plaintext("caller")
        for port, target in self.ports().items():
            names = [f"inbound-vip|{port}|{word}|store.{own}.svc.cluster.local" for word in ("http", "tcp")]
            caller.append(through(ambient.waypoint(service), "caller", names, port, target))
        for port in istiod.PORTS:
            caller.append(through(ambient.waypoint(store), "caller", ["direct-http", "direct-tcp"], port, port))
        side = plaintext("side") + [at_pod("side", port) for port in istiod.PORTS]
        return {"caller": istiod.worst(caller), "side": istiod.worst(side), "plain": istiod.worst(plaintext("plain"))}
