"""Has files read by a process of its own, within bounds of time and memory."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast, get_args

from chat.files.file_bounds import AT_ONCE, LONGEST_S, MOST_ANSWERED
from chat.files.file_contents import FileContents, FileKind, Picture, Size, UnreadableFileError
from texts import _

_ROOT = Path(__file__).parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from chat.files.worker import main; main()"
_MOST_PIXELS = 10**9

_kinds: dict[str, FileKind] = {kind: kind for kind in get_args(FileKind)}
_LONGEST_WAIT_S = 1.0  # for pages to be drawn, which an estimate waits for
_at_once = threading.BoundedSemaphore(AT_ONCE)
# Estimates and messages run in a few threads that all share: drawing pages may hold only so many of them.
_drawing = threading.BoundedSemaphore(AT_ONCE + 1)
logger = logging.getLogger(__name__)


def read_file(data: bytes, name: str) -> FileContents:
    """Return what a file holds. Raises UnreadableFileError.

    It blocks until the file is read, at most LONGEST_S after its turn has come.
    """
    line, rest = _answer({"name": name}, data)
    try:
        return FileContents(
            kind=_kinds[line["kind"]],
            media_type=_text(line["media_type"]),
            pages=tuple(map(_text, line["pages"])),
            pictures=_pictures(line["pictures"], rest),
            notes=tuple(map(_text, line["notes"])),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise UnreadableFileError(_failed()) from exc


def render_pages(data: bytes, first: int, last: int) -> tuple[Mapping[Size, Picture], ...]:
    """Return pictures of a PDF's pages, `high` and `low`.

    Raises UnreadableFileError, at once where others are being drawn and one waits already.
    """
    if not _drawing.acquire(blocking=False):
        raise UnreadableFileError(_busy())
    try:
        line, rest = _answer({"first": first, "last": last}, data, _LONGEST_WAIT_S)
    finally:
        _drawing.release()
    try:
        return tuple(_pictures(page, rest) for page in line["pages"])
    except (KeyError, TypeError, ValueError) as exc:
        raise UnreadableFileError(_failed()) from exc


def _answer(asked: Mapping[str, Any], data: bytes, wait_s: float | None = None) -> tuple[Any, io.BytesIO]:
    """Return the line that the process answers with, and the bytes after it.

    `wait_s` is how long to wait for its turn, None for as long as it takes. Raises UnreadableFileError.
    """
    if not _at_once.acquire(timeout=wait_s):
        raise UnreadableFileError(_busy())
    try:
        answered = _run(json.dumps(asked).encode() + b"\n", data)
    finally:
        _at_once.release()
    answer = io.BytesIO(answered)
    try:
        line = json.loads(answer.readline())
    except (ValueError, RecursionError) as exc:
        raise UnreadableFileError(_failed()) from exc
    if not isinstance(line, dict):
        raise UnreadableFileError(_failed())
    if "cause" in line:
        logger.info("A file could not be read: %s", line["cause"])
    if "error" in line:
        raise UnreadableFileError(_text(line["error"]))
    return line, answer


def _run(line: bytes, data: bytes) -> bytes:
    """Return all that the process writes. Raises UnreadableFileError where it dies or takes too long."""
    # No variable of this process goes along, with the keys that some hold; Windows alone needs one to start.
    # It is read here, so that the process itself need not load the settings.
    from settings import read_variable

    kept = {name: value for name in ("SYSTEMROOT",) if (value := read_variable(name))}
    try:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, str(_ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
            start_new_session=True,
        )
    except OSError as exc:
        logger.warning("No process to read a file can be started: %s", exc)
        raise UnreadableFileError(_failed()) from exc
    with process:
        to, answered_by = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        is_late = threading.Event()

        def end_it() -> None:
            is_late.set()
            _end(process)

        clock = threading.Timer(LONGEST_S, end_it)
        feeder = threading.Thread(target=_feed, args=(to, line, data), daemon=True)
        clock.start()
        feeder.start()
        try:
            answered = answered_by.read(MOST_ANSWERED + 1)
        finally:
            clock.cancel()
            _end(process)  # it has answered, or never will
            feeder.join()
    if is_late.is_set() or not answered:
        logger.info("A file could not be read: its process ended with %s", process.returncode)
        raise UnreadableFileError(_("Reading this file takes too much time or memory. Attach a part of it."))
    if len(answered) > MOST_ANSWERED:
        raise UnreadableFileError(_("There is too much in this file. Attach a part of it."))
    return answered


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, which would hold its output open."""
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own until it is waited for
    except ProcessLookupError:
        return


def _feed(to: IO[bytes], line: bytes, data: bytes) -> None:
    try:
        with to:
            to.write(line)
            to.write(data)
    except OSError:  # it has ended before it had read all: what it answered, or that it did not, tells
        return


def _pictures(described: Any, rest: io.BytesIO) -> dict[Size, Picture]:
    pictures: dict[Size, Picture] = {}
    for size, media_type, width, height, length in described:
        if size not in get_args(Size) or not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
            raise ValueError(size)
        if media_type not in {"image/png", "image/jpeg", "image/webp"}:
            raise ValueError(media_type)
        data = rest.read(int(length))
        if len(data) != length:
            raise ValueError(length)
        pictures[size] = Picture(data, media_type, int(width), int(height))
    return pictures


def _text(value: object) -> str:
    """Return a text as databases take it: without halves of characters, and without zeros."""
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def _busy() -> str:
    return _("Tally is reading other files. Try again in a moment.")


def _failed() -> str:
    return _("This file could not be read.")
