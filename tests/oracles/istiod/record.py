"""Records what istiod says of random clusters, so that `make test` compares us with it without Go.

    record.py --judge BINARY [--count N] > crates/reach/tests/istiod/recorded.jsonl

The first line holds what comes again and again: `@wasm` stands for its member `wasm`, and `@ns` for the namespace. Each other line is a
cluster: its name, what each source gets at worst, who sees everything, and its objects. Clusters that we were wrong about come first."""

import argparse
import json
from collections import Counter

from clusters import Cluster, announced, guard, lua, wasm
from compare import WIDE, judged
from objects import plan
from ways import Ways

RELEASE = "istio.io/istio v0.0.0-20260827124520-eed52ebb66ad"
#: What we once said less of than istiod shows.
WRONG = []


def short(cluster):
    own = cluster.namespace
    known = [("@wasm", wasm(own)), ("@announced", announced()), ("@guard", guard(own)), ("@lua", lua()), ("@plan", plan(own))]
    # Beginning and end of the namespace's name, which patterns of rules are made of.
    known += [("@ns*", f"{own[:2]}*"), ("*@ns", f"*{own[-1]}")]
    def walk(value):
        for name, meant in known:
            if value == meant:
                return name
        if isinstance(value, dict):
            return {key: walk(one) for key, one in value.items() if key not in ("status", "clusterIP")}
        if isinstance(value, list):
            return [walk(one) for one in value]
        return value
    return json.loads(json.dumps([walk(one) for one in cluster.objects]).replace(own, "@ns"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    settings = {"release": RELEASE, "plan": plan("@ns"), "wasm": wasm("@ns"), "announced": announced(), "guard": guard("@ns"), "lua": lua()}
    lines, seeds = [], [*WRONG, *range(arguments.first, arguments.first + arguments.count)]
    for at in range(0, len(seeds), WIDE):
        clusters = [(Cluster if seed % 2 else Ways)(seed) for seed in seeds[at:at + WIDE]]
        said, _ = judged(arguments.judge, clusters)
        for cluster in clusters:
            if said[cluster.namespace] is not None:
                lines.append({"cluster": cluster.namespace, "shown": said[cluster.namespace], "callers": cluster.callers, "objects": short(cluster)})
    seen = Counter(json.dumps(one) for line in lines for one in line["objects"])
    names = {text: f"@o{at}" for at, (text, count) in enumerate(seen.items()) if count > 3}
    settings.update({name[1:]: json.loads(text) for text, name in names.items()})
    for line in [settings, *lines]:
        if "objects" in line:
            line["objects"] = [names.get(json.dumps(one), one) for one in line["objects"]]
        print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main()
