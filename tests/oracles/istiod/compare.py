"""Compares what `meshveil simulate` says of random clusters with what istiod would send its proxies.

    compare.py --judge BINARY --meshveil BINARY [--count N] [--first SEED] [--answers FOLDER] [--keep FOLDER]

Half of the clusters are of `clusters.py` (does the filter run?), half of `ways.py` (who gets in?). A disagreement in which istiod shows
more than we say ends in exit code 1 and is shrunk and kept as a case; where we say more than istiod shows is counted only: what manifests
do not say counts against us. `--answers` keeps what istiod said, so that a second run asks us alone."""

import argparse
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import istiod
from clusters import Cluster
from ways import Ways

WIDE = 50


def judged(judge, clusters, answers=""):
    """What istiod shows each source, by namespace; `None` for a cluster with an object that it refuses."""
    text = "\n---\n".join(json.dumps(one) for cluster in clusters for one in cluster.objects)
    kept = answers and os.path.join(answers, hashlib.sha256(text.encode()).hexdigest() + ".json.gz")
    if kept and os.path.exists(kept):
        with gzip.open(kept, "rt", encoding="utf-8") as file:
            answer = json.load(file)
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([judge, "-full", file.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        answer = json.loads(done.stdout[done.stdout.index("\n{\n") if not done.stdout.startswith("{") else 0:])
        if kept:
            with gzip.open(kept, "wt", encoding="utf-8", compresslevel=3) as file:
                json.dump(answer, file)
    refused = {one["Namespace"]: one["Error"] for one in answer["refused"] or []}
    proxies = {proxy["name"]: proxy for proxy in answer["proxies"]}
    said = {}
    for cluster in clusters:
        said[cluster.namespace] = None if cluster.namespace in refused else cluster.shown(answer, proxies)
    return said, refused


def ours(meshveil, clusters):
    """What we say each source gets, by namespace."""
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
        rows = {s["source"].split("[")[0].removeprefix(f"{own}/"): s["fields"]["ssn"]["form"] for s in workload["sources"]}
        said[own] = rows
    return said


def is_unsafe(theirs, we):
    return we != "unknown" and istiod.ORDER.index(we) < istiod.ORDER.index(theirs)


def shrunk(arguments, cluster, source):
    """Without every object, rule and patch whose absence leaves the disagreement."""
    def disagrees():
        try:
            said, _ = judged(arguments.judge, [cluster])
            we = ours(arguments.meshveil, [cluster])[cluster.namespace]
            return is_unsafe(said[cluster.namespace][source], we[source])
        except (RuntimeError, KeyError, IndexError, ValueError, TypeError, StopIteration):
            return False
    def without(items):
        for one in list(items):
            kept = list(items)
            items[:] = [other for other in items if other is not one]
            if not disagrees():
                items[:] = kept
    without(cluster.objects)
    for spec in [one["spec"] for one in cluster.objects if one.get("spec")]:
        for key in ("rules", "configPatches", "http", "ingress"):
            without(spec[key]) if len(spec.get(key) or []) > 1 else None
        for rule in spec.get("rules") or []:
            for key in ("from", "to", "when"):
                without(rule[key]) if rule.get(key) else None
    return cluster


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True)
    parser.add_argument("--meshveil", required=True)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--answers", default="", help="a folder for what istiod said")
    parser.add_argument("--keep", default="", help="a folder for shrunk disagreements")
    parser.add_argument("--shrink", type=int, default=3, help="how many disagreements are shrunk")
    parser.add_argument("--show", action="store_true", help="list those in which we say more, too")
    arguments = parser.parse_args()
    equal = refused = more = 0
    forms, unsafe = {}, []
    for first in range(arguments.first, arguments.first + arguments.count, WIDE):
        seeds = range(first, min(first + WIDE, arguments.first + arguments.count))
        clusters = [(Cluster if seed % 2 else Ways)(seed) for seed in seeds]
        said, errors = judged(arguments.judge, clusters, arguments.answers)
        taken = [one for one in clusters if said[one.namespace] is not None]
        # Every workload is a source for every other: few at a time.
        we = {}
        for at in range(0, len(taken), 5):
            we |= ours(arguments.meshveil, taken[at:at + 5])
        for cluster in clusters:
            own = cluster.namespace
            if said[own] is None:
                refused += 1
                continue
            for source, theirs in said[own].items():
                mine = we[own][source]
                forms[theirs] = forms.get(theirs, 0) + 1
                equal += theirs == mine
                more += theirs != mine and not is_unsafe(theirs, mine)
                if is_unsafe(theirs, mine):
                    unsafe.append((cluster, source))
                    print(f"{own} {source}: istiod shows {theirs}, we say {mine}", flush=True)
                elif theirs != mine and arguments.show:
                    print(f"({own} {source}: istiod shows {theirs}, we say {mine})")
    for cluster, source in unsafe[: arguments.shrink]:
        small = shrunk(arguments, cluster, source)
        text = "\n---\n".join(json.dumps(one) for one in small.objects + [small.policy()])
        print(f"--- {cluster.namespace} {source}\n{text}")
        if arguments.keep:
            with open(os.path.join(arguments.keep, f"{cluster.namespace}.yaml"), "w", encoding="utf-8") as file:
                file.write(text + "\n")
    print(f"{equal} agree, {more} times we say more, {len(unsafe)} times less; {refused} clusters refused by Istio; istiod shows {forms}")
    sys.exit(bool(unsafe))


if __name__ == "__main__":
    main()
