"""Splits an answer into JSON values: those of an event stream or of JSON lines, or one whole JSON text.

The lines of an answer tell which of these it is: endpoints and gateways get the content type wrong.
"""

import asyncio
import codecs
import contextlib
import io
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

LARGEST_EVENT = 2**25  # characters; nothing in a chat is longer
LONGEST_END_S = 0.1
_END = "[DONE]"
_FIELDS = ("data", "event", "id", "retry")
_JSON = json.JSONDecoder(strict=False)  # some endpoints do not escape tabs and line breaks
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Event:
    """One JSON value of an answer, with the name of its event, which is mostly empty."""

    name: str
    value: Any


UNREADABLE = Event("", object())  # what stands for an event that is broken JSON


class EventTooLargeError(ValueError):
    """An event grows beyond what is part of a chat."""


async def events_of(response: httpx2.Response) -> AsyncGenerator[Event, None]:
    """Give the events of an answer; if it breaks off, all that came before, then the error.

    UNREADABLE stands for an event of broken JSON. Raises httpx2.HTTPError when the connection fails,
    EventTooLargeError, and ValueError when nothing but words came in place of JSON.
    """
    decoder, cut = EventStreamDecoder(), None
    async with contextlib.aclosing(response.aiter_bytes()) as pieces:
        try:
            async for piece in pieces:
                for event in decoder.feed(piece):
                    yield event
                if decoder.is_over:
                    await _read_to_end(pieces)
        except httpx2.HTTPError as exc:
            cut = exc
    for event in decoder.finish():
        yield event
    if cut is not None:
        raise cut
    if decoder.has_only_words:
        raise ValueError("the data is no JSON")


async def _read_to_end(pieces: AsyncGenerator[bytes, None]) -> None:
    """Wait a moment for the end of the answer, so that the next call can reuse the connection."""
    with contextlib.suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(LONGEST_END_S):
            async for _ in pieces:
                pass


class EventStreamDecoder:
    """Takes bytes as they come, cut anywhere, and gives the events that are complete.

    Bytes that are not UTF-8 become U+FFFD. Blocks without data, comments and stray lines are ignored, and
    so are words in place of JSON; `has_only_words` says that nothing else has come. `is_over` is set
    once the stream has announced its end.
    """

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._text = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._lines = deque[str]()  # whole ones that are still to be read
        self._line = _Pieces()  # of a line that has not ended yet
        self._data = _Pieces()  # the data lines of this block
        self._json = _Pieces()  # lines that are JSON only when put together
        self._name = ""
        self.is_over = False
        self.has_only_words = False
        self._has_json = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Give the events that are complete now, UNREADABLE for broken JSON. Raises EventTooLargeError."""
        first, *others = self._text.decode(data).split("\n")
        self._line.add(first)
        for following in others:
            self._lines.append("".join(self._line.take()))
            self._line.add(following)
        while self._lines:
            line = self._lines.popleft()
            if not self.is_over:
                yield from self._events_of(line)

    def finish(self) -> Iterator[Event]:
        """Give what is complete although nothing marked its end. What was cut in the middle is dropped."""
        with contextlib.suppress(ValueError):
            complete = (*self.feed(b"\n"), *self._end_of_block())
            yield from (event for event in complete if event is not UNREADABLE)
            for value in _values_in("\n".join(self._json.take())):
                self.has_only_words = False
                yield Event("", value)

    def _events_of(self, line: str) -> Iterator[Event]:
        if not line:
            yield from self._end_of_block()
            return
        field, _, value = line.partition(":")
        field = field.strip()
        if field == "data":
            self._data.add(value.removeprefix(" "))
        elif field == "event":
            self._name = value.strip()
        elif field not in _FIELDS and (self._json or line.lstrip().startswith(("{", "["))):
            yield from self._bare(line)

    def _bare(self, line: str) -> Iterator[Event]:
        """Read a line that is not part of an event stream: JSON by itself, or a piece of one JSON text."""
        if not self._json:
            try:
                yield from self._named("", line)
            except ValueError:
                pass
            else:
                return
        self._json.add(line)

    def _end_of_block(self) -> Iterator[Event]:
        name, lines = self._name, self._data.take()
        self._name = ""
        try:
            yield from self._named(name, "\n".join(lines))
        except ValueError:
            # The endpoint may have left out the empty lines between events.
            for line in lines:
                yield from self._named_if_json(name, line)

    def _named_if_json(self, name: str, text: str) -> Iterator[Event]:
        try:
            yield from self._named(name, text)
        except ValueError:
            if text.lstrip().startswith("{"):
                yield UNREADABLE
            else:  # a word such as "ping" only keeps the connection open
                self.has_only_words = not self._has_json

    def _named(self, name: str, text: str) -> Iterator[Event]:
        text = text.strip()
        if text.startswith(_END):
            self.is_over = True
        if text and not self.is_over:
            value = _parsed(text)
            self._has_json, self.has_only_words = True, False
            yield Event(name, value)


class _Pieces:
    """Pieces of text to be joined later. Raises EventTooLargeError when they grow too large."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def add(self, text: str) -> None:
        self._size += len(text)
        if self._size > LARGEST_EVENT:
            raise EventTooLargeError(f"an event of more than {LARGEST_EVENT} characters")
        if text:
            self._pieces.append(text)

    def take(self) -> list[str]:
        taken, self._pieces, self._size = self._pieces, [], 0
        return taken


def _parsed(text: str) -> Any:
    try:
        return _JSON.decode(text)
    except RecursionError as exc:
        raise ValueError("JSON that is nested too deeply") from exc


def _values_in(text: str) -> Iterator[Any]:
    """Give the JSON values that follow each other in a text."""
    at = _end_of_blanks(text, 0)
    while at < len(text):
        try:
            value, end = _JSON.raw_decode(text, at)
        except RecursionError as exc:
            raise ValueError("JSON that is nested too deeply") from exc
        yield value
        at = _end_of_blanks(text, end)


def _end_of_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at
