"""What all parts of a release share: version, time, places, and how files are written."""

import dataclasses
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass(frozen=True)
class Release:
    """One release, while it is made."""

    version: str
    # Seconds since 1970 that every archive says its files are from.
    epoch: int
    # Where the files of the release will be, without a slash at the end.
    url: str
    # The directory that is filled.
    output: pathlib.Path
    # Where cargo builds.
    target_dir: pathlib.Path
    profile: str

    def path(self, name: str) -> pathlib.Path:
        return self.output / name


def version() -> str:
    """The version of the workspace."""
    found = re.search(r'(?ms)^\[workspace\.package\].*?^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text())
    return found[1] if found else sys.exit("dist: no version in Cargo.toml")


def epoch() -> int:
    """`SOURCE_DATE_EPOCH`, or when the last commit was made (https://reproducible-builds.org/specs/source-date-epoch/)."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        given = run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture=True).strip()
    return int(given)


def run(command: list, *, cwd=None, env=None, capture=False, text_in=None) -> str:
    """Runs a program; where it fails, so does the release."""
    words = [str(word) for word in command]
    environment = None if env is None else os.environ | env
    done = subprocess.run(
        words, cwd=cwd, env=environment, text=True, input=text_in, stdout=subprocess.PIPE if capture else None
    )
    if done.returncode != 0:
        sys.exit(f"dist: `{' '.join(words[:4])}` failed with {done.returncode}")
    return done.stdout or ""


def sha256(path: pathlib.Path) -> str:
    """In hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
