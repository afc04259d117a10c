"""What is installed runs: the wheel, the packages of Debian and Fedora."""

import gzip
import struct
import sys

from tests.support import DIST, Test, VERSION, built, contents, this_machine


def rpm_files(package: bytes) -> dict[str, bytes]:
    """The files of an rpm: behind the lead and two headers, a cpio archive (RPM file format 4, "newc")."""
    at = 96
    for alignment in (8, 1):
        count, size = struct.unpack_from(">II", package, at + 8)
        at += 16 + 16 * count + size
        at += -at % alignment
    payload, files, at = gzip.decompress(package[at:]), {}, 0
    while True:
        fields = [int(payload[at + 6 + 8 * number:at + 14 + 8 * number], 16) for number in range(13)]
        size, length = fields[6], fields[11]
        name = payload[at + 110:at + 109 + length].decode()
        if name == "TRAILER!!!":
            return files
        at += 110 + length
        at += -at % 4
        files[name.removeprefix(".")] = payload[at:at + size]
        at += size
        at += -at % 4


class Installed(Test):
    def test_the_wheel_runs_in_a_clean_environment(self):
        target = this_machine()
        environment = self.place / "environment"
        self.must(sys.executable, "-m", "venv", environment)
        pip = [environment / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
        self.must(*pip, "--find-links", DIST, f"meshveil=={VERSION}")
        self.masks(environment / "bin/meshveil")
        self.assertTrue((environment / "share/man/man1/meshveil-check.1").exists())
        self.must(environment / "bin/python", "-m", "pip", "check", "--disable-pip-version-check")
        self.assertEqual((environment / "bin/meshveil").read_bytes(), contents(target)["meshveil"])

    def test_the_package_of_debian_runs(self):
        package = DIST / f"meshveil-{VERSION}-{this_machine().triple}.deb"
        self.must("dpkg-deb", "--extract", package, self.place / "root")
        self.masks(self.place / "root/usr/bin/meshveil")
        fields = self.must("dpkg-deb", "--field", package, "Package", "Version", "Architecture").decode()
        self.assertIn(f"Package: meshveil\nVersion: {VERSION}\n", fields)
        self.assertTrue((self.place / "root/usr/share/man/man1/meshveil.1").exists())

    def test_packages_of_debian_and_fedora_hold_the_same_files(self):
        for target in filter(lambda target: target.is_linux, built()):
            package = (DIST / f"meshveil-{VERSION}-{target.triple}.rpm").read_bytes()
            files = rpm_files(package)
            self.assertEqual(files["/usr/bin/meshveil"], contents(target)["meshveil"])
            root = self.place / target.triple
            self.must("dpkg-deb", "--extract", DIST / f"meshveil-{VERSION}-{target.triple}.deb", root)
            unpacked = {f"/{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*") if path.is_file()}
            self.assertEqual(unpacked, {name: content for name, content in files.items() if name in unpacked})
            self.assertGreater(len(unpacked), 15)
