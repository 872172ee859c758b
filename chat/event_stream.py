"""Takes an answer apart into JSON values: those of an event stream, of JSON lines, or one whole JSON text.

What an answer is shows in its lines, not in its content type, which endpoints and gateways get wrong.
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

LARGEST_EVENT = 2**25  # characters; nothing longer is part of a chat
LONGEST_END_S = 0.1
_END = "[DONE]"
_FIELDS = ("data", "event", "id", "retry")
_JSON = json.JSONDecoder(strict=False)  # some leave tabs and line ends in a text as they are
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Event:
    """One JSON value of an answer, with the name that its event was given; mostly there is none."""

    name: str
    value: Any


UNREADABLE = Event("", object())  # what stands for an event that is broken JSON


class EventTooLargeError(ValueError):
    """An event grows beyond what is part of a chat."""


async def events_of(response: httpx2.Response) -> AsyncGenerator[Event, None]:
    """Give what an answer says; where it breaks off, first all that had come before.

    UNREADABLE stands for an event of broken JSON. Raises EventTooLargeError, and ValueError for words
    where JSON should be when nothing else comes.
    """
    decoder, cut = EventStreamDecoder(), None
    async with contextlib.aclosing(response.aiter_bytes()) as pieces:
        try:
            async for piece in pieces:
                for event in _given_by(decoder, piece):
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


def _given_by(decoder: "EventStreamDecoder", piece: bytes) -> Iterator[Event]:
    """The events that a piece completes; broken ones cost no other."""
    while True:
        try:
            yield from decoder.feed(piece)
        except EventTooLargeError:
            raise
        except ValueError:
            piece = b""
            yield UNREADABLE
        else:
            return


async def _read_to_end(pieces: AsyncGenerator[bytes, None]) -> None:
    """Wait for the end of a connection, where it is near, so that the next call can have it."""
    with contextlib.suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(LONGEST_END_S):
            async for _ in pieces:
                pass


class EventStreamDecoder:
    """Is fed with bytes as they come, cut anywhere, and gives the events that are whole.

    Bytes that are no UTF-8 become U+FFFD. Blocks without data, comments and stray lines say nothing.
    Words in place of JSON are passed over, and noted where nothing else has come. Raises ValueError for
    broken JSON; what follows it comes with the next bytes. Once the stream has named its end, `is_over`
    is set.
    """

    def __init__(self) -> None:
        utf8 = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._text = io.IncrementalNewlineDecoder(utf8, translate=True)
        self._lines = deque[str]()  # whole ones that are still to be read
        self._line = _Pieces()  # of a line whose end has not come
        self._data = _Pieces()  # the data lines of this block
        self._json = _Pieces()  # lines that are JSON together, and not one by one
        self._name = ""
        self.is_over = False
        self.has_only_words = False
        self._has_json = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Give the events that these bytes complete."""
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
        """Give what is whole although nothing marked its end. What was cut in the middle is dropped."""
        with contextlib.suppress(ValueError):
            yield from self.feed(b"\n")
            yield from self._end_of_block()
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
        """Read a line of no event stream: JSON by itself, or a part of one JSON text."""
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
            # Somebody may have left out the empty lines between events.
            for line in lines:
                yield from self._named_if_json(name, line)

    def _named_if_json(self, name: str, text: str) -> Iterator[Event]:
        try:
            yield from self._named(name, text)
        except ValueError:
            if text.lstrip().startswith("{"):
                raise
            # One such as "ping" keeps the connection open.
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
    """Pieces of text that are put together later. Raises EventTooLargeError when they become too many."""

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
