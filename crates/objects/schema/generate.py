#!/usr/bin/env python3
"""Writes ../src/schema.json: the closed key sets of every kind meshveil reads.

Sources (unpack them first, then name their folders):
  pip download --no-deps kubernetes-validate      -> KUBERNETES: the folder kubernetes-json-schema
  npm pack @kubernetes-models/istio@3.0.1         -> ISTIO: the folder package
  npm pack @kubernetes-models/gateway-api@2.0.0   -> GATEWAY: the folder package

usage: generate.py KUBERNETES ISTIO GATEWAY > ../src/schema.json

Form of a type: "string", "int", "bool", "number", "intstr" (number or string), "any", "A|B" (one of these words),
"[T]" (list), "{T}" (map with any keys), "@Name" (an object of the named type).
"""
import json, os, re, sys

KUBERNETES, ISTIO, GATEWAY = sys.argv[1:4]
types = {}
kinds = {}


def short(name):
    parts = name.split(".")
    return parts[-1] if parts[-3:-2] != ["meta"] else parts[-1]


# --- Kubernetes: the union over all versions in the package, so that a field removed or added counts as known.
def versions():
    found = [v for v in os.listdir(KUBERNETES) if v.endswith("-local-strict")]
    return sorted(found, key=lambda v: [int(x) for x in re.findall(r"\d+", v)])


definitions = {}
for version in versions():
    with open(os.path.join(KUBERNETES, version, "_definitions.json")) as f:
        doc = json.load(f)
    for name, body in doc.get("$defs", doc.get("definitions", {})).items():
        old = definitions.setdefault(name, {})
        merged = {**old.get("properties", {}), **body.get("properties", {})}
        definitions[name] = {**body, **({"properties": merged} if merged else {})}


def kubernetes_type(body):
    if "$ref" in body:
        return kubernetes_ref(body["$ref"].rsplit("/", 1)[-1])
    if "oneOf" in body:
        return "intstr"
    kind = body.get("type", "any")
    if isinstance(kind, list):
        kind = next(k for k in kind if k != "null")
    if kind == "array":
        return "[" + kubernetes_type(body.get("items", {})) + "]"
    if kind == "object":
        inner = body.get("additionalProperties")
        return "{" + kubernetes_type(inner) + "}" if isinstance(inner, dict) else "any"
    return {"integer": "int", "boolean": "bool", "string": "string", "number": "number"}.get(kind, "any")


def kubernetes_ref(name):
    body = definitions[name]
    if name.endswith(".Quantity") or name.endswith(".IntOrString"):
        return "intstr"
    if "properties" not in body:
        return kubernetes_type(body)
    label = short(name)
    if label.endswith("Status") and label not in ("PodStatus",):
        return "any"
    if label == "PodStatus":
        types[label] = {"podIP": "string", "podIPs": "any", "hostIP": "string", "*": "any"}
        return "@" + label
    if label == "ManagedFieldsEntry":
        return "any"
    if label not in types:
        types[label] = None
        types[label] = {k: kubernetes_type(v) for k, v in sorted(body["properties"].items())}
    return "@" + label


for api, group, names in [
    ("v1", "core.v1", "Pod Service Namespace ServiceAccount ConfigMap ReplicationController"),
    ("apps/v1", "apps.v1", "Deployment StatefulSet DaemonSet ReplicaSet"),
    ("batch/v1", "batch.v1", "Job CronJob"),
    ("networking.k8s.io/v1", "networking.v1", "Ingress NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "rbac.v1", "Role RoleBinding ClusterRole ClusterRoleBinding"),
]:
    for name in names.split():
        kinds[f"{api}/{name}"] = kubernetes_ref(f"io.k8s.api.{group}.{name}")
kinds["v1/PodTemplate"] = kubernetes_ref("io.k8s.api.core.v1.PodTemplate")

# --- TypeScript declarations of custom resources.
TOKEN = re.compile(r'"[^"]*"|[A-Za-z_][\w.]*|-?\d+|[{}\[\]<>;:?|&()]|\S')


class Reader:
    def __init__(self, text, resolve):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        self.tokens = TOKEN.findall(text)
        self.at = 0
        self.resolve = resolve

    def peek(self):
        return self.tokens[self.at]

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def type(self, label):
        options = [self.single(label)]
        if self.peek() == "&":  # "exactly one of": a constraint on the keys just read
            depth = 0
            while depth > 0 or self.peek() != ";":
                depth += {"{": 1, "(": 1, "<": 1, "}": -1, ")": -1, ">": -1}.get(self.take(), 0)
        while self.peek() == "|":
            self.take()
            options.append(self.single(label))
        options = [o for o in options if o not in ("null", "undefined")]
        words = [o[1:-1] for o in options if o.startswith('"')]
        if words and len(words) == len(options):
            return "|".join(words)
        if set(options) == {"number", "string"}:
            return "intstr"
        return options[0] if len(set(options)) == 1 else "any"

    def single(self, label):
        token = self.take()
        if token == "{":
            return self.object(label)
        if token == "Array":
            assert self.take() == "<"
            inner = self.type(label)
            assert self.take() == ">"
            return "[" + inner + "]"
        if token == "(":
            inner = self.type(label)
            assert self.take() == ")"
            return inner
        if token.startswith('"') or token in ("null", "undefined", "string", "number"):
            return token
        if token.lstrip("-").isdigit():
            return "number"
        if token == "boolean":
            return "bool"
        if token == "IObjectMeta":
            return "@ObjectMeta"
        if token == "Record":
            while self.take() != ">":
                pass
            return "any"
        return self.resolve(token)

    def object(self, label):
        fields = {}
        while self.peek() != "}":
            token = self.take()
            if token == "[":
                while self.take() != "]":
                    pass
                assert self.take() == ":"
                inner = self.type(label)
                self.take()
                assert self.take() == "}"
                return "any" if inner == "any" else "{" + inner + "}"
            key = token.strip('"')
            if self.peek() == "?":
                self.take()
            assert self.take() == ":", key
            fields[key] = self.type(f"{label}.{key}")
            assert self.take() == ";", key
        self.take()
        if "status" in fields:
            fields["status"] = "any"
        if not fields:
            return "any"
        types[label] = dict(sorted(fields.items()))
        return "@" + label


def declaration(path, name, label, resolve):
    with open(path) as f:
        text = f.read()
    match = re.search(r"export interface I" + name + r"(?: extends (\w+))? (\{.*)", text, flags=re.S)
    if match is None:
        alias = re.search(r"export (?:declare )?type I?" + name + r" = (.*?);", text, flags=re.S)
        return Reader(alias.group(1) + " ;", resolve).type(label)
    result = Reader(match.group(2), resolve).type(label)
    base = resolve(match.group(1)) if match.group(1) else "any"
    if base.startswith("@"):
        types[label] = {**types[base[1:]], **types[label]}
    return result


def istio(api, name, also=()):
    result = declaration(f"{ISTIO}/{api}/{name}.d.ts", name, name, lambda t: "any")
    fields = types[name]
    fields["apiVersion"] = fields["kind"] = "string"
    for version in (api, *also):
        kinds[f"{version}/{name}"] = result


for name in "PeerAuthentication AuthorizationPolicy RequestAuthentication".split():
    istio("security.istio.io/v1", name, ["security.istio.io/v1beta1"])
istio("extensions.istio.io/v1alpha1", "WasmPlugin")
istio("networking.istio.io/v1alpha3", "EnvoyFilter")
istio("networking.istio.io/v1", "Sidecar", ["networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"])
for name in "Gateway VirtualService DestinationRule ServiceEntry".split():
    istio("networking.istio.io/v1", name, ["networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"])
types["IstioOperator"] = {"apiVersion": "string", "kind": "string", "metadata": "@ObjectMeta", "spec": "any", "status": "any"}
kinds["install.istio.io/v1alpha1/IstioOperator"] = "@IstioOperator"

# TrafficExtension (Istio 1.30): what WasmPlugin holds, with the module's own settings under `wasm`.
plugin = types["WasmPlugin.spec"]
outer = ("match", "phase", "priority", "selector", "targetRefs")
types["TrafficExtension"] = {**types["WasmPlugin"], "spec": "@TrafficExtension.spec"}
types["TrafficExtension.spec"] = {
    **{k: v for k, v in plugin.items() if k in outer},
    "wasm": "@TrafficExtension.spec.wasm",
    "lua": "@TrafficExtension.spec.lua",
}
types["TrafficExtension.spec.wasm"] = {k: v for k, v in plugin.items() if k not in (*outer, "targetRef")}
types["TrafficExtension.spec.lua"] = {"inlineCode": "string"}
kinds["extensions.istio.io/v1alpha1/TrafficExtension"] = "@TrafficExtension"

PREFIX = "IIoK8sSigsGatewayApiApisV1"


def gateway_ref(token):
    if token.endswith("MetaV1LabelSelector"):
        return "@LabelSelector"
    if not token.startswith(PREFIX):
        return "any"
    name = token[len(PREFIX):]
    label = "GatewayApi." + name
    if name.endswith("Status"):
        return "any"
    if label in types:
        return "@" + label
    path = f"{GATEWAY}/gateway.networking.k8s.io/v1/{name}.d.ts"
    if not os.path.exists(path):
        return "any"
    types[label] = {}
    result = declaration(path, name, label, gateway_ref)
    if result != "@" + label:
        del types[label]
    return result


for name in "Gateway GatewayClass HTTPRoute GRPCRoute TLSRoute".split():
    result = gateway_ref(PREFIX + name)
    fields = types["GatewayApi." + name]
    fields.update({"apiVersion": "string", "kind": "string", "metadata": "@ObjectMeta", "status": "any"})
    for version in ("v1", "v1beta1", "v1alpha2", "v1alpha3"):
        kinds[f"gateway.networking.k8s.io/{version}/{name}"] = result
for name in ("TCPRoute", "UDPRoute"):
    # Only the references matter; both kinds are at v1alpha2, from Gateway API 1.6 on at v1.
    types["GatewayApi." + name] = {
        "apiVersion": "string", "kind": "string", "metadata": "@ObjectMeta", "status": "any",
        "spec": f"@GatewayApi.{name}Spec",
    }
    types[f"GatewayApi.{name}Spec"] = {
        "parentRefs": "[@GatewayApi.ParentReference]", "rules": f"[@GatewayApi.{name}Rule]", "useDefaultGateways": "string",
    }
    types[f"GatewayApi.{name}Rule"] = {"name": "string", "backendRefs": "[@GatewayApi.BackendRef]"}
    for version in ("v1", "v1alpha2"):
        kinds[f"gateway.networking.k8s.io/{version}/{name}"] = f"@GatewayApi.{name}"

# Kinds of Envoy Gateway of which only the members of `spec` are known; others are in crds.json.
for name, fields in [
    ("BackendTrafficPolicy", """targetRef targetRefs targetSelectors loadBalancer retry proxyProtocol tcpKeepalive healthCheck circuitBreaker timeout connection dns
        http2 mergeType rateLimit bandwidthLimit faultInjection admissionControl useClientProtocol compression compressor responseOverride httpUpgrade
        requestBuffer telemetry routingType"""),
    ("SecurityPolicy", "targetRef targetRefs targetSelectors mergeType apiKeyAuth cors csrf basicAuth jwt oidc extAuth authorization"),
    ("EnvoyProxy", """provider logging telemetry bootstrap concurrency routingType extraArgs mergeGateways mergeBackends shutdown filterOrder backendTLS ipFamily
        preserveRouteOrder luaValidation dynamicModules geoIP mergeType"""),
]:
    types[f"EnvoyGateway.{name}"] = {"apiVersion": "string", "kind": "string", "metadata": "@ObjectMeta", "status": "any", "spec": f"@EnvoyGateway.{name}.spec"}
    types[f"EnvoyGateway.{name}.spec"] = {field: "any" for field in fields.split()}
    kinds[f"gateway.envoyproxy.io/v1alpha1/{name}"] = f"@EnvoyGateway.{name}"

# Network Policy API: AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1), ClusterNetworkPolicy (v1alpha2).
META = {"apiVersion": "string", "kind": "string", "metadata": "@ObjectMeta", "status": "any"}
types["Admin.pods"] = {"namespaceSelector": "@LabelSelector", "podSelector": "@LabelSelector"}
types["Admin.subject"] = {"namespaces": "@LabelSelector", "pods": "@Admin.pods"}
types["Admin.from"] = {"namespaces": "@LabelSelector", "pods": "@Admin.pods"}
types["Admin.to"] = {**types["Admin.from"], "nodes": "@LabelSelector", "networks": "[string]", "domainNames": "[string]"}
types["Admin.number"] = {"protocol": "TCP|UDP|SCTP", "port": "int"}
types["Admin.range"] = {"protocol": "TCP|UDP|SCTP", "start": "int", "end": "int"}
types["Admin.port"] = {"portNumber": "@Admin.number", "portRange": "@Admin.range", "namedPort": "string"}
types["Cluster.range"] = {"start": "int", "end": "int"}
types["Cluster.port"] = {"number": "int", "range": "@Cluster.range"}
types["Cluster.transport"] = {"destinationPort": "@Cluster.port"}
types["Cluster.protocol"] = {
    "tcp": "@Cluster.transport", "udp": "@Cluster.transport", "sctp": "@Cluster.transport", "destinationNamedPort": "string",
}
for kind, version, actions, ports, own in [
    ("AdminNetworkPolicy", "v1alpha1", "Allow|Deny|Pass", ("ports", "[@Admin.port]"), {"priority": "int"}),
    ("BaselineAdminNetworkPolicy", "v1alpha1", "Allow|Deny", ("ports", "[@Admin.port]"), {}),
    ("ClusterNetworkPolicy", "v1alpha2", "Accept|Deny|Pass", ("protocols", "[@Cluster.protocol]"),
     {"priority": "int", "tier": "Admin|Baseline"}),
]:
    rule = {"name": "string", "action": actions, ports[0]: ports[1]}
    types[f"{kind}.ingress"] = {**rule, "from": "[@Admin.from]"}
    types[f"{kind}.egress"] = {**rule, "to": "[@Admin.to]"}
    types[f"{kind}.spec"] = {
        **own, "subject": "@Admin.subject", "ingress": f"[@{kind}.ingress]", "egress": f"[@{kind}.egress]",
    }
    types[kind] = {**META, "spec": f"@{kind}.spec"}
    kinds[f"policy.networking.k8s.io/{version}/{kind}"] = f"@{kind}"

used = set()


def visit(form):
    for name in re.findall(r"@([\w.]+)", form):
        if name not in used:
            used.add(name)
            for inner in types[name].values():
                visit(inner)


for form in kinds.values():
    visit(form)
print('{\n"note": "generated by reach/schema/generate.py; do not edit",\n"kinds": {')
print(",\n".join(f"{json.dumps(k)}: {json.dumps(v[1:])}" for k, v in sorted(kinds.items())))
print('},\n"types": {')
print(",\n".join(f"{json.dumps(k)}: {json.dumps(types[k], separators=(',', ':'))}" for k in sorted(used)))
print("}\n}")
