"""Objects that others add to what is generated for the sample shop, each with whether it opens something; `None` where it does not here: the
file provider drops labels and ages, and a fault in Lua ends in 500.

`own` are objects in place of generated ones of the same kind and name. `ports` are those that clients try, with the scheme."""

CA = {"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "customers-ca"}]}
SERVICE = {"name": "customers", "port": 80}


def target(kind, **more):
    return {"group": "gateway.networking.k8s.io", "kind": kind, "name": "customers", **more}


def envoy(kind, name, spec, **meta):
    return {"apiVersion": "gateway.envoyproxy.io/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": "shop", **meta}, "spec": spec}


def route(kind, name, spec, version="v1"):
    return {"apiVersion": f"gateway.networking.k8s.io/{version}", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def gateway(name, *listeners, by="envoy-gateway"):
    return route("Gateway", name, {"gatewayClassName": by, "listeners": list(listeners)})


def extension(name, at, **more):
    return envoy("EnvoyExtensionPolicy", name, {"targetRefs": [at], **more})


HTTPS = {"name": "https", "port": 443, "protocol": "HTTPS", "tls": {"mode": "Terminate", "certificateRefs": [{"kind": "Secret", "name": "customers-tls"}]}}
HTTP = {"name": "plain", "port": 9080, "protocol": "HTTP"}
RAW = {"name": "raw", "port": 9082, "protocol": "TCP"}
THROUGH = {"name": "through", "port": 8443, "protocol": "TLS", "tls": {"mode": "Passthrough"}}
LUA = {"lua": [{"type": "Inline", "inline": "function envoy_on_request(r) end function envoy_on_response(r) end"}]}
ANY_PROXY = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "any", "namespace": "shop"},
             "spec": {"podSelector": {"matchLabels": {"app": "customers"}}, "policyTypes": ["Ingress"],
                      "ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/managed-by": "envoy-gateway"}}}]}]}}
ALL = {"rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}], "backendRefs": [SERVICE]}]}
# In place of the generated policy: the same for the Gateway alone, as it was before 0.2.
AT_GATEWAY = "the generated policy at the Gateway only"
DENY = {"authorization": {"defaultAction": "Deny"}}

# Name, objects that are added, objects in place of generated ones, more ports, whether it opens something.
SCENARIOS = [
    ("as generated", [], [], [], False),
    ("policy of the route", [extension("a", target("HTTPRoute"), **LUA)], [], [], False),
    ("policy of the route that holds nothing", [extension("a", target("HTTPRoute"))], [], [], False),
    ("policy of the rule with a name before ours", [extension("a", target("HTTPRoute", sectionName="all"))], [], [], True),
    ("policy of a rule that is not there", [extension("a", target("HTTPRoute", sectionName="none"))], [], [], False),
    ("policy of the listener", [extension("a", target("Gateway", sectionName="https"))], [], [], False),
    ("policy of another route", [extension("a", {**target("HTTPRoute"), "name": "other"})], [], [], False),
    ("older name at the Gateway", [extension("a", target("Gateway"))], [], [], False),
    ("younger name at the Gateway", [extension("z", target("Gateway"))], [], [], False),
    ("older by age at the Gateway", [envoy("EnvoyExtensionPolicy", "z", {"targetRefs": [target("Gateway")]}, creationTimestamp="2020-01-01T00:00:00Z")], [], [], None),
    ("policy of the rule with a name behind ours", [extension("z", target("HTTPRoute", sectionName="all"))], [], [], False),
    ("filter at the Gateway only, and a policy of the route", [extension("a", target("HTTPRoute"))], [AT_GATEWAY], [], True),
    ("filter at the Gateway only, and a policy of the listener", [extension("a", target("Gateway", sectionName="https"))], [AT_GATEWAY], [], True),
    ("by labels", [envoy("EnvoyExtensionPolicy", "a", {"targetSelectors": [{"kind": "HTTPRoute", "matchLabels": {"app.kubernetes.io/managed-by": "meshveil"}}]})], [], [], None),
    ("by labels that the route lacks", [envoy("EnvoyExtensionPolicy", "a", {"targetSelectors": [{"kind": "HTTPRoute", "matchLabels": {"tier": "edge"}}]})], [], [], False),
    ("merged with the Gateway's", [extension("a", target("HTTPRoute"), mergeType="StrategicMerge", **LUA)], [], [], False),
    ("merged as JSON", [extension("a", target("HTTPRoute"), mergeType="JSONMerge", **LUA)], [], [], False),
    ("second route of the Gateway", [route("HTTPRoute", "second", {"parentRefs": [{"name": "customers"}], **ALL})], [], [], False),
    ("second route with a policy", [route("HTTPRoute", "second", {"parentRefs": [{"name": "customers"}], "hostnames": ["customers.shop"], **ALL}),
                                    extension("a", {**target("HTTPRoute"), "name": "second"})], [], [], True),
    ("second Gateway without TLS", [gateway("second", HTTP), route("HTTPRoute", "second", {"parentRefs": [{"name": "second"}], **ALL}), ANY_PROXY],
     [gateway("customers", HTTPS, by="elsewhere")], [("http", 9080)], True),  # Two proxies do not run on one host.
    ("listener without TLS", [], [gateway("customers", HTTPS, HTTP)], [("http", 9080)], False),
    ("TCPRoute", [route("TCPRoute", "raw", {"parentRefs": [{"name": "customers", "sectionName": "raw"}], "rules": [{"backendRefs": [SERVICE]}]})],
     [gateway("customers", HTTPS, RAW)], [("http", 9082)], True),
    ("TCPRoute at a listener of HTTP", [route("TCPRoute", "raw", {"parentRefs": [{"name": "customers", "sectionName": "plain"}], "rules": [{"backendRefs": [SERVICE]}]})],
     [gateway("customers", HTTPS, HTTP)], [("http", 9080)], False),
    ("certificate optional", [], [envoy("ClientTrafficPolicy", "customers", {"targetRefs": [target("Gateway")], "tls": {"clientValidation": {"optional": True, **CA}}})], [], False),
    ("certificate not asked for", [], [envoy("ClientTrafficPolicy", "customers", {"targetRefs": [target("Gateway")], "headers": {"enableEnvoyHeaders": True}})], [], False),
    ("certificate not verified", [], [envoy("ClientTrafficPolicy", "customers", {"targetRefs": [target("Gateway")], "tls": {"clientValidation": {"mode": "RequireAny"}}})], [], False),
    ("ClientTrafficPolicy of the listener", [envoy("ClientTrafficPolicy", "a", {"targetRefs": [target("Gateway", sectionName="https")], "headers": {"enableEnvoyHeaders": True}})], [], [], False),
    ("SecurityPolicy that refuses", [envoy("SecurityPolicy", "a", {"targetRefs": [target("HTTPRoute")], **DENY})], [], [], False),
    ("upgrade to a tunnel", [envoy("BackendTrafficPolicy", "a", {"targetRefs": [target("HTTPRoute")], "httpUpgrade": [{"type": "CONNECT"}]})], [], [], False),
    ("EnvoyPatchPolicy", [envoy("EnvoyPatchPolicy", "a", {"targetRef": target("Gateway"), "type": "JSONPatch", "jsonPatches": [
        {"type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "shop/customers/https",
         "operation": {"op": "remove", "jsonPath": "..routes[*].typed_per_filter_config", "path": ""}}]})], [], [], None),
]
