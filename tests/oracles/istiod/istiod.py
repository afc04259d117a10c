"""What istiod's answer means: which filters a caller's requests meet, from the listeners that it sends to the store or to its waypoint."""

import json

ORDER = ["unreachable", "denied", "masked", "clear"]
MANAGER = "HttpConnectionManager"


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
    return f'"{name}": {{"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": true}}' in text


def http(filters, routes, extensions, plan, declared):
    """The form in which a request's response arrives."""
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
    else:
        return "clear"
    has_rbac = any(one["name"] == "envoy.filters.http.rbac" for one in filters)
    if has_rbac and not declared:
        return "denied"
    if guard is not None and (ours is None or guard < ours):
        return "denied"
    return "clear" if ours is None else "masked"


def pluginned(text, plan):
    """Whether settings hold a plan as istiod writes it: as a JSON text with another spelling."""
    try:
        value = json.loads(text)["typedConfig"]["config"]["configuration"]["value"]
        return json.loads(value)["policy"] == json.loads(plan)["policy"]
    except (KeyError, TypeError, ValueError):
        return False


def in_chain(chain, extensions, plan, declared):
    if chain is None:
        return "unreachable"
    for one in chain["filters"] or []:
        if "hcm" in one:
            return http(one["hcm"], one.get("route_config"), extensions, plan, declared)
        if one["name"] == "envoy.filters.network.rbac":
            return "denied"
        if kind(one) == "TcpProxy":
            return "clear"
    return "clear"


def listener(proxy, name):
    return next((one for one in proxy["listeners"] or [] if one["name"] == name), None)


def sidecar(proxy, plan):
    inbound, forms = listener(proxy, "virtualInbound"), []
    extensions = proxy.get("ecds") or []
    for port in (8080, 9999):
        for transport, protocols in (("tls", ["istio-http/1.1", "istio-peer-exchange", "other"]), ("raw_buffer", ["http/1.1", "other"])):
            for protocol in protocols:
                chain = inbound and find(inbound["chains"] or [], port, transport, protocol)
                if transport == "raw_buffer" and chain and chain["tls"] or transport == "tls" and chain and not chain["tls"]:
                    chain = None
                if chain is None and not inbound:
                    forms.append("unreachable")
                    continue
                forms.append(in_chain(chain, extensions, plan, port == 8080))
    return max(forms, key=ORDER.index)


def waypoint(proxy, plan, namespace):
    inner, name = listener(proxy, "main_internal"), f"inbound-vip|80|http|store.{namespace}.svc.cluster.local"
    outer = listener(proxy, "connect_terminate")
    chain = inner and next((one for one in inner["chains"] or [] if one["name"] == name), None)
    if not outer or not outer["chains"] or not any("hcm" in one for c in outer["chains"] for one in c["filters"] or []):
        return "unreachable"
    return in_chain(chain or None, proxy.get("ecds") or [], plan, True)
