"""Reads the cost file that OpenAI's dashboard exports: a CSV with one row a day and line item."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from texts import _
from usage.accounts.billed import Bill, BillError, LineItems, day_of_bucket
from usage.ledger import RowError, parse_time

LARGEST_FILE = 50_000_000  # bytes; a month of a busy organization has a hundredth of it
_NEEDED = ("amount_value", "amount_currency", "line_item")
_STARTS = ("start_time", "start_time_iso")
_ENDS = ("end_time", "end_time_iso")
_OF_ACTIVITY = "num_model_requests"  # a column of the dashboard's other export
_EPOCH_SECONDS = re.compile(r"(\d{9,10})(\.0+)?", re.ASCII)  # from 1973 on; 20261101 is a date
_MOST_NAMES_SHOWN = 20

Record = tuple[int, list[str]]  # the number of its first line, its fields


def read_cost_file(source: bytes | Path, most_bytes: int = LARGEST_FILE) -> Bill:
    """Return the bill in a cost file. Raises BillError, naming the line; a part of a file is never used."""
    records = _records(_text(source, most_bytes))
    first = next(records, None)
    if first is None:
        raise BillError(_("The cost file is empty. Export the costs again and use that file as it is."))
    header = _header(first[1])
    items = LineItems()
    for line_number, fields in records:
        try:
            _add(items, header, fields)
        except RowError as exc:
            text = _("Line {line} of the cost file: {reason}.")
            raise BillError(text.format(line=line_number, reason=exc)) from exc
    return _bill(items)


def _text(source: bytes | Path, most_bytes: int) -> str:
    data = source if isinstance(source, bytes) else _content(source, most_bytes + 1)
    if len(data) > most_bytes:
        text = _("The cost file is larger than {bytes} bytes. Export a shorter period.")
        raise BillError(text.format(bytes=f"{most_bytes:,}"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BillError(
            _("The cost file is not UTF-8 text. Use the CSV file as the dashboard exports it.")
        ) from exc


def _content(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as exc:
        text = _("{path} cannot be read: {reason}.")
        raise BillError(text.format(path=path, reason=exc.strerror)) from exc


def _records(text: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line_number = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield line_number, fields
            line_number = reader.line_num + 1
    except csv.Error as exc:
        text = _("Line {line} of the cost file is not CSV: {reason}.")
        raise BillError(text.format(line=line_number, reason=exc)) from exc


def _header(fields: list[str]) -> list[str]:
    """Return the names of the columns in lower case. Raises BillError for those of another file."""
    names = [name.strip().lower() for name in fields]
    missing = [name for name in _NEEDED if name not in names]
    if not set(_STARTS) & set(names):
        missing.append(_("{one} or {other}").format(one=_STARTS[0], other=_STARTS[1]))
    if missing:
        text = _(
            "This is not a cost file of OpenAI's dashboard: it lacks {missing}. Its first line has {shown}."
        )
        raise BillError(text.format(missing=", ".join(missing), shown=_shown(fields)) + _hint(names))
    twice = sorted({name for name in (*_NEEDED, *_STARTS, *_ENDS) if names.count(name) > 1})
    if twice:
        text = _("The cost file has more than one column named {names}.")
        raise BillError(text.format(names=", ".join(twice)))
    return names


def _shown(fields: list[str]) -> str:
    names = ", ".join(field.strip()[:40] or _("(no name)") for field in fields[:_MOST_NAMES_SHOWN])
    more = len(fields) - _MOST_NAMES_SHOWN
    return _("{names} and {more} more").format(names=names, more=more) if more > 0 else names


def _hint(names: list[str]) -> str:
    if _OF_ACTIVITY in names:
        text = _("This is the activity export: export the costs instead, grouped by line item.")
        return f" {text}"
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        text = _("Its columns are not separated by commas: use the file as the dashboard exports it.")
        return f" {text}"
    return ""


def _add(items: LineItems, header: list[str], fields: list[str]) -> None:
    if len(fields) != len(header):
        text = _("it has {number} fields where the first line has {expected}")
        raise RowError(text.format(number=len(fields), expected=len(header)))
    row = dict(zip(header, fields, strict=True))
    items.add(_day(row), row["line_item"], row["amount_value"], row["amount_currency"])


def _day(row: dict[str, str]) -> date:
    start = _time(row, _STARTS)
    if start is None:
        raise RowError(_("it has no start time"))
    return day_of_bucket(start, _time(row, _ENDS))


def _time(row: dict[str, str], columns: tuple[str, ...]) -> datetime | None:
    """Read the first of these columns that is filled: epoch seconds, or ISO 8601 (UTC without a zone)."""
    for name in columns:
        if text := row.get(name, "").strip():
            if epoch := _EPOCH_SECONDS.fullmatch(text):
                return datetime.fromtimestamp(int(epoch[1]), UTC)
            try:
                return parse_time(text)
            except RowError as exc:
                raise RowError(f"{name} {exc}") from exc
    return None


def _bill(items: LineItems) -> Bill:
    if not items.days:
        raise BillError(_("The cost file has no rows below its first line. Export it again."))
    if items.tell_no_models:
        raise BillError(
            _(
                "The cost file does not say what its amounts are for: line_item is empty in every row. "
                "In the dashboard, group the costs by line item, then export again."
            )
        )
    return Bill(min(items.days), max(items.days), items.charges())
