#!/usr/bin/env python3
"""Writes ../src/crds.json: for kinds of custom resources the schema of `spec`, as their definitions say it.

Sources, from the Go modules (go mod download):
  istio.io/istio                                      manifests/charts/base/files/crd-all.gen.yaml
  sigs.k8s.io/network-policy-api v0.1.7 and v0.3.0    config/crd/experimental/*.yaml
  sigs.k8s.io/gateway-api v1.6.0                      config/crd/standard/gateway.networking.k8s.io_gateways.yaml
  github.com/envoyproxy/gateway v1.9.1                charts/gateway-crds-helm/templates/generated/*.yaml

usage: crds.py FILE... > ../src/crds.json

Descriptions are left out. Rules in CEL become JSON schema where they can; those that cannot are written to standard error.
"""
import json, re, sys
import yaml

WANTED = set("""
TrafficExtension WasmPlugin EnvoyFilter Sidecar Gateway VirtualService ServiceEntry DestinationRule
AuthorizationPolicy PeerAuthentication RequestAuthentication
AdminNetworkPolicy BaselineAdminNetworkPolicy ClusterNetworkPolicy
EnvoyExtensionPolicy ClientTrafficPolicy EnvoyPatchPolicy HTTPRouteFilter Backend
""".split())
KEEP = set("""
type properties items additionalProperties required enum pattern minimum maximum minLength maxLength minItems maxItems
minProperties maxProperties oneOf anyOf allOf not uniqueItems
""".split())
SCHEMES = r"^(?![A-Za-z][A-Za-z0-9+.-]*://)|^(http|https|file|oci)://"
without = lambda *names: {"not": {"required": list(names)}}
when = lambda condition, then: {"if": condition, "then": then}
word = lambda key, value: {"required": [key], "properties": {key: {"const": value}}}
has = lambda *names: {"required": list(names)}

RULES = [
    (r"^!self.contains\(\"\*\"\)$", {"pattern": r"^[^*]*$"}),
    (r"^self.all\(key, !key.contains\(\"\*\"\)\)$", {"propertyNames": {"pattern": r"^[^*]*$"}}),
    (r"^self.all\(key, key.size\(\) != 0\)$", {"propertyNames": {"minLength": 1}}),
    (r"^self.size\(\) == 0$", {"maxLength": 0}),
    (r"^0 < self && self <= 65535$", {"minimum": 1, "maximum": 65535}),
    (r"^has\(self.wasm\) != has\(self.lua\)$", {"oneOf": [has("wasm"), has("lua")]}),
    (r"getScheme\(\) in \[\"\"", {"pattern": SCHEMES}),
    (r"getScheme\(\) in \[\"http\", \"https\"\]", {"pattern": r"^https?://"}),
    (r"valueFrom\) \? self.valueFrom : \"\"\) != \"HOST\"", when(word("valueFrom", "HOST"), without("value"))),
    (r"self.context == \"WAYPOINT\"", {}),  # of releases of 2026 only; such a patch is in no proxy anyway
    (r"has\(self.serviceAccounts\)", when({"anyOf": [has("serviceAccounts"), has("notServiceAccounts")]},
        {"allOf": [without(n) for n in ("principals", "notPrincipals", "namespaces", "notNamespaces")]})),
    (r"^has\(self.portLevelMtls\)", when(has("portLevelMtls"),
        {"required": ["selector"], "properties": {"selector": {"required": ["matchLabels"], "properties": {"matchLabels": {"minProperties": 1}}}}})),
    (r"0 < int\(key\)", {"propertyNames": {"pattern": r"^0*([1-9][0-9]{0,3}|[1-5][0-9]{4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5]))))$"}}),
    (r"^self != \"\*\"$", {"not": {"const": "*"}}),
    (r"^has\(self.address\) \|\| has\(self.network\)$", {"anyOf": [has("address"), has("network")]}),
    (r"\"NONE\"\) == \"NONE\"\) \? !has\(self.endpoints\)", {"if": {"anyOf": [word("resolution", "NONE"), without("resolution")]}, "then": without("endpoints")}),
    (r"destinationNamedPort|port.namedPort", {}),  # in syntax.rs
    (r"isCIDR|self.start < self.end", {}),  # in admin_policy.rs
]
left = set()


def targets(rule):
    """What a policy of Envoy Gateway may attach to, and under which conditions: `self.targetRef.kind in [...]` and the like."""
    if rule.startswith("(has(self.targetRef) && !has(self.targetRefs))"):
        some = {"required": ["targetSelectors"], "properties": {"targetSelectors": {"minItems": 1}}}
        return {"anyOf": [{**has("targetRef"), **without("targetRefs")}, {**has("targetRefs"), **without("targetRef")}, some]}
    if rule == "has(self.group) ? self.group == 'gateway.networking.k8s.io' : true":
        return {"properties": {"group": {"const": "gateway.networking.k8s.io"}}}
    if "self.targetRef" not in rule:
        return None
    key = "kind" if ".kind in" in rule else "group"
    wanted = {"properties": {key: {"enum": re.findall(r"'([\w.]+)'", rule.split("]")[0])}}}
    found = {"properties": {"targetRef": wanted, "targetRefs": {"items": wanted}, "targetSelectors": {"items": wanted}}}
    if rule.startswith("!has(self.mergeType) || "):
        return when(has("mergeType"), found)
    return found


def unions(rule):
    """`self.type == 'Image' ? has(self.image) : !has(self.image)`"""
    match = re.fullmatch(r"self.type == '(\w+)' \? has\(self.(\w+)\) : !has\(self.(\w+)\)", rule)
    if match and match[2] == match[3]:
        return {"if": word("type", match[1]), "then": has(match[2]), "else": without(match[2])}
    return None


def pairs(rule):
    """`(has(self.a) ? 1 : 0) + (has(self.b) ? 1 : 0) <= 1`: at most one of them."""
    if not re.fullmatch(r"(\(has\(self\.\w+\) \? 1 : 0\)( \+ )?)+ <= 1", rule):
        return None
    names = re.findall(r"has\(self\.(\w+)\)", rule)
    return {"allOf": [without(a, b) for i, a in enumerate(names) for b in names[i + 1:]]}


def translated(rule, kind):
    found = next((schema for test in (pairs, targets, unions) if (schema := test(rule)) is not None), None)
    if found is None:
        found = next((schema for pattern, schema in RULES if re.search(pattern, rule)), None)
    if found is None:
        left.add(f"{kind}: {rule}")
    return found or {}


def lean(schema, kind):
    if not isinstance(schema, dict):
        return schema
    found = {}
    for key, value in schema.items():
        if key not in KEEP:
            continue
        if key in ("properties",):
            value = {name: lean(inner, kind) for name, inner in value.items()}
        elif key in ("oneOf", "anyOf", "allOf"):
            value = [lean(inner, kind) for inner in value]
        elif isinstance(value, dict):
            value = lean(value, kind)
        found[key] = value
    if schema.get("x-kubernetes-int-or-string"):
        found = {"type": ["integer", "string"]}
    more = [translated(rule["rule"].strip(), kind) for rule in schema.get("x-kubernetes-validations") or []]
    more = [schema for schema in more if schema]
    if more:
        found["allOf"] = found.get("allOf", []) + more
    return found


kinds = {}
for file in sys.argv[1:]:
    # Those of charts stand between lines of a template.
    text = "".join(line for line in open(file) if not line.startswith("{{"))
    for definition in yaml.safe_load_all(text):
        if not definition or definition["spec"]["names"]["kind"] not in WANTED:
            continue
        spec, name = definition["spec"], definition["spec"]["names"]["kind"]
        version = spec["versions"][-1]
        schema = lean(version["schema"]["openAPIV3Schema"]["properties"]["spec"], name)
        if "spec" in version["schema"]["openAPIV3Schema"].get("required", []):
            schema["x-needed"] = True
        kinds[f"{spec['group']}/{name}"] = {"versions": [v["name"] for v in spec["versions"]], "spec": schema}
print("{")
print(",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in sorted(kinds.items())))
print("}")
print("\n".join(sorted(left)), file=sys.stderr)
