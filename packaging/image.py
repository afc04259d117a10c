"""The image of the command line, from nothing: an OCI image layout with one manifest for each platform
(https://github.com/opencontainers/image-spec/blob/main/image-layout.md)."""

import datetime
import hashlib
import json
import pathlib

import archive
from release import Release
from targets import Target

LAYOUT = "application/vnd.oci.image"


class Layout:
    """A layout that is being written."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        (directory / "blobs/sha256").mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def add(self, kind: str, content: bytes) -> dict:
        """Stores a part; gives what others call it by."""
        digest = hashlib.sha256(content).hexdigest()
        (self.directory / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": f"{LAYOUT}.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    def add_json(self, kind: str, value: dict) -> dict:
        return self.add(kind, json.dumps(value, sort_keys=True, separators=(",", ":")).encode())

    def finish(self, tag: str, index: dict) -> None:
        named = index | {"annotations": {"org.opencontainers.image.ref.name": tag}}
        text = json.dumps({"schemaVersion": 2, "mediaType": f"{LAYOUT}.index.v1+json", "manifests": [named]})
        (self.directory / "index.json").write_text(text)


def write(release: Release, programs: dict[Target, bytes], licences: dict[str, bytes]) -> None:
    """The image for these platforms, below `image/`."""
    layout = Layout(release.path("image"))
    created = datetime.datetime.fromtimestamp(release.epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    annotations = {
        "org.opencontainers.image.title": "meshveil",
        "org.opencontainers.image.version": release.version,
        "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
        "org.opencontainers.image.created": created,
    }
    manifests = []
    for target, program in programs.items():
        files = {"usr/bin/meshveil": program}
        files |= {f"usr/share/doc/meshveil/{name}": content for name, content in licences.items()}
        plain = archive.tar(files, release.epoch, directories=True)
        layer = layout.add("layer.v1.tar+gzip", archive.compressed(plain))
        configuration = {
            "created": created,
            "architecture": target.arch,
            "os": target.os,
            # An unprivileged user; files are mounted at `/work`.
            "config": {"Entrypoint": ["/usr/bin/meshveil"], "User": "65532:65532", "WorkingDir": "/work", "Labels": annotations},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
            "history": [{"created": created, "created_by": "meshveil make dist"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{LAYOUT}.manifest.v1+json",
            "config": layout.add_json("config.v1+json", configuration),
            "layers": [layer],
            "annotations": annotations,
        }
        platform = {"architecture": target.arch, "os": target.os}
        manifests.append(layout.add_json("manifest.v1+json", manifest) | {"platform": platform})
    index = {"schemaVersion": 2, "mediaType": f"{LAYOUT}.index.v1+json", "manifests": manifests, "annotations": annotations}
    layout.finish(release.version, layout.add_json("index.v1+json", index))
