"""The sources as they are now: what git knows, with the changes of the working tree."""

import pathlib
import shutil

from release import ROOT, run


def copy(directory: pathlib.Path) -> None:
    """Copies them into a new directory."""
    names = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture=True)
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, directory / name
        # Removed, and not committed yet.
        if not (source.is_symlink() or source.exists()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
