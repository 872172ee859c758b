"""The process that reads one file: whatever the file does to it, the app goes on.

It gets a line of JSON and the file's bytes, and answers with a line of JSON and the bytes of pictures.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import IO, Any

from chat.files.file_bounds import LONGEST_CPU_S, MOST_MEMORY
from chat.files.file_contents import FileContents, Picture, Size, UnreadableFileError
from chat.files.file_kinds import format_of
from texts import _

_MOST_OPEN_FILES = 64


def main() -> None:
    """Read what stands in the input, and answer."""
    keep_within_bounds()
    answer(sys.stdin.buffer, sys.stdout.buffer)


def keep_within_bounds() -> None:
    """Bound what this process may take, for good; Windows cannot, and ends it by the clock alone."""
    try:
        import resource
    except ImportError:
        return
    if sys.platform != "darwin":  # which refuses to bound it
        _bound(resource.RLIMIT_AS, MOST_MEMORY)
    for what, most in (
        (resource.RLIMIT_CPU, LONGEST_CPU_S),
        (resource.RLIMIT_NOFILE, _MOST_OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _bound(what, most)


def _bound(what: int, most: int) -> None:
    """Bound one thing, not beyond what the machine has bounded already."""
    import resource

    before = resource.getrlimit(what)[1]
    most = most if before == resource.RLIM_INFINITY else min(most, before)
    resource.setrlimit(what, (most, most))


def answer(asked: IO[bytes], to: IO[bytes]) -> None:
    """Answer what is asked, in any case with a line that says what went wrong."""
    request = json.loads(asked.readline())
    data = asked.read()
    try:
        if "first" in request:
            from chat.files.pdf_files import draw_pages

            write_pictures(draw_pages(data, request["first"], request["last"]), to)
        else:
            write_contents(contents_of(data, request["name"]), to)
    except UnreadableFileError as exc:
        _write_line(to, {"error": str(exc)})
    except MemoryError:
        _write_line(to, {"error": _("This file takes too much memory to read. Attach a part of it.")})
    # Parsers of files from anywhere raise anything; what it was goes to the log.
    except Exception as exc:
        _write_line(
            to, {"error": _("This file is damaged, or not what it looks like."), "cause": repr(exc)[:500]}
        )


def contents_of(data: bytes, name: str) -> FileContents:
    """Return what a file holds. Raises UnreadableFileError, and whatever else a parser raises."""
    # Each kind needs libraries of its own, and a process reads one file.
    match format_of(data, name):
        case "image":
            from chat.files.image_files import read_image

            return read_image(data)
        case "pdf":
            from chat.files.pdf_files import read_pdf

            return read_pdf(data)
        case "workbook" | "macro workbook" as kind:
            from chat.files.tables import read_workbook

            return read_workbook(data, has_macros=kind == "macro workbook")
        case "docx" | "epub" | "html" | "notebook" as kind:
            from chat.files import documents

            readers = {
                "docx": documents.read_docx,
                "epub": documents.read_epub,
                "html": documents.read_html,
                "notebook": documents.read_notebook,
            }
            return readers[kind](data)
        case kind:
            from chat.files.plain_texts import read_text

            if kind == "text":
                return read_text(data)
            return read_text(data, "table", "text/csv" if kind == "csv" else "text/tab-separated-values")


def write_contents(contents: FileContents, to: IO[bytes]) -> None:
    """Write what a file holds: a line of JSON, then the pictures in the order of the line."""
    _write_line(
        to,
        {
            "kind": contents.kind,
            "media_type": contents.media_type,
            "pages": contents.pages,
            "notes": contents.notes,
            "pictures": [_described(size, each) for size, each in contents.pictures.items()],
        },
    )
    _write_bytes(contents.pictures.values(), to)


def write_pictures(pages: Iterable[Mapping[Size, Picture]], to: IO[bytes]) -> None:
    """Write the pictures of pages: a line of JSON, then all in the order of the line."""
    pages = list(pages)
    _write_line(to, {"pages": [[_described(size, each) for size, each in page.items()] for page in pages]})
    for page in pages:
        _write_bytes(page.values(), to)


def _described(size: Size, picture: Picture) -> list[Any]:
    return [size, picture.media_type, picture.width, picture.height, len(picture.data)]


def _write_line(to: IO[bytes], value: Any) -> None:
    to.write(json.dumps(value).encode() + b"\n")


def _write_bytes(pictures: Iterable[Picture], to: IO[bytes]) -> None:
    for picture in pictures:
        to.write(picture.data)
    to.flush()
