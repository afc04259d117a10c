"""Texts that name the files of a release with their checksums: the installer, a formula for Homebrew, a manifest for krew."""

import pathlib

from release import Release, sha256
from targets import Target

TEMPLATES = pathlib.Path(__file__).parent / "templates"


def write(release: Release, archives: dict[Target, pathlib.Path]) -> None:
    installable = {target: path for target, path in archives.items() if target.system}
    cases = [
        f"  {' | '.join(f'{target.system}-{machine}' for machine in target.machines)})\n"
        f"    target={target.triple}\n    expected={sha256(path)} ;;\n"
        for target, path in installable.items()
    ]
    fill(release, "install.sh", {"CASES": "".join(cases)})
    release.path("install.sh").chmod(0o755)
    fill(release, "meshveil.rb", {"SYSTEMS": "\n".join(filter(None, map(lambda one: formula(release, installable, one), ("macos", "linux"))))})
    fill(release, "krew.yaml", {"PLATFORMS": "".join(krew(release, target, path) for target, path in archives.items())})


def fill(release: Release, name: str, parts: dict[str, str]) -> None:
    """Writes a template with what it asks for between `@`."""
    text = (TEMPLATES / name).read_text()
    for part, value in ({"VERSION": release.version, "URL": release.url} | parts).items():
        text = text.replace(f"@{part}@", value)
    release.path(name).write_text(text)


def formula(release: Release, archives: dict[Target, pathlib.Path], system: str) -> str:
    """What Homebrew fetches on one system, by processor."""
    words = {"macos": "darwin", "linux": "linux"}
    parts = []
    for target, path in archives.items():
        if target.os == words[system]:
            processor = {"amd64": "intel", "arm64": "arm"}[target.arch]
            lines = [f"    on_{processor} do", f'      url "{release.url}/{path.name}"', f'      sha256 "{sha256(path)}"', "    end"]
            parts.append("\n".join(lines) + "\n")
    return f"  on_{system} do\n{''.join(sorted(parts))}  end\n" if parts else ""


def krew(release: Release, target: Target, path: pathlib.Path) -> str:
    """What krew fetches on one platform; it gives the program the name `kubectl-meshveil`."""
    folder = path.name.removesuffix(target.archive)
    return f"""\
    - selector: {{ matchLabels: {{ os: {target.os}, arch: {target.arch} }} }}
      uri: {release.url}/{path.name}
      sha256: {sha256(path)}
      bin: meshveil{target.suffix}
      files:
        - {{ from: "{folder}/meshveil{target.suffix}", to: "." }}
        - {{ from: "{folder}/LICENSE-*", to: "." }}
"""
