"""Records what istiod says of random clusters, so that `make test` compares us with it without Go.

    record.py --judge BINARY [--count N] > crates/reach/tests/istiod/recorded.jsonl

The first line holds what comes again and again: `@wasm` stands for its member `wasm`, and `@ns` for the namespace. Each other line is a
cluster: its number, what a caller gets at worst, and its objects."""

import argparse
import json
from collections import Counter

from clusters import Cluster, announced, guard, lua, plan, wasm
from compare import WIDE, judged

RELEASE = "istio.io/istio v0.0.0-20260827124520-eed52ebb66ad"


def short(cluster):
    own = cluster.namespace
    known = [("@wasm", wasm(own)), ("@announced", announced()), ("@guard", guard(own)), ("@lua", lua()), ("@plan", plan(own))]
    def walk(value):
        for name, meant in known:
            if value == meant:
                return name
        if isinstance(value, dict):
            return {key: walk(one) for key, one in value.items() if key not in ("status", "clusterIP")}
        if isinstance(value, list):
            return [walk(one) for one in value]
        return value
    objects = [walk(one) for one in cluster.objects if one["kind"] not in ("Namespace",)]
    return json.loads(json.dumps(objects).replace(own, "@ns"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    settings = {"release": RELEASE, "plan": plan("@ns"), "wasm": wasm("@ns"), "announced": announced(), "guard": guard("@ns"), "lua": lua()}
    lines = []
    for first in range(arguments.first, arguments.first + arguments.count, WIDE):
        clusters = [Cluster(seed) for seed in range(first, min(first + WIDE, arguments.first + arguments.count))]
        said, _ = judged(arguments.judge, clusters)
        for cluster in clusters:
            if said[cluster.namespace] is not None:
                lines.append({"seed": cluster.seed, "waypoint": cluster.waypoint, "caller": said[cluster.namespace], "objects": short(cluster)})
    seen = Counter(json.dumps(one) for line in lines for one in line["objects"])
    names = {text: f"@o{at}" for at, (text, count) in enumerate(seen.items()) if count > 3}
    settings.update({name[1:]: json.loads(text) for text, name in names.items()})
    for line in [settings, *lines]:
        if "objects" in line:
            line["objects"] = [names.get(json.dumps(one), one) for one in line["objects"]]
        print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main()
