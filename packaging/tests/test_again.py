"""Two builds give the same bytes: the second from a copy of the sources in another place, into another directory."""

import os
import shlex
import subprocess
import sys

import tree
from release import ROOT, epoch
from tests.support import DIST, Test, built


class Again(Test):
    def test_another_build_in_another_place_gives_the_same_bytes(self):
        copy, again = self.place / "elsewhere", self.place / "files"
        tree.copy(copy)
        self.must("git", "init", "--quiet", copy)
        self.must("git", "-C", copy, "add", "--all")
        options = shlex.split(os.environ["DIST_OPTIONS"])
        command = [sys.executable, copy / "packaging/dist.py", "--output", again, "--target-dir", self.place / "target", *options]
        # The whole of it takes longer than any other command of the tests.
        subprocess.run([str(word) for word in command], cwd=ROOT, env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch())}, check=True)
        files = lambda directory: {str(path.relative_to(directory)): path for path in directory.rglob("*") if path.is_file()}
        first, second = files(DIST), files(again)
        signed = {"SHA256SUMS.minisig", "meshveil.pub"}
        self.assertEqual(first.keys() - signed, second.keys() - signed)
        # zig gives a program for macOS a UUID that depends on where it was linked (docs/releasing.md).
        if any(target.os == "darwin" for target in built()):
            texts = {"install.sh", "meshveil.rb", "krew.yaml", "SHA256SUMS"}
            left_out = {name for name in second if "apple-darwin" in name or "macosx" in name or name in texts}
            print("NOT COMPARED:", *sorted(left_out))
            second = {name: path for name, path in second.items() if name not in left_out}
        differing = [name for name in sorted(second) if first[name].read_bytes() != second[name].read_bytes()]
        self.assertEqual(differing, [])
