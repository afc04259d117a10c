"""The checksums of a release, and their signature by minisign (https://jedisct1.github.io/minisign/)."""

import os
import pathlib
import sys
import tempfile

from release import Release, run, sha256

SUMS = "SHA256SUMS"
# The text of a secret key, and its password where it has one.
KEY, PASSWORD = "MESHVEIL_SIGNING_KEY", "MESHVEIL_SIGNING_PASSWORD"


def sums(release: Release) -> None:
    """Writes the checksum of every file, as `sha256sum --check` reads it."""
    files = sorted(path for path in release.output.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{sha256(path)}  {path.relative_to(release.output)}\n" for path in files]
    release.path(SUMS).write_text("".join(lines))


def sign(release: Release, tool: pathlib.Path) -> None:
    """Signs the checksums, so that one signature covers every file. Without a key says so, and signs nothing."""
    key = os.environ.get(KEY)
    if not key:
        print(f"dist: NOT SIGNED: `{KEY}` holds no key", file=sys.stderr)
        return
    password = os.environ.get(PASSWORD, "") + "\n"
    with tempfile.TemporaryDirectory() as directory:
        secret = pathlib.Path(directory, "secret")
        secret.touch(mode=0o600)
        secret.write_text(key if key.endswith("\n") else key + "\n")
        # The trusted comment is signed, too; without one it would be the time.
        comment = ["-t", f"meshveil {release.version}", "-c", "signature of the checksums of meshveil"]
        run([tool, "-S", "-s", secret, "-m", release.path(SUMS), *comment], text_in=password, capture=True)
        run([tool, "-R", "-s", secret, "-p", release.path("meshveil.pub")], text_in=password, capture=True)
    run([tool, "-V", "-q", "-p", release.path("meshveil.pub"), "-m", release.path(SUMS)])
