"""Whether Envoy's RBAC filters let a request in, as their configuration says it: written from Envoy's API, not from our code."""

import ipaddress
import re


def text(rule, value):
    """A StringMatcher."""
    if value is None:
        return False
    wanted, has = rule, value
    if rule.get("ignoreCase"):
        has = has.lower()
        wanted = {key: one.lower() if isinstance(one, str) else one for key, one in rule.items()}
    for key, fits in (("exact", lambda w: has == w), ("prefix", has.startswith), ("suffix", has.endswith), ("contains", lambda w: w in has)):
        if key in wanted:
            return fits(wanted[key])
    if "safeRegex" in rule:
        return re.fullmatch(rule["safeRegex"]["regex"], has) is not None
    raise ValueError(f"text {rule}")


def header(rule, request):
    """A HeaderMatcher."""
    name = rule["name"].lower()
    value = {":authority": request["host"], ":method": request["method"], ":path": request["path"]}.get(name, request["headers"].get(name))
    if value is None and rule.get("treatMissingHeaderAsEmpty"):
        value = ""
    if "presentMatch" in rule:
        found = (value is not None) == rule["presentMatch"]
    elif "stringMatch" in rule:
        found = text(rule["stringMatch"], value)
    elif "exactMatch" in rule:
        found = value == rule["exactMatch"]
    elif "prefixMatch" in rule:
        found = value is not None and value.startswith(rule["prefixMatch"])
    elif "suffixMatch" in rule:
        found = value is not None and value.endswith(rule["suffixMatch"])
    elif "safeRegexMatch" in rule:
        found = value is not None and re.fullmatch(rule["safeRegexMatch"]["regex"], value) is not None
    else:
        found = value is not None
    return found != rule.get("invertMatch", False)


def template(pattern, path):
    """`{*}` is one part of a path, `{**}` any number of them."""
    parts = re.split(r"(\{\*\*\}|\{\*\})", pattern)
    regex = "".join({"{**}": ".*", "{*}": "[^/]+"}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(regex, path) is not None


def inside(block, address):
    return ipaddress.ip_address(address) in ipaddress.ip_network(f"{block['addressPrefix']}/{block.get('prefixLen', 0)}", strict=False)


def permission(rule, request):
    (key, value), = rule.items()
    http = "method" in request
    if key == "any":
        return value
    if key in ("andRules", "orRules"):
        found = [permission(one, request) for one in value["rules"]]
        return all(found) if key == "andRules" else any(found)
    if key == "notRule":
        return not permission(value, request)
    if key == "destinationPort":
        return request["port"] == value
    if key == "destinationIp":
        return inside(value, request["to"])
    if key == "requestedServerName":
        return text(value, request.get("sni", ""))
    if key == "header":
        return http and header(value, request)
    if key == "urlPath":
        return http and text(value["path"], request["path"].split("?")[0])
    if key == "uriTemplate":
        return http and template(value["typedConfig"]["pathTemplate"], request["path"].split("?")[0])
    raise ValueError(f"permission {rule}")


def principal(rule, request):
    (key, value), = rule.items()
    if key == "any":
        return value
    if key in ("andIds", "orIds"):
        found = [principal(one, request) for one in value["ids"]]
        return all(found) if key == "andIds" else any(found)
    if key == "notId":
        return not principal(value, request)
    if key == "authenticated":
        name = value.get("principalName")
        return request["principal"] is not None and (name is None or text(name, request["principal"]))
    if key == "filterState":
        if value["key"] == "io.istio.peer_principal":
            return request["principal"] is not None and text(value["stringMatch"], request["principal"])
        return False
    if key in ("directRemoteIp", "remoteIp", "sourceIp"):
        return inside(value, request["from"])
    if key == "header":
        return "method" in request and header(value, request)
    if key == "metadata":
        return bool(value.get("invert"))  # no token is verified
    raise ValueError(f"principal {rule}")


def lets_in(settings, request):
    """Whether one filter, of HTTP or of the network, lets a request through."""
    rules = settings.get("rules")
    if rules is None:
        return True
    fits = any(
        any(permission(one, request) for one in policy["permissions"]) and any(principal(one, request) for one in policy["principals"])
        for policy in (rules.get("policies") or {}).values()
    )
    return fits == (rules.get("action", "ALLOW") == "ALLOW") or rules.get("action") == "LOG"
