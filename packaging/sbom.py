"""What the programs are made of, by cargo-cyclonedx (https://cyclonedx.org)."""

import json
import pathlib
import shutil
import tempfile

import tree
from release import Release, run

# The package, the platform its dependencies are those of, and the directory it is in.
PACKAGES = {"meshveil": ("x86_64-unknown-linux-musl", "cli"), "meshveil-filter": ("wasm32-wasip1", "filter")}


def write(release: Release, tool: pathlib.Path) -> None:
    # The tool writes beside each manifest of the workspace: into a copy.
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory).resolve() / "meshveil"
        tree.copy(copy)
        for package, (triple, folder) in PACKAGES.items():
            command = [tool, "cyclonedx", "--format", "json", "--spec-version", "1.5", "--target", triple]
            options = ["--override-filename", "sbom", "--no-build-deps", "--manifest-path", copy / folder / "Cargo.toml", "-qq"]
            run([*command, *options], env={"SOURCE_DATE_EPOCH": str(release.epoch)}, cwd=copy)
            text = (copy / folder / "sbom.json").read_text().replace(str(copy), "/meshveil")
            parts = json.loads(text)
            name = f"{package}-{release.version}.cdx.json"
            release.path(name).write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n")
        shutil.rmtree(copy)
