"""Reads the conversations out of a JSON file one after the other, however long the file is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from texts import _

LARGEST_CONVERSATION = 64 * 2**20  # bytes of JSON
MOST_VALUES = 2_000_000  # objects, lists and texts: each takes much more memory than JSON
DEEPEST = 900  # brackets within brackets; the parser takes no more
_CHUNK = 2**18
_BLANK = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MARK = re.compile(rb'["\[\]{}]')
_REST_OF_TEXT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_HOLDS_CONVERSATIONS = re.compile(rb'"conversations"\s*:\s*\Z')


class NotJsonError(Exception):
    """A file does not hold JSON; the text says so and is fit to show."""


@dataclass(frozen=True, slots=True)
class Element:
    """One object or list of a file: its JSON, or why it cannot be read."""

    json: bytes
    trouble: str = ""


def elements_of(file: IO[bytes]) -> Iterator[Element]:
    """Yield what a file holds: the items of a list, of the list "conversations", or the objects themselves.

    An item that is broken, too large or too deep is yielded with its trouble, and loses no other; numbers
    and other items that are neither objects nor lists are left out. No more than one item is in memory.
    Raises NotJsonError.
    """
    reader = _Reader()
    is_first = True
    while chunk := file.read(_CHUNK):
        if is_first:
            chunk = chunk.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANK)
            if chunk and chunk[:1] not in (b"[", b"{"):
                raise NotJsonError(_("This is not JSON."))
            is_first = not chunk
        yield from reader.read(chunk)
    if is_first:
        raise NotJsonError(_("The file is empty."))
    if reader.is_within:
        yield Element(b"", _("The file ends in the middle of this chat. Export it again."))


class _Reader:
    """Follows brackets and texts through a file that comes in pieces."""

    def __init__(self) -> None:
        self._depth = 0
        self._outer = 0  # how deep the items are: the brackets around them
        self._is_in_text = self._is_escaped = False
        self._kept = bytearray()
        self._is_keeping = False
        self._values = 0
        self._trouble = ""

    @property
    def is_within(self) -> bool:
        """Return whether something that was opened has not been closed."""
        return self._depth > 0 or self._is_in_text

    def read(self, chunk: bytes) -> Iterator[Element]:
        """Yield the items that end in the next piece of the file."""
        begins = at = 0
        while at < len(chunk):
            if self._is_in_text:
                at = self._after_text(chunk, at)
                continue
            found = _MARK.search(chunk, at)
            if found is None:
                break
            at, mark = found.end(), found[0]
            self._count_value()
            if mark == b'"':
                self._is_in_text = True
            elif mark in b"[{":
                if self._begins_list(mark, chunk, begins, found.start()):
                    self._outer, self._is_keeping = self._depth + 1, False
                elif self._depth == self._outer:
                    self._kept, self._is_keeping, self._trouble = bytearray(), True, ""
                    self._values = 0
                    begins = found.start()
                self._depth += 1
                if self._depth > DEEPEST:
                    self._give_up(_("It is nested too deeply."))
            else:
                self._depth = max(self._depth - 1, 0)
                if self._is_keeping and self._depth == self._outer:
                    self._keep(chunk[begins:at])
                    self._is_keeping = False
                    yield Element(b"" if self._trouble else bytes(self._kept), self._trouble)
                elif self._depth < self._outer:
                    self._outer = 0
        if self._is_keeping:
            self._keep(chunk[begins:])

    def _after_text(self, chunk: bytes, at: int) -> int:
        """Return where a text ends that goes on here."""
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        found = _REST_OF_TEXT.match(chunk, at)
        at = at if found is None else found.end()
        if chunk[at : at + 1] == b'"':
            self._is_in_text = False
        elif at < len(chunk):  # a backslash, whose character comes with the next piece
            self._is_escaped = True
        return at + 1

    def _begins_list(self, mark: bytes, chunk: bytes, begins: int, at: int) -> bool:
        """Return whether a bracket opens the list of all conversations."""
        if mark != b"[" or self._outer:
            return False
        if self._depth == 0:
            return True
        before = bytes(self._kept[-64:]) + chunk[max(begins, at - 64) : at]
        return self._depth == 1 and _HOLDS_CONVERSATIONS.search(before) is not None

    def _count_value(self) -> None:
        self._values += 1
        if self._is_keeping and self._values > 2 * MOST_VALUES:  # a bracket that closes counts as well
            self._give_up(_("It is too complex to import."))

    def _keep(self, piece: bytes) -> None:
        if not self._trouble and len(self._kept) + len(piece) > LARGEST_CONVERSATION:
            text = _("It is larger than {mib} MiB.")
            self._give_up(text.format(mib=LARGEST_CONVERSATION // 2**20))
        if not self._trouble:
            self._kept += piece

    def _give_up(self, trouble: str) -> None:
        self._trouble = self._trouble or trouble
        self._kept = bytearray()
