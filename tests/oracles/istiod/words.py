"""Random AuthorizationPolicies, in words that requests and connections of `istiod.py` tell apart."""

from objects import GATEWAY

PATHS = ["/a", "/a*", "*b", "*", "/a/{*}", "/{**}/b", "/z", "/"]
METHODS = ["GET", "DELETE", "*", "G*"]
HOSTS = ["store", "a.example.com", "*", "*.example.com", "sto*"]
BLOCKS = ["10.0.0.0/8", "0.0.0.0/0", "192.0.2.0/24"]


class Words:
    def values(self, of):
        return self.random.sample(of, self.pick([1, 1, 2]))

    def source(self):
        own = self.namespace
        domain = lambda rest: f"cluster.local/ns/{rest}"
        principals = [domain(f"{own}/sa/{name}") for name in ("caller", "caller", "edge", "gate", "side", "other")]
        principals += ["*", f"*/sa/caller", domain(f"{own}/*"), domain("other/*"), f"other.domain/ns/{own}/sa/caller", domain(f"{own}/sa/call*")]
        fields = {
            "principals": principals, "namespaces": [own, own, f"{own[:2]}*", "*", "other", f"*{own[-1]}"],
            "ipBlocks": BLOCKS, "requestPrincipals": ["*", "x/y"], "serviceAccounts": ["caller", f"{own}/caller", "other", f"{own}/edge"],
        }
        names = self.pick([["principals"], ["principals"], ["namespaces"], ["ipBlocks"], ["principals", "namespaces"], ["requestPrincipals"], ["serviceAccounts"]])
        return {"source": {self.twin(name): self.values(fields[name]) for name in names}}

    def twin(self, name, share=0.25):
        return f"not{name[0].upper()}{name[1:]}" if self.chance(share) else name

    def operation(self):
        fields = {"ports": ["8080", "8080", "80", "9090", "9999"], "paths": PATHS, "methods": METHODS, "hosts": HOSTS}
        names = self.random.sample(list(fields), self.pick([1, 1, 2]))
        return {"operation": {self.twin(name): self.values(fields[name]) for name in names}}

    def condition(self):
        own = self.namespace
        key, values = self.pick([
            ("request.headers[x-role]", ["admin", "adm*", "*", "x"]), ("source.namespace", [own, "other", "*"]),
            ("source.principal", [f"cluster.local/ns/{own}/sa/caller", "*", "x"]), ("destination.port", ["8080", "80", "9999"]),
            ("source.ip", BLOCKS), ("request.auth.claims[role]", ["admin", "*"]), ("connection.sni", ["*", "x", "outbound*"]),
            ("destination.ip", BLOCKS), ("source.serviceAccount", [f"{own}/caller", "other"]), ("request.auth.principal", ["*", "x/y"]),
        ])
        return {"key": key, self.pick(["values", "values", "notValues"]): self.values(values)}

    def rule(self):
        rule = {}
        if self.chance(0.6):
            rule["from"] = [self.source() for _ in range(self.pick([1, 1, 2]))]
        if self.chance(0.5):
            rule["to"] = [self.operation() for _ in range(self.pick([1, 1, 2]))]
        if self.chance(0.2):
            rule["when"] = [self.condition() for _ in range(self.pick([1, 1, 2]))]
        return rule

    def authorization(self, name):
        spec = {}
        where = self.random.random()
        if where < 0.5:
            spec["selector"] = {"matchLabels": {"app": self.pick(["store"] * 4 + ["other"])}}
        elif where < 0.55:
            spec["selector"] = self.pick([{}, {"matchLabels": {}}])
        elif where < 0.75 and self.mode == "ambient":
            kind = self.pick(["Service", "Gateway", "Gateway"])
            spec["targetRefs"] = [{"group": GATEWAY if kind == "Gateway" else "", "kind": kind, "name": self.pick(["gate", "gate", "second"]) if kind == "Gateway" else "store"}]
        action = self.pick(["ALLOW"] * 5 + ["DENY"] * 4 + ["AUDIT"])
        if action != "ALLOW" or self.chance(0.5):
            spec["action"] = action
        rules = [self.rule() for _ in range(self.pick([0, 1, 1, 1, 2, 3] if action == "ALLOW" else [1, 1, 2]))]
        if rules:
            spec["rules"] = rules
        annotations = {"istio.io/dry-run": "true"} if self.chance(0.05) else None
        self.add("security.istio.io/v1", "AuthorizationPolicy", name, spec, annotations=annotations)
