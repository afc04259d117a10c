"""Makes a release: `make dist` says with what. See docs/releasing.md."""

import argparse
import pathlib
import shutil
import sys
import tempfile

import archive
import build
import image
import sbom
import sign
import system
import targets
import texts
import wheel
from release import ROOT, Release, epoch, run, version

SHELLS = {"bash": "meshveil.bash", "fish": "meshveil.fish", "zsh": "_meshveil", "powershell": "_meshveil.ps1"}
EXAMPLE = "https://releases.example.com/meshveil"


def documents(meshveil: pathlib.Path) -> dict[str, bytes]:
    """What goes with the program, by name; the same for every platform."""
    found = {name: (ROOT / name).read_bytes() for name in ("README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT")}
    with tempfile.TemporaryDirectory() as directory:
        run([meshveil, "man", "--output", directory])
        pages = sorted(pathlib.Path(directory).iterdir())
        found |= {f"man/man1/{page.name}": page.read_bytes() for page in pages}
    for shell, name in SHELLS.items():
        found[f"completions/{name}"] = run([meshveil, "completions", shell], capture=True).encode()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", required=True, help="platforms, by the names of Rust")
    parser.add_argument("--profile", required=True, help="profile of cargo")
    parser.add_argument("--url", help="where the files will be")
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--target-dir", required=True, type=pathlib.Path)
    parser.add_argument("--meshveil", required=True, type=pathlib.Path, help="the command, for this machine")
    parser.add_argument("--cyclonedx", required=True, type=pathlib.Path)
    parser.add_argument("--minisign", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    chosen = targets.named(arguments.targets.split())
    if not arguments.url:
        print(f"dist: `DIST_URL` is not set: the installer, the formula and krew's manifest name {EXAMPLE}", file=sys.stderr)
    output = arguments.output.resolve()
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    url = (arguments.url or f"{EXAMPLE}/v{version()}").rstrip("/")
    release = Release(version(), epoch(), url, output, arguments.target_dir.resolve(), arguments.profile)
    make(release, chosen, arguments)
    print(f"{len(list(output.iterdir()))} files and directories in {arguments.output}")


def make(release: Release, chosen: list[targets.Target], arguments: argparse.Namespace) -> None:
    meshveil = arguments.meshveil.resolve()
    beside = documents(meshveil)
    module = build.filter_module(release)
    shutil.copy(module, release.path("meshveil_filter.wasm"))
    run([meshveil, "package", module, "--output", release.path("filter-image"), "--tag", release.version], capture=True)
    playground = build.playground(release)
    programs = {target: build.command_line(release, target, playground).read_bytes() for target in chosen}
    archives = {}
    for target, program in programs.items():
        folder = f"meshveil-{release.version}-{target.triple}"
        files = {f"{folder}/{name}": content for name, content in beside.items()}
        files[f"{folder}/meshveil{target.suffix}"] = program
        if target.archive == ".zip":
            content = archive.zipped(files, release.epoch)
        else:
            content = archive.compressed(archive.tar(files, release.epoch))
        archives[target] = release.path(folder + target.archive)
        archives[target].write_bytes(content)
        wheel.write(release, target, program, beside)
        if target.is_linux:
            system.write(release, target, program, beside)
    licences = {name: content for name, content in beside.items() if name.startswith("LICENSE-")}
    linux = {target: program for target, program in programs.items() if target.is_linux}
    if linux:
        image.write(release, linux, licences)
    sbom.write(release, arguments.cyclonedx.resolve())
    texts.write(release, archives)
    sign.sums(release)
    sign.sign(release, arguments.minisign.resolve())


if __name__ == "__main__":
    main()
