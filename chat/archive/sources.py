"""Finds the JSON files in what is to be imported: a file, a zip, or a folder. Nothing is unpacked to disk."""

import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from texts import _

MOST_UNPACKED = 4 * 2**30  # bytes of JSON in one zip
_MOST_TIMES = 200  # how often its packed size a file may have
_SMALL = 16 * 2**20  # bytes, below which that does not matter
_MOST_AT_ONCE = 64 * 2**20  # bytes that a zip's list of files may have
_MOST_FILES = 100_000  # in one zip
_ZIP = b"PK"
_ATTACHED = re.compile(r"(^|/)files/[0-9a-f]{64}/[^/]*$")  # what messages had, in Tally's own zip

# What the library raises for a zip that is broken, packed in an unknown way, or protected.
BROKEN_ZIP = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, RuntimeError, ValueError),
)


class NotImportableError(Exception):
    """A file cannot be imported as a whole; the text says why and is fit to show."""


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A JSON file by the name that people know it by, and its size in bytes; `open` opens it.

    With a `trouble` it cannot be opened, which says why.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that messages have, in Tally's own zip: by the hash that they know it by."""

    hash: str
    name: str
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to import under a name, and how many other files. `is_alone`: it is a single file."""

    name: str
    files: list[JsonFile]
    attached: list[AttachedFile] = field(default_factory=list)
    others: int = 0
    is_alone: bool = False


class _BoundedReads:
    """A file that gives out no more than so much at once: a zip's list of its files is read in one go."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes. Raises NotImportableError."""
        if size > _MOST_AT_ONCE:
            raise NotImportableError(_("This zip holds too many files. Unpack it, then import the files."))
        return self._file.read(size)


def found_in(file: IO[bytes], name: str) -> Found:
    """Return what is in a file that can be read from any place: a zip, by its content, or JSON.

    Raises NotImportableError.
    """
    begins = file.read(len(_ZIP))
    size = file.seek(0, 2)
    file.seek(0)
    if begins != _ZIP:
        return Found(name, [JsonFile(name, size, lambda: file)], is_alone=True)
    reads: Any = _BoundedReads(file)
    try:
        archive = zipfile.ZipFile(reads)
    except BROKEN_ZIP as exc:
        raise NotImportableError(
            _("This zip is damaged or incomplete: {reason}. Download it again.").format(reason=exc)
        ) from exc
    if len(archive.infolist()) > _MOST_FILES:
        raise NotImportableError(_("This zip holds too many files. Unpack it, then import the files."))
    members = [info for info in archive.infolist() if not info.is_dir()]
    wanted = [info for info in members if _is_wanted(info.filename)]
    if sum(info.file_size for info in wanted) > MOST_UNPACKED:
        text = _("This zip holds more than {gib} GiB of chats. Unpack it, then import the files.")
        raise NotImportableError(text.format(gib=MOST_UNPACKED // 2**30))
    attached = [info for info in members if _ATTACHED.search(info.filename) and not _trouble(info)]
    others = sum(_is_other(info.filename) for info in members) - len(attached)
    return Found(name, [_member(archive, info) for info in wanted], [*_attached(archive, attached)], others)


def found_in_folder(folder: Path) -> Found:
    """Return what is in a folder and the folders in it, but not what links lead to. Raises OSError."""
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    wanted = [path for path in paths if _is_wanted(path.name)]
    others = sum(_is_other(path.name) for path in paths)
    return Found(str(folder), [_path(path, folder) for path in wanted], others=others)


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    if "__MACOSX" in path.parts or _ATTACHED.search(path.as_posix()):
        return False
    return path.suffix.lower() in (".json", ".jsonl", ".zip")


def _is_other(name: str) -> bool:
    """Return whether a file is nothing to import, nor says again what others hold, as in Tally's own zip."""
    if _ATTACHED.search(name):
        return True
    return not _is_wanted(name) and not name.lower().endswith((".md", ".txt"))


def _attached(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> Iterator[AttachedFile]:
    for info in members:
        _folder, hash_, name = info.filename.replace("\\", "/").rsplit("/", 2)
        yield AttachedFile(hash_, name, info.file_size, partial(archive.open, info))


def _path(path: Path, folder: Path) -> JsonFile:
    name = str(path.relative_to(folder))
    if path.is_symlink():
        return JsonFile(name, 0, lambda: path.open("rb"), _("This is a link. Links are not followed."))
    if path.suffix.lower() == ".zip":
        return JsonFile(name, 0, lambda: path.open("rb"), _a_zip_within())
    return JsonFile(name, path.stat().st_size, lambda: path.open("rb"))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> JsonFile:
    def opened() -> IO[bytes]:
        return archive.open(info)

    return JsonFile(info.filename, info.file_size, opened, _trouble(info))


def _trouble(info: zipfile.ZipInfo) -> str:
    """Return why a file of a zip is not read, empty if it is."""
    name = info.orig_filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.drive or name[1:2] == ":":
        return _("Its path leads outside the zip.")
    if stat.S_ISLNK(info.external_attr >> 16):
        return _("This is a link. Links are not followed.")
    if info.flag_bits & 1:
        return _("It is protected by a password. Unpack it, then import the files.")
    if path.suffix.lower() == ".zip":
        return _a_zip_within()
    if info.file_size > max(_SMALL, _MOST_TIMES * info.compress_size):
        return _(
            "It is compressed so much that it may be a zip bomb. Unpack it yourself, then import the files."
        )
    return ""


def _a_zip_within() -> str:
    return _("Zips inside a zip are not opened. Import this one separately.")
