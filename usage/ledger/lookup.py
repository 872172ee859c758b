"""Finds calls by their ids in the ledger file, without a look at what else the rows hold."""

import mmap
import os
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from usage.ledger.csv_records import RowError, csv_line, records
from usage.ledger.csv_rows import entry_of, escaped, unescaped


def has_call(file: BinaryIO, header: Sequence[str], call_id: str) -> bool:
    """Return whether a readable row from here on in `file`, which stands after its header, has this call."""
    place = header.index("call_id")
    rows = _records_at(_field(call_id), file, len(header))
    return any(fields[place] == escaped(call_id) and _is_readable(header, fields) for fields in rows)


def calls_among(file: BinaryIO, header: Sequence[str], call_ids: Collection[str]) -> set[str]:
    """Return which of these calls have a readable row, in one pass over the file after its header."""
    place = header.index("call_id")
    found = {unescaped(fields[place]) for fields in _candidates(file, header, {*map(_field, call_ids)})}
    return found.intersection(call_ids)


def _candidates(file: BinaryIO, header: Sequence[str], needles: set[bytes]) -> Iterator[list[str]]:
    """Readable rows, among them all whose call is one of these."""
    if header[0] == "call_id" and not any(needle.startswith(b'"') for needle in needles):
        rows = _records_beginning(needles, file, len(header))
    else:
        rows = (fields for _, fields in records(file, len(header), line_number=2))
    return (fields for fields in rows if isinstance(fields, list) and _is_readable(header, fields))


def _records_beginning(needles: set[bytes], file: BinaryIO, columns: int) -> Iterator[list[str] | RowError]:
    """Yield the records whose first line begins with one of these fields, parsing no others."""
    while line := file.readline():
        if line.partition(b",")[0] in needles:
            after = file.tell()
            yield next(fields for _, fields in records(chain([line], file), columns, line_number=0))
            file.seek(after)


def _records_at(needle: bytes, file: BinaryIO, columns: int) -> Iterator[list[str]]:
    """Yield the records that begin in a line with these bytes, reading no others."""
    start = file.tell()
    if file.seek(0, os.SEEK_END) <= start:
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        while (found := content.find(needle, start)) >= 0:
            content.seek(content.rfind(b"\n", 0, found) + 1)
            _, fields = next(records(iter(content.readline, b""), columns, line_number=0), (0, []))
            if isinstance(fields, list) and len(fields) == columns:
                yield fields
            start = found + len(needle)


def _field(call_id: str) -> bytes:
    """Return a call's id as the file has it."""
    return csv_line([escaped(call_id)]).rstrip(b"\n")


def _is_readable(header: Sequence[str], fields: Sequence[str]) -> bool:
    try:
        entry_of(header, fields)
    except RowError:
        return False
    return True
