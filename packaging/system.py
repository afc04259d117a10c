"""Packages of Debian and Fedora, by nfpm (https://nfpm.goreleaser.com/configuration/)."""

import datetime
import json
import os
import pathlib
import sys
import tempfile

from release import Release, run
from targets import Target
from wheel import SUMMARY

# Where each document goes. What is not here is not installed.
PLACES = {
    "completions/meshveil.bash": "/usr/share/bash-completion/completions/meshveil",
    "completions/meshveil.fish": "/usr/share/fish/vendor_completions.d/meshveil.fish",
    "completions/_meshveil": "/usr/share/zsh/vendor-completions/_meshveil",
    "LICENSE-APACHE": "/usr/share/doc/meshveil/LICENSE-APACHE",
    "LICENSE-MIT": "/usr/share/doc/meshveil/LICENSE-MIT",
    "README.md": "/usr/share/doc/meshveil/README.md",
    "CHANGELOG.md": "/usr/share/doc/meshveil/CHANGELOG.md",
}


def place(document: str) -> str | None:
    return f"/usr/share/{document}" if document.startswith("man/") else PLACES.get(document)


def write(release: Release, target: Target, program: bytes, documents: dict[str, bytes]) -> None:
    files = {"/usr/bin/meshveil": program}
    files |= {place(path): content for path, content in documents.items() if place(path)}
    time = datetime.datetime.fromtimestamp(release.epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with tempfile.TemporaryDirectory() as directory:
        contents = []
        for number, (path, content) in enumerate(sorted(files.items())):
            source = pathlib.Path(directory, str(number))
            source.write_bytes(content)
            info = {"mode": 0o755 if path.startswith("/usr/bin/") else 0o644, "owner": "root", "group": "root", "mtime": time}
            contents.append({"src": str(source), "dst": path, "file_info": info})
        settings = {
            "name": "meshveil",
            "arch": target.arch,
            "platform": "linux",
            "version": release.version,
            "section": "utils",
            "priority": "optional",
            "maintainer": "The authors of meshveil <meshveil@example.com>",
            "description": SUMMARY,
            "license": "MIT OR Apache-2.0",
            "mtime": time,
            "contents": contents,
            "rpm": {"buildhost": "localhost"},
        }
        # JSON is YAML.
        configuration = pathlib.Path(directory, "nfpm.yaml")
        configuration.write_text(json.dumps(settings))
        nfpm = pathlib.Path(sys.executable).parent / "nfpm"
        for kind in ("deb", "rpm"):
            output = release.path(f"meshveil-{release.version}-{target.triple}.{kind}")
            environment = {"SOURCE_DATE_EPOCH": str(release.epoch), "HOME": os.environ.get("HOME", directory)}
            run([nfpm, "package", "--config", configuration, "--packager", kind, "--target", output], env=environment, capture=True)
