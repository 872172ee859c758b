"""What a file holds, once it has been read: its text, page by page, and its pictures. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FileKind = Literal["image", "pdf", "text", "table", "document", "notebook"]
Size = Literal["original", "high", "low", "thumbnail"]


class UnreadableFileError(Exception):
    """A file cannot be used; the text says why and what to do, and is fit to show."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent and shown: upright, with nothing in it but its pixels. Sizes are in pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents:
    """What a file holds.

    `pages` are its text: of a PDF one for each page, of a workbook one for each sheet, else one; none of an
    image. `pictures` are there for an image only. `notes` are what a person should know of how it was read,
    each a sentence fit to show.
    """

    kind: FileKind
    media_type: str
    pages: tuple[str, ...] = ()
    pictures: Mapping[Size, Picture] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
