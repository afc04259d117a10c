"""The wheel: the program and its manual pages, as `pip` and `pre-commit` install them.

Written here rather than by a build backend, as all it holds is files that are there already
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/).
"""

import base64
import hashlib

import archive
from release import ROOT, Release
from targets import Target

SUMMARY = "Checks masking policies, writes what enforces them, and masks files"


def write(release: Release, target: Target, program: bytes, documents: dict[str, bytes]) -> None:
    name = f"meshveil-{release.version}"
    tag = f"py3-none-{target.wheel}"
    metadata = f"""\
Metadata-Version: 2.4
Name: meshveil
Version: {release.version}
Summary: {SUMMARY}
License-Expression: MIT OR Apache-2.0
License-File: LICENSE-MIT
License-File: LICENSE-APACHE
Requires-Python: >=3.7
Description-Content-Type: text/markdown

{(ROOT / "README.md").read_text()}"""
    # A tag of several platforms is written out in the wheel, and short in its name.
    tags = "".join(f"Tag: py3-none-{one}\n" for one in target.wheel.split("."))
    files = {f"{name}.data/scripts/meshveil{target.suffix}": program}
    for path, content in documents.items():
        if path.startswith("man/"):
            files[f"{name}.data/data/share/{path}"] = content
    info = {
        "METADATA": metadata.encode(),
        "WHEEL": f"Wheel-Version: 1.0\nGenerator: meshveil\nRoot-Is-Purelib: false\n{tags}".encode(),
        "licenses/LICENSE-APACHE": documents["LICENSE-APACHE"],
        "licenses/LICENSE-MIT": documents["LICENSE-MIT"],
    }
    files |= {f"{name}.dist-info/{path}": content for path, content in info.items()}
    files = dict(sorted(files.items()))
    record = f"{name}.dist-info/RECORD"
    lines = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in files.items()]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    # The specification wants the metadata at the end.
    release.path(f"{name}-{tag}.whl").write_bytes(archive.zipped(files, release.epoch, ordered=True))


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
