"""Whether ztunnel lets a connection in, by the authorisations that istiod hands it: written from ztunnel's description of them."""

import base64
import ipaddress


def word(rule, value):
    (key, wanted), = (rule or {"exact": ""}).items()
    if value is None:
        return False
    if key == "presence":
        return value != ""
    return {"exact": value == wanted, "prefix": value.startswith(wanted), "suffix": value.endswith(wanted)}[key]


def block(rule, address):
    bits = rule.get("length", 0)
    raw = base64.b64decode(rule["address"])
    return ipaddress.ip_address(address) in ipaddress.ip_network((raw, bits), strict=False)


def parts(principal):
    """Namespace and account of a principal."""
    found = (principal or "").split("/")
    return (found[2], found[4]) if len(found) == 5 else (None, None)


def account(rule, principal):
    namespace, name = parts(principal)
    return namespace is not None and (rule.get("namespace"), rule.get("serviceAccount")) == (namespace, name)


def match(one, connection):
    """All that a match says holds; one that says nothing never does."""
    namespace, _ = parts(connection["principal"])
    facts = [
        ("namespaces", lambda rule: word(rule, namespace)),
        ("principals", lambda rule: word(rule, connection["principal"])),
        ("serviceAccounts", lambda rule: account(rule, connection["principal"])),
        ("sourceIps", lambda rule: block(rule, connection["from"])),
        ("destinationIps", lambda rule: block(rule, connection["to"])),
        ("destinationPorts", lambda rule: rule == connection["port"]),
    ]
    said = False
    for name, fits in facts:
        twin = "not" + name[0].upper() + name[1:]
        any_of, none_of = one.get(name) or [], one.get(twin) or []
        said |= bool(any_of or none_of)
        if any_of and not any(fits(rule) for rule in any_of) or any(fits(rule) for rule in none_of):
            return False
    return said


def holds(policy, connection):
    def group(one):
        return all(any(match(m, connection) for m in rule.get("matches") or []) for rule in one.get("rules") or [])
    return any(group(one) for one in policy.get("groups") or policy.get("rules") or [])


def lets_in(policies, connection):
    policies = [policy for policy in policies if not policy.get("dryRun")]
    denying = [policy for policy in policies if policy.get("action") == "DENY"]
    allowing = [policy for policy in policies if policy.get("action", "ALLOW") == "ALLOW"]
    if any(holds(policy, connection) for policy in denying):
        return False
    return not allowing or any(holds(policy, connection) for policy in allowing)
