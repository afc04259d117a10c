"""Random small clusters of the kinds that decide whether the masking filter runs: EnvoyFilter, WasmPlugin, TrafficExtension, Sidecar,
Service, PeerAuthentication, a caller and a store, beside sidecars or behind a waypoint. Each lives in a namespace of its own."""

import json

import istiod
import objects
from objects import GATEWAY, Random, plan

MANAGER = "envoy.filters.network.http_connection_manager"
ROUTER = "envoy.filters.http.router"
TYPE = "type.googleapis.com/"
OURS, GUARD = "meshveil", "meshveil.guard"


def wasm(namespace, name=OURS, plan=None):
    settings = {"@type": TYPE + "google.protobuf.StringValue", "value": json.dumps(plan or objects.plan(namespace))}
    return {"name": name, "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {"name": "meshveil", "configuration": settings}}}


def announced(name=OURS):
    source = {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}
    return {"name": name, "config_discovery": {"config_source": source,
            "type_urls": [TYPE + "envoy.extensions.filters.http.wasm.v3.Wasm"]}}


def guard(namespace):
    state = {"key": "wasm.meshveil.filter", "string_match": {"exact": f"{namespace}/store"}}
    policies = {"seen-by-the-filter": {"permissions": [{"any": True}], "principals": [{"filter_state": state}]}}
    return {"name": GUARD, "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"action": "ALLOW", "policies": policies}}}


def lua():
    return {"name": "foreign", "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": "function envoy_on_request(h) end"}}}


def tcp_proxy():
    return {"name": "envoy.filters.network.tcp_proxy", "typed_config": {
        "@type": TYPE + "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "x", "cluster": "inbound|8080||"}}


class Cluster(Random):
    def __init__(self, seed):
        super().__init__(seed, "c")
        self.waypoint = self.random.random() < 0.25
        self.base()
        self.filters()

    def shown(self, answer, proxies):
        """What istiod shows each source."""
        connection = {"from": f"10.0.{self.at}.2", "to": f"10.0.{self.at}.1", "principal": f"cluster.local/ns/{self.namespace}/sa/caller"}
        if self.waypoint:
            names = [f"inbound-vip|80|http|store.{self.namespace}.svc.cluster.local"]
            return {"caller": istiod.waypoint(proxies[f"{self.namespace}/gate"], self.text(), names, {**connection, "port": 80})}
        return {"caller": istiod.sidecar(proxies[f"{self.namespace}/store"], self.text(), connection)}

    def pod(self, name, address, labels=None):
        labels = {"app": name, **(labels or {})}
        containers = [{"name": "app", "image": "registry.example.com/app:1"}]
        if name == "store":
            containers[0]["ports"] = [{"containerPort": 8080}]
        self.add("v1", "Pod", name, {"serviceAccountName": name, "containers": containers}, labels)
        self.objects[-1]["status"] = {"podIP": address, "podIPs": [{"ip": address}], "phase": "Running"}
        if not self.waypoint:
            return
        self.objects[-1]["metadata"]["annotations"] = {"ambient.istio.io/redirection": "enabled"}

    def base(self):
        pick, at = self.pick, self.at
        labels = {"istio.io/dataplane-mode": "ambient"} if self.waypoint else {"istio-injection": "enabled"}
        self.objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}})
        self.pod("store", f"10.0.{at}.1")
        self.pod("caller", f"10.0.{at}.2")
        port = {"name": "http", "port": 80, "targetPort": 8080}
        if not self.waypoint:
            port["name"] = pick(["http"] * 8 + ["tcp", "x", "grpc", "https"])
        bound = {"istio.io/use-waypoint": "gate"} if self.waypoint else None
        self.add("v1", "Service", "store", {"clusterIP": f"10.1.{at}.1", "selector": {"app": "store"}, "ports": [port]}, bound)
        self.add("security.istio.io/v1", "PeerAuthentication", "default", {"mtls": {"mode": "STRICT" if self.waypoint else pick(["STRICT"] * 3 + ["PERMISSIVE"])}})
        if self.waypoint:
            listener = {"name": "mesh", "port": 15008, "protocol": "HBONE"}
            gate = f"gate.{self.namespace}.svc.cluster.local"
            self.add(f"{GATEWAY}/v1", "Gateway", "gate", {"gatewayClassName": "istio-waypoint", "listeners": [listener]},
                     status={"addresses": [{"type": "Hostname", "value": gate}]})
            self.add("v1", "Service", "gate", {"clusterIP": f"10.1.{at}.2", "selector": {f"{GATEWAY}/gateway-name": "gate"}, "ports": [{"name": "mesh", "port": 15008}]})
            self.add("v1", "Pod", "gate", {"serviceAccountName": "gate", "containers": [{"name": "istio-proxy", "image": "proxyv2"}]}, {f"{GATEWAY}/gateway-name": "gate"})
            self.objects[-1]["status"] = {"podIP": f"10.0.{at}.3", "phase": "Running"}
            principal = f"cluster.local/ns/{self.namespace}/sa/gate"
            self.add("security.istio.io/v1", "AuthorizationPolicy", "only-waypoint", {"selector": {"matchLabels": {"app": "store"}},
                     "rules": [{"from": [{"source": {"principals": [principal]}}]}]})
        else:
            only = {"ports": ["8080"], "paths": ["/*"]}
            self.add("security.istio.io/v1", "AuthorizationPolicy", "only-declared", {"rules": [{"to": [{"operation": only}]}]})
            if self.chance(0.12):
                self.sidecar()

    def sidecar(self):
        for name in self.random.sample(["a", "b", "c"], self.random.choice([1, 1, 2])):
            port = {"number": self.random.choice([8080, 8080, 9090]), "name": "x", "protocol": self.random.choice(["HTTP", "HTTP", "TCP"])}
            spec = {"egress": [{"hosts": ["./*"]}]}
            if self.chance(0.8):
                spec["ingress"] = [{"port": port, "defaultEndpoint": f"127.0.0.1:{port['number']}"}]
            if self.chance(0.5):
                spec["workloadSelector"] = {"labels": {"app": self.random.choice(["store", "store", "other"])}}
            self.add("networking.istio.io/v1", "Sidecar", name, spec)

    # What is attached.

    def filters(self):
        how = self.random.random()
        if how < 0.35:
            self.extension()
        elif how < 0.95:
            self.patched(OURS)
        if self.chance(0.35):
            self.patched(GUARD, priority=self.random.choice([10, 10, 10, None, -1]))
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            self.foreign()
        if self.chance(0.05):
            self.extension()

    def target(self):
        if not self.waypoint:
            return {"targetRefs": [{"group": GATEWAY, "kind": "Gateway", "name": "gate"}]} if self.chance(0.04) else {}
        ref = {"group": GATEWAY, "kind": "Gateway", "name": "gate"}
        other = self.random.random()
        if other < 0.08:
            del ref["group"]
        elif other < 0.12:
            ref["name"] = "other"
        elif other < 0.18:
            return {}
        return {"targetRefs": [ref]}

    def extension(self):
        name = "meshveil" if not any(one["metadata"]["name"] == "meshveil" for one in self.objects) else "meshveil-b"
        pick = self.random.choice
        spec = self.target()
        if "targetRefs" not in spec:
            spec["selector"] = {"matchLabels": {"app": pick(["store"] * 6 + ["other"])}}
        elif self.waypoint and self.chance(0.3):
            spec["targetRefs"] = [{"group": pick(["", "core"]), "kind": "Service", "name": pick(["store"] * 4 + ["other"])}]
        if self.chance(0.3):
            spec["phase"] = pick(["AUTHN", "AUTHZ", "STATS"])
        if self.chance(0.35):
            one = {}
            if self.chance(0.8):
                one["mode"] = pick(["SERVER"] * 3 + ["CLIENT", "CLIENT_AND_SERVER"])
            if self.chance(0.4):
                one["ports"] = [{"number": pick([8080, 8080, 80, 9090])}]
            spec["match"] = [one]
        module = {"url": "oci://registry.example.com/meshveil:1", "pluginConfig": plan(self.namespace)}
        if self.chance(0.08):
            module["type"] = pick(["NETWORK", "HTTP"])
        if self.chance(0.5):
            self.add("extensions.istio.io/v1alpha1", "WasmPlugin", name, {**spec, **module})
        else:
            self.add("extensions.istio.io/v1alpha1", "TrafficExtension", name, {**spec, "wasm": module})

    def envoy_filter(self, name, patches, priority=None):
        spec = {"configPatches": patches, **self.target()}
        if "targetRefs" not in spec and self.chance(0.5):
            spec["workloadSelector"] = {"labels": {"app": self.random.choice(["store"] * 9 + ["other"])}}
        if priority is not None:
            spec["priority"] = priority
        self.add("networking.istio.io/v1alpha3", "EnvoyFilter", f"{name}-{len(self.objects)}", spec)

    def matched(self, anchor=ROUTER, doubt=0.4):
        """A match that fits, or one with something in it that may not."""
        pick = self.random.choice
        chain = {"filter": {"name": MANAGER}}
        if anchor:
            chain["filter"]["subFilter"] = {"name": anchor}
        listener, match = {"filterChain": chain}, {"context": "SIDECAR_INBOUND"}
        if self.waypoint and self.chance(0.5):
            listener["name"] = "main_internal"
        for _ in range(pick([1, 1, 2]) if self.chance(doubt) else 0):
            what = pick(["context", "name", "port", "chain", "sni", "transport", "protocols", "destination", "manager", "filter", "version", "nothing", "empty"])
            if what == "context":
                match["context"] = pick(["ANY", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT"])
            elif what == "name":
                listener["name"] = pick(["virtualInbound", "main_internal", "virtualOutbound", "connect_terminate", "0.0.0.0_8080"])
            elif what == "port":
                listener["portNumber"] = pick([8080, 80, 15006, 9090])
            elif what == "chain":
                chain["name"] = pick(["0.0.0.0_8080", "virtualInbound", "virtualInbound-catchall-http", f"inbound-vip|80|http|store.{self.namespace}.svc.cluster.local", "x"])
            elif what == "sni":
                chain["sni"] = pick(["store", "*"])
            elif what == "transport":
                chain["transportProtocol"] = pick(["tls", "raw_buffer"])
            elif what == "protocols":
                chain["applicationProtocols"] = pick(["istio-http/1.1", "http/1.1", "istio,istio-h2", "istio-peer-exchange", "h2c"])
            elif what == "destination":
                chain["destinationPort"] = pick([8080, 8080, 80, 15006])
            elif what == "manager":
                chain["filter"] = {**chain["filter"], "name": pick(["envoy.http_connection_manager", "envoy.filters.network.tcp_proxy", MANAGER])}
            elif what == "filter" and anchor:
                chain["filter"]["subFilter"] = {"name": pick(["envoy.router", "envoy.filters.http.cors", "envoy.filters.http.fault", "envoy.filters.http.rbac", "envoy.filters.http.jwt_authn", OURS, GUARD, "istio.metadata_exchange", self.extension_name()])}
            elif what == "version":
                match["proxy"] = {"proxyVersion": pick([r"^1\.31.*", r"^1\.\d+.*", r"^1\.5.*", r"^1\.31$", r"1\.(29|30|31)\."])}
            elif what == "nothing":
                return {**match, "routeConfiguration": {"name": "x"}} if self.chance(0.3) else match
            elif what == "empty":
                del chain["filter"]
                break
        return {**match, "listener": listener}

    def extension_name(self):
        name = f"extensions.istio.io/trafficextension/{self.namespace}.meshveil"
        return self.random.choice([name, name + "~istio-translated-wasmplugin", f"extensions.istio.io/wasmplugin/{self.namespace}.meshveil"])

    def patched(self, what, priority=None):
        pick = self.random.choice
        operation = pick(["INSERT_BEFORE"] * 8 + ["INSERT_AFTER", "INSERT_FIRST", "ADD", "REPLACE", "MERGE"])
        value, patches = (guard if what == GUARD else wasm)(self.namespace), []
        if what == OURS and self.chance(0.4):
            value = announced()
            if self.chance(0.92):
                match = {"context": pick(["SIDECAR_INBOUND"] * 4 + ["ANY", "GATEWAY"])}
                if self.chance(0.06):
                    match["proxy"] = {"proxyVersion": pick([r"^1\.31.*", r"^1\.5.*"])}
                patches.append({"applyTo": "EXTENSION_CONFIG", "match": match, "patch": {"operation": pick(["ADD"] * 9 + ["MERGE"]), "value": wasm(self.namespace)}})
        if self.chance(0.03):
            value["disabled"] = True
        patches.insert(0, {"applyTo": "HTTP_FILTER", "match": self.matched(), "patch": {"operation": operation, "value": value}})
        self.envoy_filter(what.replace(".", "-"), patches, priority)

    def foreign(self):
        pick = self.random.choice
        kind = pick(["insert", "remove", "replace", "merge", "network", "chain", "listener", "route", "merge-network"])
        names = [OURS, OURS, GUARD, ROUTER, "envoy.filters.http.cors", "envoy.filters.http.rbac", self.extension_name()]
        patch = {"operation": "REMOVE"}
        if kind == "insert":
            apply, match = "HTTP_FILTER", self.matched(pick(names), 0.2)
            patch = {"operation": pick(["INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"]), "value": lua()}
        elif kind == "remove":
            apply, match = "HTTP_FILTER", self.matched(pick(names), 0.25)
        elif kind == "replace":
            apply, match = "HTTP_FILTER", self.matched(pick(names), 0.2)
            patch = {"operation": "REPLACE", "value": pick([lua(), wasm(self.namespace)])}
        elif kind == "merge":
            apply, match = "HTTP_FILTER", self.matched(pick(names), 0.2)
            patch = {"operation": "MERGE", "value": pick([{"name": "renamed"}, {"name": OURS, "typed_config": wasm("other")["typed_config"]}])}
        elif kind == "network":
            apply, match = "NETWORK_FILTER", self.matched(None, 0.3)
            patch = pick([patch, {"operation": "REPLACE", "value": tcp_proxy()}, {"operation": "INSERT_BEFORE", "value": tcp_proxy()}, {"operation": "INSERT_FIRST", "value": tcp_proxy()}, {"operation": "INSERT_AFTER", "value": tcp_proxy()}])
        elif kind == "merge-network":
            apply, match = "NETWORK_FILTER", self.matched(None, 0.2)
            settings = {"@type": TYPE + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "server_name": "x"}
            patch = {"operation": "MERGE", "value": pick([{"name": MANAGER, "typed_config": settings}, {"name": "renamed", "typed_config": settings}])}
        elif kind == "chain":
            apply, match = "FILTER_CHAIN", self.matched(None, 0.6)
        elif kind == "listener":
            apply, match = "LISTENER", {"context": pick(["SIDECAR_INBOUND", "ANY", "GATEWAY"]), "listener": pick([{"name": "virtualInbound"}, {"portNumber": 15006}, {"portNumber": 8080}, {"name": "main_internal"}])}
        else:
            apply, match = "HTTP_ROUTE", {"context": pick(["SIDECAR_INBOUND", "ANY", "GATEWAY"])}
            if self.chance(0.6):
                match["routeConfiguration"] = pick([{"name": "inbound|8080||"}, {"name": "inbound|80||"}, {"portNumber": 8080}, {"vhost": {"route": {"name": "default"}}}, {"vhost": {"route": {"action": "REDIRECT"}}}])
            disabled = {pick([OURS, GUARD, self.extension_name()]): {"@type": TYPE + "envoy.config.route.v3.FilterConfig", "disabled": True}}
            patch = {"operation": "MERGE", "value": {"typed_per_filter_config": disabled}}
        self.envoy_filter("foreign", [{"applyTo": apply, "match": match, "patch": patch}], pick([None, 5, 20, -5]))
