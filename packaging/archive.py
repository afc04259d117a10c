"""Archives that are the same bytes each time: sorted, one time, one owner."""

import gzip
import io
import pathlib
import tarfile
import time
import zipfile


def is_program(name: str) -> bool:
    """Programs have no suffix, or that of Windows."""
    return pathlib.PurePath(name).name in ("meshveil", "meshveil.exe")


def mode(name: str) -> int:
    return 0o755 if is_program(name) else 0o644


def tar(files: dict[str, bytes], epoch: int, directories: bool = False) -> bytes:
    """A tar archive of files by name; with the directories above them, where a reader needs them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        above = {str(parent) for name in files for parent in pathlib.PurePosixPath(name).parents} - {"."}
        for name in sorted(above if directories else ()):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, epoch
            archive.addfile(entry)
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), mode(name), epoch
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def compressed(content: bytes) -> bytes:
    """With gzip, without name and time."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def zipped(files: dict[str, bytes], epoch: int, ordered: bool = False) -> bytes:
    """A zip archive of files by name; in the order they are given where `ordered`."""
    # Times in a zip begin in 1980 and have a resolution of two seconds.
    date = max(time.gmtime(epoch)[:6], (1980, 1, 1, 0, 0, 0))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items() if ordered else sorted(files.items()):
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Made on Unix, whatever this is: readers then take the mode from the upper half.
            entry.create_system, entry.external_attr = 3, (0o100000 | mode(name)) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
