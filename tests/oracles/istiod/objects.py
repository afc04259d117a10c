"""What random clusters have in common: a namespace with a caller and a store, and how objects are written."""

import json
import random

GATEWAY = "gateway.networking.k8s.io"


def plan(namespace, callers=()):
    fields = [{"name": "ssn", "paths": ["$..ssn"], "mask": "redact"}]
    callers = [{"name": name, "match": [{"principal": f"spiffe://cluster.local/ns/{namespace}/sa/{name}"}], "sees": ["ssn"]} for name in callers]
    return {"version": 1, "policy": f"{namespace}/store", "fields": fields, "callers": callers, "others": "masked", "routes": []}


class Random:
    """Objects of one namespace, made from a seed."""

    #: Who the filter shows everything.
    callers = ()

    def __init__(self, seed, prefix):
        self.random = random.Random(f"{prefix}{seed}")
        self.seed, self.namespace, self.at = seed, f"{prefix}{seed}", seed % 200
        self.objects, self.age = [], 0

    def chance(self, share):
        return self.random.random() < share

    def pick(self, of):
        return self.random.choice(of)

    def add(self, version, kind, name, spec, labels=None, annotations=None, **more):
        self.age += 1
        meta = {"name": name, "namespace": self.namespace, "creationTimestamp": f"2024-01-01T00:{self.age:02}:00Z"}
        if labels:
            meta["labels"] = labels
        if annotations:
            meta["annotations"] = annotations
        self.objects.append({"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec, **more})

    def plan(self):
        return plan(self.namespace, self.callers)

    def policy(self):
        workload = {"selector": {"app": "store"}, "ports": [{"port": 8080}]}
        fields = [{"name": "ssn", "paths": ["$..ssn"], "mask": "redact"}]
        callers = [{"name": name, "serviceAccount": f"{self.namespace}/{name}", "sees": ["ssn"]} for name in self.callers]
        spec = {"workload": workload, "fields": fields, "others": "masked"}
        if callers:
            spec["callers"] = callers
        return {"apiVersion": "meshveil.dev/v1alpha1", "kind": "MaskingPolicy", "metadata": {"name": "store", "namespace": self.namespace}, "spec": spec}

    def text(self):
        return json.dumps(self.plan())
