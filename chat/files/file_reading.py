"""Reads files."""

from collections.abc import Mapping

from chat.files.file_contents import FileContents, Picture, Size


def read_file(data: bytes, _name: str) -> FileContents:
    """Return what a file holds. Raises UnreadableFileError."""
    return FileContents(kind="text", media_type="text/plain", pages=(data.decode(),))


def render_pages(_data: bytes, _first: int, _last: int) -> tuple[Mapping[Size, Picture], ...]:
    """Return pictures of a PDF's pages. Raises UnreadableFileError."""
    return ()
