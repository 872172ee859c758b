"""Lines of a CSV file and the records in them, read so that one bad line never costs its neighbours."""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from texts import _

# A quoted field may hold line breaks; a quote that stays open for longer than this is a torn row.
LINES_A_RECORD = 100


@dataclass(frozen=True, slots=True)
class LedgerProblem:
    """A line of the ledger that could not be read, and why. Lines count from 1, the header."""

    line_number: int
    reason: str


class RowError(ValueError):
    """A row cannot be read; the text says why."""


def csv_line(fields: Iterable[str]) -> bytes:
    """Return fields as one RFC 4180 line in UTF-8, ended by LF."""
    buffer = io.StringIO()
    # The writer quotes what has a character of its line end in it, so CR is one until the line is done.
    csv.writer(buffer, lineterminator="\r\n").writerow(fields)
    line = buffer.getvalue().removesuffix("\r\n") + "\n"
    return line.encode("utf-8", "replace")


def parse_header(line: bytes) -> list[str]:
    """Return the column names in a first line, which may have a byte order mark. Raises RowError."""
    return [name.strip() for name in _fields_of([line.removeprefix(b"\xef\xbb\xbf")])]


def records(
    lines: Iterable[bytes], columns: int, line_number: int
) -> Iterator[tuple[int, list[str] | RowError]]:
    """Yield each record with the number of its first line; blank lines are passed over.

    A record spans lines only when its quotes close into a row of `columns` fields: a quote left open by a
    torn write or a slip of the hand costs its own line, never the good rows after it.
    """
    for number, raw, fields in raw_records(lines, columns, line_number):
        if raw.strip():
            yield number, fields


def raw_records(
    lines: Iterable[bytes], columns: int, line_number: int
) -> Iterator[tuple[int, bytes, list[str] | RowError]]:
    """Yield each record with its bytes as well, which together are all that `lines` hold."""
    source = iter(lines)
    ahead = deque(islice(source, 1))
    while ahead:
        size = _lines_of_first(ahead, source, columns)
        taken = [ahead.popleft() for _ in range(size)]
        yield line_number, b"".join(taken), _fields_or_error(taken)
        line_number += size
        if not ahead:
            ahead.extend(islice(source, 1))


def is_whole(raw: bytes, fields: list[str] | RowError, columns: int) -> bool:
    """Return whether a record has all its fields and no open quote; its values may still be wrong."""
    return isinstance(fields, list) and len(fields) == columns and raw.count(b'"') % 2 == 0


def _lines_of_first(ahead: deque[bytes], source: Iterator[bytes], columns: int) -> int:
    quotes = ahead[0].count(b'"')
    size = 1
    while quotes % 2 and size < LINES_A_RECORD:
        if size == len(ahead):
            ahead.extend(islice(source, 1))
        if size == len(ahead):
            break
        quotes += ahead[size].count(b'"')
        size += 1
    if size == 1 or quotes % 2:
        return 1
    fields = _fields_or_error(list(islice(ahead, size)))
    return size if isinstance(fields, list) and len(fields) == columns else 1


def _fields_or_error(lines: list[bytes]) -> list[str] | RowError:
    try:
        return _fields_of(lines)
    except RowError as exc:
        return exc


def _fields_of(lines: list[bytes]) -> list[str]:
    try:
        rows = list(csv.reader([line.decode() for line in lines]))
    except UnicodeDecodeError as exc:
        raise RowError(_("is not UTF-8 text")) from exc
    except csv.Error as exc:
        raise RowError(_("is not CSV: {reason}").format(reason=exc)) from exc
    if len(rows) != 1:
        raise RowError(_("has a quote that is never closed"))
    return rows[0]
