"""The installer installs what it names and nothing else; formula and manifest name the files of the release."""

import os
import re
import shutil

from release import sha256
from tests.support import DIST, Test, archive, built, run, served, this_machine


class Installer(Test):
    def install(self, address: str):
        environment = os.environ | {"MESHVEIL_DOWNLOAD_URL": address, "MESHVEIL_INSTALL_DIR": str(self.place / "bin")}
        return run("sh", DIST / "install.sh", env=environment)

    def test_installs_the_program_for_one_user(self):
        with served(DIST) as address:
            done = self.install(address)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.masks(self.place / "bin/meshveil")
        self.assertEqual([path.name for path in (self.place / "bin").iterdir()], ["meshveil"])

    def test_refuses_an_archive_with_another_checksum_and_installs_nothing(self):
        files = self.place / "files"
        files.mkdir()
        path = shutil.copy(archive(this_machine()), files)
        with open(path, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)[0]
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last ^ 1]))
        with served(files) as address:
            done = self.install(address)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"is not the archive of this release", done.stderr)
        self.assertFalse((self.place / "bin").exists())

    def test_says_what_cannot_be_fetched(self):
        with served(self.place) as address:
            done = self.install(address)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"install: cannot fetch http://127.0.0.1:", done.stderr)

    def test_asks_for_no_rights(self):
        self.assertNotIn("sudo", (DIST / "install.sh").read_text())


class Texts(Test):
    def named(self, text: str, address: str, digest: str) -> dict[str, str]:
        """The checksum of each file that is named, in the order both are written."""
        names = [one.rsplit("/", 1)[1] for one in re.findall(address, text)]
        return dict(zip(names, re.findall(digest, text), strict=True))

    def test_formula_and_manifest_name_the_archives_with_their_checksums(self):
        archives = {target: archive(target) for target in built()}
        digests = {path.name: sha256(path) for path in archives.values()}
        krew = self.named((DIST / "krew.yaml").read_text(), r"uri: (\S+)", r"sha256: ([0-9a-f]{64})")
        self.assertEqual(krew, digests)
        formula = self.named((DIST / "meshveil.rb").read_text(), r'url "(\S+)"', r'sha256 "([0-9a-f]{64})"')
        unix = {path.name for target, path in archives.items() if target.system}
        self.assertEqual(formula, {name: digest for name, digest in digests.items() if name in unix})

    def test_nothing_is_left_to_fill_in(self):
        for name in ("install.sh", "meshveil.rb", "krew.yaml"):
            self.assertNotRegex((DIST / name).read_text(), r"@[A-Z]+@", name)
