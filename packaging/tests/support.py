"""What the tests of a release share: its files, and places to work in."""

import contextlib
import functools
import http.server
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import zipfile

import targets
from release import ROOT, version

DIST = pathlib.Path(os.environ["DIST"])
TOOLS = ROOT / ".venv/dist-debian/bin"
REGISTRY_TOOLS = pathlib.Path(os.environ.get("MESHVEIL_REGISTRY_TOOLS", ROOT / ".venv/debian/bin"))
VERSION = version()
DOCUMENT = b'{"ssn": "123-45-6789"}'
MASKED = b'{"ssn": "****6789"}'
ARGUMENTS = ["mask", "--rule", "$..ssn=partial(keepLast=4)"]


def built() -> list[targets.Target]:
    """The platforms this release is for."""
    found = [target for target in targets.ALL if archive(target).exists()]
    if not found:
        sys.exit(f"test-dist: no archive in {DIST}: run `make dist`")
    return found


def archive(target: targets.Target) -> pathlib.Path:
    return DIST / f"meshveil-{VERSION}-{target.triple}{target.archive}"


def this_machine() -> targets.Target:
    """The platform that runs here."""
    system, machine = os.uname().sysname, os.uname().machine
    found = [target for target in built() if target.system == system and machine in target.machines]
    if not found:
        sys.exit(f"test-dist: nothing in {DIST} runs here: build it for {machine} with `make dist`")
    return found[0]


@functools.cache
def contents(target: targets.Target) -> dict[str, bytes]:
    """The files of an archive, by their names below its folder."""
    path = archive(target)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as zipped:
            found = {name: zipped.read(name) for name in zipped.namelist()}
    else:
        with tarfile.open(path) as tar:
            found = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
    return {name.split("/", 1)[1]: content for name, content in found.items()}


def run(*command, **more) -> subprocess.CompletedProcess:
    """Runs a program to its end and gives what it wrote."""
    return subprocess.run([str(word) for word in command], capture_output=True, timeout=600, **more)


class Test(unittest.TestCase):
    """A test with an empty directory of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = pathlib.Path(directory.name).resolve()

    def must(self, *command, **more) -> bytes:
        done = run(*command, **more)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout!r} {done.stderr!r}")
        return done.stdout

    def masks(self, *command) -> None:
        """Whether a program is ours and works."""
        self.assertEqual(self.must(*command, "--version").decode(), f"meshveil {VERSION}\n")
        self.assertEqual(self.must(*command, *ARGUMENTS, input=DOCUMENT), MASKED)

    def put(self, name: str, content: bytes) -> pathlib.Path:
        path = self.place / name
        path.write_bytes(content)
        path.chmod(0o755)
        return path


@contextlib.contextmanager
def served(directory: pathlib.Path):
    """A server of the files of a directory on the loopback; gives its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(directory))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
