"""The bill of materials names what is built in, and nothing of the tests or of the machine."""

import json
import pathlib
import re

from release import ROOT
from tests.support import DIST, Test, VERSION


class Parts(Test):
    def parts(self, package: str) -> dict:
        return json.loads((DIST / f"{package}-{VERSION}.cdx.json").read_text())

    def test_names_dependencies_and_not_those_of_tests(self):
        locked = re.findall(r'\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"', (ROOT / "Cargo.lock").read_text())
        for package, there, absent in (("meshveil", "clap", "trycmd"), ("meshveil-filter", "proxy-wasm", "clap")):
            parts = self.parts(package)
            self.assertEqual(parts["bomFormat"], "CycloneDX")
            self.assertEqual(parts["metadata"]["component"]["name"], package)
            found = {(one["name"], one["version"]) for one in parts["components"]}
            self.assertLessEqual(found, set(locked))
            names = {name for name, _ in found}
            self.assertIn(there, names)
            self.assertNotIn(absent, names)

    def test_names_no_path_of_the_machine(self):
        for package in ("meshveil", "meshveil-filter"):
            text = (DIST / f"{package}-{VERSION}.cdx.json").read_text()
            self.assertNotIn("/tmp", text)
            self.assertNotIn(str(pathlib.Path.home()), text)
