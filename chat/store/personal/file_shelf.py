"""Where the contents of files are: each once, under a key, as a few named blobs."""

import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

_BEGUN = ".new-"  # what the name of a folder that is still being written begins with


class FileShelf(Protocol):
    """Holds blobs under keys. All methods raise OSError."""

    def put(self, key: str, blobs: Mapping[str, bytes]) -> None:
        """Add blobs under a key: all or none. What is there already stays."""

    def get(self, key: str, name: str) -> bytes:
        """Return a blob. Raises FileNotFoundError when it is not there."""

    def open(self, key: str, name: str) -> IO[bytes]:
        """Open a blob to be read. Raises FileNotFoundError when it is not there."""

    def has(self, key: str, name: str) -> bool:
        """Return whether a blob is there."""

    def all(self, key: str) -> dict[str, bytes]:
        """Return all blobs under a key, by their names."""

    def remove(self, key: str) -> None:
        """Remove all that is under a key, if anything is."""


class DiskShelf:
    """A folder with a folder for each key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, blobs: Mapping[str, bytes]) -> None:
        """Add blobs under a key: all or none. What is there already stays."""
        self._folder.mkdir(exist_ok=True)
        place = self._place(key)
        with self._begun() as begun:
            for name, data in blobs.items():
                _write(begun / name, data)
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                _sync(begun)
                begun.rename(place)
                _sync(place.parent)
                return
            for name in blobs:
                (begun / name).replace(place / name)
            _sync(place)

    def get(self, key: str, name: str) -> bytes:
        """Return a blob. Raises FileNotFoundError when it is not there."""
        return (self._place(key) / name).read_bytes()

    def open(self, key: str, name: str) -> IO[bytes]:
        """Open a blob to be read. Raises FileNotFoundError when it is not there."""
        return (self._place(key) / name).open("rb")

    def has(self, key: str, name: str) -> bool:
        """Return whether a blob is there."""
        return (self._place(key) / name).exists()

    def all(self, key: str) -> dict[str, bytes]:
        """Return all blobs under a key, by their names."""
        return {path.name: path.read_bytes() for path in self._place(key).iterdir()}

    def remove(self, key: str) -> None:
        """Remove all that is under a key, if anything is."""
        place = self._place(key)
        if place.exists():
            shutil.rmtree(place)

    def keys(self) -> Iterator[str]:
        """Give all keys, and the folders that were left half written: they can be removed like one."""
        for place in self._folder.glob("*"):
            if place.name.startswith(_BEGUN):
                yield place.name
            else:
                yield from (each.name for each in place.iterdir())

    def _place(self, key: str) -> Path:
        return self._folder / key if key.startswith(_BEGUN) else self._folder / key[:2] / key

    @contextmanager
    def _begun(self) -> Iterator[Path]:
        """Give a folder that is gone at the end, unless it has been renamed."""
        begun = Path(tempfile.mkdtemp(prefix=_BEGUN, dir=self._folder))
        try:
            yield begun
        finally:
            shutil.rmtree(begun, ignore_errors=True)


class MemoryShelf:
    """Blobs in memory, which end with the process."""

    def __init__(self) -> None:
        self._blobs: dict[str, dict[str, bytes]] = {}

    def put(self, key: str, blobs: Mapping[str, bytes]) -> None:
        """Add blobs under a key. What is there already stays."""
        self._blobs.setdefault(key, {}).update(blobs)

    def get(self, key: str, name: str) -> bytes:
        """Return a blob. Raises FileNotFoundError when it is not there."""
        try:
            return self._blobs[key][name]
        except KeyError as exc:
            raise FileNotFoundError(name) from exc

    def open(self, key: str, name: str) -> IO[bytes]:
        """Open a blob to be read. Raises FileNotFoundError when it is not there."""
        return io.BytesIO(self.get(key, name))

    def has(self, key: str, name: str) -> bool:
        """Return whether a blob is there."""
        return name in self._blobs.get(key, {})

    def all(self, key: str) -> dict[str, bytes]:
        """Return all blobs under a key, by their names."""
        return dict(self._blobs.get(key, {}))

    def remove(self, key: str) -> None:
        """Remove all that is under a key, if anything is."""
        self._blobs.pop(key, None)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make sure that what a folder lists is on the disk; Windows cannot open a folder, and need not."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
