"""The platforms a release is for, and what each is called by those who install it."""

import dataclasses
import sys


@dataclasses.dataclass(frozen=True)
class Target:
    """A platform: how Rust calls it, and everything that follows from it."""

    triple: str
    # `uname -s` and `uname -m`, as the installer sees them; empty where no installer runs.
    system: str
    machines: tuple[str, ...]
    # GOOS and GOARCH: krew and OCI images use these words, and deb and rpm are made from them.
    os: str
    arch: str
    # Tags of the wheel. A static program runs on every Linux, so its wheel says so for both C libraries.
    wheel: str
    suffix: str = ""

    @property
    def is_linux(self) -> bool:
        return self.os == "linux"

    @property
    def archive(self) -> str:
        """How its archive ends: what people of this platform can open without more."""
        return ".zip" if self.os == "windows" else ".tar.gz"


ALL = [
    Target(
        "x86_64-unknown-linux-musl", "Linux", ("x86_64", "amd64"), "linux", "amd64",
        "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    ),
    Target(
        "aarch64-unknown-linux-musl", "Linux", ("aarch64", "arm64"), "linux", "arm64",
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    ),
    Target("aarch64-apple-darwin", "Darwin", ("arm64", "aarch64"), "darwin", "arm64", "macosx_11_0_arm64"),
    Target("x86_64-apple-darwin", "Darwin", ("x86_64",), "darwin", "amd64", "macosx_10_12_x86_64"),
    Target("x86_64-pc-windows-gnu", "", (), "windows", "amd64", "win_amd64", ".exe"),
]


def named(triples: list[str]) -> list[Target]:
    """The targets of these names, in the order of the list above."""
    known = {target.triple for target in ALL}
    for triple in triples:
        if triple not in known:
            sys.exit(f"dist: unknown target `{triple}`: expected some of {', '.join(sorted(known))}")
    return [target for target in ALL if target.triple in triples]
