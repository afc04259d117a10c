"""Compares what `meshveil simulate` says of random clusters with what istiod would send its proxies.

    compare.py --judge BINARY --meshveil BINARY [--count N] [--first SEED] [--keep FOLDER]

A disagreement in which istiod shows more than we say ends in exit code 1 and is shrunk and kept as a case; where we say more than istiod
shows is counted only: what manifests do not say counts against us."""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import istiod
from clusters import Cluster, plan

WIDE = 50


def judged(judge, clusters):
    """What istiod says, by namespace; `None` for a cluster with an object that it refuses."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write("\n---\n".join(json.dumps(one) for cluster in clusters for one in cluster.objects))
        file.flush()
        done = subprocess.run([judge, "-full", file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    answer = json.loads(done.stdout[done.stdout.index("\n{\n") if not done.stdout.startswith("{") else 0:])
    refused = {one["Namespace"]: one["Error"] for one in answer["refused"] or []}
    proxies = {proxy["name"]: proxy for proxy in answer["proxies"]}
    said = {}
    for cluster in clusters:
        own, text = cluster.namespace, json.dumps(plan(cluster.namespace))
        if own in refused:
            said[own] = None
        elif cluster.waypoint:
            said[own] = istiod.waypoint(proxies[f"{own}/gate"], text, own)
        else:
            said[own] = istiod.sidecar(proxies[f"{own}/store"], text)
    return said, refused


def ours(meshveil, clusters):
    """What we say, by namespace."""
    objects = []
    for cluster in clusters:
        for one in cluster.objects:
            if one["kind"] == "Pod":
                one = {key: value for key, value in one.items() if key != "status"}
            objects.append(one)
        objects.append(cluster.policy())
    done = subprocess.run([meshveil, "simulate", "-", "--wide", "--output", "json"], input="\n---\n".join(map(json.dumps, objects)),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    answer = json.loads(done.stdout)
    if "matrix" not in answer:
        raise RuntimeError(done.stdout[:3000] + done.stderr[:2000])
    said = {}
    for workload in answer["matrix"]:
        own = workload["policy"].split("/")[0]
        rows = [s for s in workload["sources"] if s["source"].split("[")[0] == f"{own}/caller"]
        said[own] = rows[0]["fields"]["ssn"]["form"]
    return said


def is_unsafe(theirs, we):
    if theirs is None or we == "unknown":
        return False
    return istiod.ORDER.index(we) < istiod.ORDER.index(theirs)


def shrunk(arguments, cluster):
    """Without every object and patch whose absence leaves the disagreement."""
    def disagrees():
        try:
            said, _ = judged(arguments.judge, [cluster])
            return is_unsafe(said[cluster.namespace], ours(arguments.meshveil, [cluster])[cluster.namespace])
        except (RuntimeError, KeyError, IndexError, ValueError):
            return False
    for kind in ("EnvoyFilter", "WasmPlugin", "TrafficExtension", "Sidecar", "PeerAuthentication", "AuthorizationPolicy"):
        for one in [one for one in cluster.objects if one["kind"] == kind]:
            kept = cluster.objects
            cluster.objects = [other for other in kept if other is not one]
            if not disagrees():
                cluster.objects = kept
    return cluster


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True)
    parser.add_argument("--meshveil", required=True)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", default="")
    parser.add_argument("--shrink", type=int, default=3, help="how many disagreements are shrunk")
    parser.add_argument("--show", action="store_true", help="list those in which we say more, too")
    arguments = parser.parse_args()
    equal = refused = more = 0
    forms, unsafe = {}, []
    for first in range(arguments.first, arguments.first + arguments.count, WIDE):
        last = min(first + WIDE, arguments.first + arguments.count)
        clusters = [Cluster(seed) for seed in range(first, last)]
        said, errors = judged(arguments.judge, clusters)
        we = ours(arguments.meshveil, [one for one in clusters if said[one.namespace] is not None])
        for cluster in clusters:
            own = cluster.namespace
            theirs = said[own]
            if theirs is None:
                refused += 1
                continue
            forms[theirs] = forms.get(theirs, 0) + 1
            if is_unsafe(theirs, we[own]):
                unsafe.append((cluster, theirs, we[own]))
                print(f"{own}: istiod shows {theirs}, we say {we[own]}", flush=True)
            elif theirs == we[own]:
                equal += 1
            else:
                more += 1
                if arguments.show:
                    print(f"({own}: istiod shows {theirs}, we say {we[own]})")
    for cluster, theirs, we in unsafe[: arguments.shrink]:
        small = shrunk(arguments, cluster)
        text = "\n---\n".join(json.dumps(one) for one in small.objects + [small.policy()])
        print(f"--- {cluster.namespace}: istiod shows {theirs}, we say {we}\n{text}")
        if arguments.keep:
            with open(os.path.join(arguments.keep, f"{cluster.namespace}.yaml"), "w", encoding="utf-8") as file:
                file.write(text + "\n")
    print(f"{equal} agree, {more} times we say more, {len(unsafe)} times less; {refused} refused by Istio; istiod shows {forms}")
    sys.exit(bool(unsafe))


if __name__ == "__main__":
    main()
