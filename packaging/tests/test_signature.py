"""The commands that the page shows verify a release, and refuse one that was changed."""

import os
import pathlib
import re
import shutil
import unittest.mock

import sign
from release import ROOT, Release
from tests.support import DIST, TOOLS, Test, VERSION, run


def shown() -> str:
    """The commands of docs/installing.md that verify."""
    page = (ROOT / "docs/installing.md").read_text()
    return re.search(r"```sh\n(minisign .*?)```", page, re.DOTALL)[1]


class Signature(Test):
    def setUp(self):
        super().setUp()
        # Two files are enough, and one of them is large.
        self.files = self.place / "files"
        self.files.mkdir()
        for name in ("meshveil_filter.wasm", "install.sh"):
            shutil.copy(DIST / name, self.files)
        release = Release(VERSION, 0, "", self.files, pathlib.Path(), "")
        secret = self.place / "secret"
        self.must(TOOLS / "minisign", "-G", "-W", "-p", self.place / "public", "-s", secret)
        sign.sums(release)
        with unittest.mock.patch.dict(os.environ, {sign.KEY: secret.read_text()}):
            sign.sign(release, TOOLS / "minisign")

    def verify(self) -> int:
        environment = os.environ | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
        return run("sh", "-e", "-c", shown(), cwd=self.files, env=environment).returncode

    def flip(self, name: str, at: int) -> None:
        path = self.files / name
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)

    def test_a_release_verifies_with_the_commands_of_the_page(self):
        self.assertEqual(self.verify(), 0)
        self.assertEqual((self.place / "public").read_text().split()[-1], (self.files / "meshveil.pub").read_text().split()[-1])

    def test_a_flipped_bit_of_a_file_is_refused(self):
        self.flip("meshveil_filter.wasm", 1000)
        self.assertNotEqual(self.verify(), 0)

    def test_a_flipped_bit_of_the_checksums_is_refused(self):
        self.flip("SHA256SUMS", 3)
        self.assertNotEqual(self.verify(), 0)

    def test_a_signature_of_another_key_is_refused(self):
        self.must(TOOLS / "minisign", "-G", "-W", "-f", "-p", self.files / "meshveil.pub", "-s", self.place / "other")
        self.assertNotEqual(self.verify(), 0)

    def test_the_release_itself_has_the_checksum_of_every_file(self):
        self.must("sha256sum", "--check", "--quiet", "SHA256SUMS", cwd=DIST)
        named = {line.split("  ", 1)[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()}
        unnamed = {"SHA256SUMS", "SHA256SUMS.minisig", "meshveil.pub"}
        present = {str(path.relative_to(DIST)) for path in DIST.rglob("*") if path.is_file()}
        self.assertEqual(named, present - unnamed)
