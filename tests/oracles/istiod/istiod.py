"""What istiod's answer means: which filters a source's requests meet, from the listeners that it sends to the store, to its waypoint and
to gateways, and what those filters say."""

import itertools
import json

import rbac
import ztunnel

ORDER = ["unreachable", "denied", "masked", "clear"]
TYPE = "type.googleapis.com/"
DOMAIN = "cluster.local"


def worst(forms):
    return max(forms, key=ORDER.index, default="unreachable")


def find(chains, port, transport, protocol):
    """The chain that Envoy takes: the port before none, then the transport protocol, then the application protocol."""
    for key, wanted in (("destinationPort", port), ("transportProtocol", transport)):
        exact = [c for c in chains if (c.get("match") or {}).get(key) == wanted]
        chains = exact or [c for c in chains if not (c.get("match") or {}).get(key)]
    exact = [c for c in chains if protocol in ((c.get("match") or {}).get("applicationProtocols") or [])]
    chains = exact or [c for c in chains if not (c.get("match") or {}).get("applicationProtocols")]
    return chains[0] if chains else None


def kind(settings):
    return ((settings or {}).get("typedConfig") or {}).get("@type", "").rsplit(".", 1)[-1]


def switched_off(routes, name):
    text = json.dumps(routes or {})
    return f'"{name}": {{"@type": "{TYPE}envoy.config.route.v3.FilterConfig", "disabled": true}}' in text


def http(filters, routes, extensions, plan, request):
    """The form in which the response of one request arrives."""
    ours = guard = None
    for at, one in enumerate(filters):
        if kind(one) == "Router":
            break
        name, text = one["name"], json.dumps(one)
        if "configDiscovery" in one:
            given = {json.dumps(e) for e in extensions if e["name"] == name}
            text = given.pop() if len(given) == 1 else ""
        if one.get("disabled") or switched_off(routes, name):
            continue
        if '"wasm.meshveil.filter"' in text:
            guard = at if guard is None else guard
        elif json.dumps(plan)[1:-1] in text or pluginned(text, plan):
            ours = at if ours is None else ours
        elif kind(one) == "RBAC" and not rbac.lets_in(one["typedConfig"], request):
            return "denied"
    else:
        return "clear"
    if guard is not None and (ours is None or guard < ours):
        return "denied"
    return "clear" if ours is None or sees(plan, request["principal"]) else "masked"


def sees(plan, principal):
    """Whether the filter knows a principal that sees everything."""
    matches = [match for caller in json.loads(plan)["callers"] for match in caller["match"]]
    return principal is not None and {"principal": principal} in matches


def pluginned(text, plan):
    """Whether settings hold a plan as istiod writes it: as a JSON text with another spelling."""
    try:
        value = json.loads(text)["typedConfig"]["config"]["configuration"]["value"]
        return json.loads(value)["policy"] == json.loads(plan)["policy"]
    except (KeyError, TypeError, ValueError):
        return False


METHODS, PATHS = ["GET", "DELETE"], ["/", "/a", "/a/b", "/z/b", "/z"]
HOSTS, ROLES = ["store", "a.example.com", "other"], [{}, {"x-role": "admin"}, {"x-role": "other"}]


def requests(filters, connection):
    """Requests of every kind that the filters tell apart."""
    text = json.dumps(filters)
    paths = PATHS if any(word in text for word in ('":path"', '"urlPath"', '"uriTemplate"')) else PATHS[:1]
    methods = METHODS if '":method"' in text else METHODS[:1]
    hosts = HOSTS if '":authority"' in text else HOSTS[:1]
    roles = ROLES if '"x-role"' in text else ROLES[:1]
    for method, path, host, headers in itertools.product(methods, paths, hosts, roles):
        yield {**connection, "method": method, "path": path, "host": host, "headers": headers}


def in_chain(chain, extensions, plan, connection):
    """The form at worst over a connection's requests."""
    if chain is None:
        return "unreachable"
    for one in chain["filters"] or []:
        if "hcm" in one:
            routes = one.get("route_config")
            return worst(http(one["hcm"], routes, extensions, plan, each) for each in requests(one["hcm"], connection))
        if kind(one) == "RBAC" and not rbac.lets_in(one["typedConfig"], connection):
            return "denied"
        if kind(one) == "TcpProxy":
            return "clear"
    return "clear"


def listener(proxy, name):
    return next((one for one in proxy["listeners"] or [] if one["name"] == name), None)


def spiffe(principal):
    return principal and f"spiffe://{principal}"


PORTS = (8080, 9090, 9999)


def sidecar(proxy, plan, connection, transports=("tls", "raw_buffer"), ports=PORTS):
    """What a source gets from a pod with a sidecar, over every port and kind of connection."""
    inbound, forms = listener(proxy, "virtualInbound"), []
    extensions = proxy.get("ecds") or []
    for port, transport in itertools.product(ports, transports):
        secured = transport == "tls"
        own = {**connection, "port": port, "principal": spiffe(connection["principal"]) if secured else None}
        for protocol in ["istio-http/1.1", "istio-peer-exchange", "other"] if secured else ["http/1.1", "other"]:
            chain = inbound and find(inbound["chains"] or [], port, transport, protocol)
            if chain and chain["tls"] != secured:
                chain = None
            forms.append(in_chain(chain, extensions, plan, own) if inbound else "unreachable")
    return worst(forms)


def waypoint(proxy, plan, names, connection):
    """What a source gets through a waypoint: the chain of one of these names, which its first bytes may choose."""
    inner, outer = listener(proxy, "main_internal"), listener(proxy, "connect_terminate")
    if not outer or not outer["chains"] or not any("hcm" in one for c in outer["chains"] for one in c["filters"] or []):
        return "unreachable"
    chains = [one for one in inner["chains"] or [] if one["name"] in names] if inner else []
    own = {**connection, "principal": spiffe(connection["principal"])}
    return worst(in_chain(chain, proxy.get("ecds") or [], plan, own) for chain in chains)


def led(proxy, host, ports):
    """Ports of pods that a gateway's routes lead to behind a host, each with the transport that the gateway takes to it."""
    clusters = {one["name"]: one for one in proxy.get("clusters") or []}
    text = json.dumps(proxy.get("routes") or [])
    for port, target in ports.items():
        for name, cluster in clusters.items():
            direction, number, _, behind = name.split("|") if name.count("|") == 3 else ("", "", "", "")
            if (direction, number, behind) == ("outbound", str(port), host) and f'"{name}"' in text:
                yield target, transport(cluster)


def transport(cluster):
    """How a client connects to pods that take the mesh's mutual TLS."""
    for one in cluster.get("transportSocketMatches") or []:
        if (one.get("match") or {}).get("tlsMode") == "istio":
            return "tls"
    socket = json.dumps(cluster.get("transportSocket") or {})
    if "UpstreamTlsContext" not in socket:
        return "raw_buffer"
    return "tls" if '"istio"' in socket else "foreign"


class Ambient:
    """What istiod tells ztunnels: which policies a workload has, and which waypoint a workload or a Service."""

    def __init__(self, answer):
        self.policies = {f"{one['namespace']}/{one['name']}": one for one in answer["authorizations"] or []}
        self.workloads, self.services = {}, {}
        for one in answer["workloads"] or []:
            found = one.get("workload") or one.get("service")
            (self.workloads if "workload" in one else self.services)[f"{found['namespace']}/{found['name']}"] = found

    def lets_in(self, workload, connection):
        found = self.workloads[workload]
        namespace = workload.split("/", 1)[0]
        own = [self.policies[name] for name in found.get("authorizationPolicies") or [] if name in self.policies]
        for policy in self.policies.values():
            scope = policy.get("scope", "GLOBAL")
            if scope == "GLOBAL" or scope == "NAMESPACE" and policy["namespace"] == namespace:
                own.append(policy)
        return ztunnel.lets_in(own, connection)

    @staticmethod
    def waypoint(found):
        """The name of the waypoint's Service."""
        to = (found or {}).get("waypoint") or {}
        return (to.get("hostname") or {}).get("hostname", "").split(".")[0] or None
