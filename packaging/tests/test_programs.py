"""The programs run, need nothing, and tell nothing of the machine that built them."""

import pathlib
import struct

from release import ROOT
from tests.support import TOOLS, Test, built, contents, this_machine


def segments(program: bytes) -> list[int]:
    """The types of the segments of an ELF program for 64 bits (System V ABI, "Program Header")."""
    offset, = struct.unpack_from("<Q", program, 32)
    size, count = struct.unpack_from("<HH", program, 54)
    return [struct.unpack_from("<I", program, offset + size * number)[0] for number in range(count)]


def commands(program: bytes) -> list[int]:
    """The load commands of a Mach-O program for 64 bits (`mach-o/loader.h`)."""
    count, = struct.unpack_from("<I", program, 16)
    found, at = [], 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", program, at)
        found.append(command)
        at += size
    return found


class Programs(Test):
    def program(self, target):
        return contents(target)[f"meshveil{target.suffix}"]

    def test_the_program_of_this_machine_runs(self):
        self.masks(self.put("meshveil", self.program(this_machine())))

    def test_the_program_for_arm64_runs_in_qemu(self):
        for target in built():
            if target.triple == "aarch64-unknown-linux-musl":
                self.masks(TOOLS / "qemu-aarch64-static", self.put("meshveil", self.program(target)))
                return
        print("NOT RUN: arm64 was not built")

    def test_programs_for_linux_are_static(self):
        interpreter = 3
        machines = {"amd64": 62, "arm64": 183}
        for target in filter(lambda target: target.is_linux, built()):
            program = self.program(target)
            self.assertEqual(program[:5], b"\x7fELF\x02", target)
            self.assertEqual(struct.unpack_from("<H", program, 18)[0], machines[target.arch], target)
            self.assertNotIn(interpreter, segments(program), target)

    def test_programs_for_other_systems_have_their_form(self):
        signature = 0x1D
        processors = {"amd64": 0x01000007, "arm64": 0x0100000C}
        for target in built():
            program = self.program(target)
            if target.os == "darwin":
                self.assertEqual(struct.unpack_from("<II", program), (0xFEEDFACF, processors[target.arch]), target)
                # Without a signature, if only an ad-hoc one, an Apple processor runs nothing.
                if target.arch == "arm64":
                    self.assertIn(signature, commands(program), target)
            elif target.os == "windows":
                header, = struct.unpack_from("<I", program, 60)
                self.assertEqual(program[header:header + 6], b"PE\0\0\x64\x86", target)

    def test_no_path_of_the_machine_is_in_a_program(self):
        home = str(pathlib.Path.home()).encode()
        for target in built():
            program = self.program(target)
            for path in (str(ROOT).encode() + b"/", home + b"/.cargo", home + b"/.rustup"):
                self.assertFalse(path in program, (path, target))

    def test_archives_hold_what_goes_with_the_program(self):
        for target in built():
            names = contents(target).keys()
            for name in ("README.md", "LICENSE-MIT", "LICENSE-APACHE", "man/man1/meshveil.1", "man/man1/meshveil-check.1"):
                self.assertIn(name, names, target)
            self.assertEqual(len([name for name in names if name.startswith("completions/")]), 4, target)
