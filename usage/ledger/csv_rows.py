"""One row of usage.csv: its columns, and the way from an entry to text and back."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from texts import N_, _
from usage.ledger.csv_records import RowError, csv_line, parse_header
from usage.ledger.entry import (
    Call,
    CallStatus,
    CostSource,
    KeyOwner,
    LedgerEntry,
    LedgerError,
    Purpose,
    UsageSource,
)
from usage.units import COUNT_LIMIT, RATES, UNKNOWN, Endpoint, Price, TokenUsage, price_of

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_AMOUNT = re.compile(r"\+?(\d{1,15}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?", re.ASCII)
_MOST_DECIMALS = 12
YEARS = range(1971, 2200)
_PLAIN_DIGITS = 12  # a number of this length is below COUNT_LIMIT in any case
# Endpoints choose what some texts are. However long, a row is written so that it can be read again.
_LONGEST_TEXT = 10_000
_MOST_LINE_BREAKS = 8


def line_of(entry: LedgerEntry, header: Sequence[str]) -> bytes:
    """Return the entry as one line for a file with these columns; unknown ones are left empty."""
    values = values_of(entry)
    return csv_line([_text_of(values.get(name)) for name in header])


def values_of(entry: LedgerEntry) -> dict[str, object]:
    """Return what an entry has for each column of its row."""
    call, price = entry.call, entry.price
    no_source = "" if call.purpose == "settlement" else UNKNOWN
    return {
        **{name: getattr(call, name) for name in _OF_CALL},
        **{name: getattr(price, name, None) for name in _OF_PRICE},
        **{name: getattr(entry, name) for name in _OF_ENTRY},
        **{f"{name}_tokens": getattr(entry.usage, name) for name in _OF_USAGE},
        "call_id": call.id,
        "endpoint": call.endpoint.host,
        "price_source": price.source if price else no_source,
    }


def _text_of(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case _:
            return escaped(_fitting(str(value)))


def _fitting(text: str) -> str:
    """Return a text cut to what a row takes, and with spaces in place of many line breaks."""
    if text.count("\n") > _MOST_LINE_BREAKS:
        text = text.replace("\n", " ")
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def escaped(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula; `unescaped` undoes it exactly."""
    return f"'{text}" if text.startswith((*_FORMULA_STARTS, "'")) else text


def unescaped(text: str) -> str:
    """Return what `escaped` was given. A leading ' that a hand put before plain text stays."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*_FORMULA_STARTS, "'")) else text


def parse_time(text: str) -> datetime:
    """Return an ISO 8601 time of the years 1971 to 2199 in UTC; without a zone it is UTC already."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise _odd(_("is not a time: {text}"), text) from None
    if time.year not in YEARS:
        raise _odd(_("is not a time that a call can have: {text}"), text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def parse_count(text: str) -> int | None:
    """Return a whole number, or None for an empty field; 12.0 is 12, as some spreadsheets write it."""
    if text.isascii() and text.isdigit() and len(text) <= _PLAIN_DIGITS:
        return int(text)
    amount = parse_amount(text)
    if amount is None:
        return None
    if amount >= COUNT_LIMIT or amount != int(amount):
        raise _odd(_("is not a count: {text}"), text)
    return int(amount)


def parse_amount(text: str) -> Decimal | None:
    """Return a decimal of at most 12 decimals that is not negative, or None for an empty field."""
    if not text or not (text := text.strip()):
        return None
    if not _AMOUNT.fullmatch(text) or (amount := Decimal(text)).adjusted() > 15:
        raise _odd(_("is not a plain decimal: {text}"), text)
    if amount != round(amount, _MOST_DECIMALS):
        raise _odd(_("has more than 12 decimals: {text}"), text)
    return amount


def parse_cost(text: str) -> Decimal | None:
    """Return an amount as `parse_amount` does, but one that may be negative, as that of a correction is."""
    amount = parse_amount(text.removeprefix("-"))
    return -amount if amount is not None and text.startswith("-") else amount


def parse_name(text: str) -> str:
    """Return a text that must not be empty, its formula escape undone."""
    if not text:
        raise RowError(_("is empty"))
    return unescaped(text)


def _odd(reason: str, text: str, **words: str) -> RowError:
    return RowError(reason.format(text=repr(text[:40]), **words))


def _one_of(kind: object) -> Callable[[str], str]:
    known = get_args(kind)

    def parse(text: str) -> str:
        if text not in known:
            raise _odd(_("is {text}, expected one of {words}"), text, words=", ".join(known))
        return text

    return parse


_COST_SOURCE = _one_of(CostSource)
_PARSERS: dict[str, Callable[[str], Any]] = {
    "call_id": parse_name,
    "started_at": parse_time,
    "user": unescaped,
    "conversation_id": unescaped,
    "turn_id": unescaped,
    "purpose": _one_of(Purpose),
    "endpoint": unescaped,
    "key_owner": _one_of(KeyOwner),
    "model": unescaped,
    "resolved_model": lambda text: unescaped(text) or None,
    "status": _one_of(CallStatus),
    "input_tokens": parse_count,
    "cached_input_tokens": parse_count,
    "cache_write_tokens": parse_count,
    "output_tokens": parse_count,
    "reasoning_tokens": parse_count,
    "usage_source": _one_of(UsageSource),
    "input_usd_per_mtok": parse_amount,
    "cached_input_usd_per_mtok": parse_amount,
    "output_usd_per_mtok": parse_amount,
    "price_source": unescaped,
    "cost_usd": parse_cost,
    "first_token_ms": parse_count,
    "duration_ms": parse_count,
    "service_tier": lambda text: unescaped(text) or None,
    "cache_write_usd_per_mtok": parse_amount,
    "reasoning_usd_per_mtok": parse_amount,
    "per_request_usd": parse_amount,
    "estimated_input_tokens": parse_count,
    "history_tokens": parse_count,
    "note": unescaped,
    "corrects": unescaped,
    "settled_usd": parse_amount,
    "recorded_at": lambda text: parse_time(text) if text else None,
    "cost_source": lambda text: _COST_SOURCE(text) if text else None,
    "reported_cost_usd": parse_amount,
    "listed_cost_usd": parse_amount,
    "usage_json": unescaped,
}
# A kind of tokens that is new in RATES has its columns at the end.
_PARSERS |= {f"{rate.tokens}_tokens": parse_count for rate in RATES}
_PARSERS |= {rate.name: parse_amount for rate in RATES}

COLUMNS = tuple(_PARSERS)
# The columns that hold a field of the same name: of the call, of its price, of the entry itself.
_OF_CALL = tuple(field.name for field in fields(Call) if field.name in COLUMNS and field.name != "endpoint")
_OF_PRICE = tuple(field.name for field in fields(Price) if field.name in COLUMNS)
_OF_ENTRY = tuple(field.name for field in fields(LedgerEntry) if field.name in COLUMNS)
_OF_USAGE = tuple(field.name for field in fields(TokenUsage))
# Who asked whom for what, and how it ended: without these a file is no ledger. What else a file lacks is
# empty in its rows, until the next row that is written adds the columns.
REQUIRED_COLUMNS = (
    *("call_id", "started_at", "user", "conversation_id", "turn_id", "purpose"),
    *("endpoint", "key_owner", "model", "status", "usage_source", "price_source"),
)
_OTHER_SEPARATORS = {";": N_("semicolons"), "\t": N_("tabs")}


def read_header(line: bytes) -> list[str]:
    """Return the column names in a ledger's first line. Raises LedgerError when it is no ledger's."""
    try:
        return _checked(parse_header(line))
    except RowError as exc:
        if separators := _separators_in(line):
            text = _(
                "usage.csv was saved with {separators} between the columns, as some spreadsheets do. "
                "Put back a copy from before, or open it there again and save it as CSV with commas between "
                "the columns and points in the numbers. Until then nothing is recorded in it."
            )
            raise LedgerError(text.format(separators=separators)) from exc
        text = _(
            "The first line of the ledger {reason}: "
            "put the columns back, or move the file away and a new one is started."
        )
        raise LedgerError(text.format(reason=exc)) from exc


def _separators_in(line: bytes) -> str:
    """Return what stands between the columns of a ledger in place of commas; empty if it is no ledger's."""
    text = line.decode(errors="replace").removeprefix("\ufeff").rstrip("\r\n")
    for separator in _OTHER_SEPARATORS:
        columns = [column.strip(' "') for column in text.split(separator)]
        if text == f"sep={separator}" or (len(columns) > 1 and set(columns) & set(REQUIRED_COLUMNS)):
            return _(_OTHER_SEPARATORS[separator])
    return ""


def _checked(header: list[str]) -> list[str]:
    if missing := [name for name in REQUIRED_COLUMNS if name not in header]:
        text = _("must name the columns, and lacks {names}")
        raise RowError(text.format(names=", ".join(missing)))
    return header


def parse_row(
    header: Sequence[str], record: Sequence[str] | RowError, columns: Iterable[str]
) -> dict[str, Any]:
    """Return the values of these columns, empty for a missing one. Raises RowError naming the column.

    `record` is what `records` yields: fields, or why there are none.
    """
    if isinstance(record, RowError):
        raise record
    if len(record) != len(header):
        text = _("has {count} fields, expected {expected}")
        raise RowError(text.format(count=len(record), expected=len(header)))
    row = dict(zip(header, record, strict=True))
    values = {}
    for name in columns:
        try:
            values[name] = _PARSERS[name](row.get(name, ""))
        except RowError as exc:
            raise RowError(f"{name} {exc}") from exc
    if (values.get("cost_usd") or 0) < 0 and values.get("purpose") != "correction":
        raise _odd(_("cost_usd is negative: {text}"), row["cost_usd"])
    return values


def entry_of(header: Sequence[str], record: Sequence[str] | RowError) -> LedgerEntry:
    """Return the entry that a record holds. Raises RowError."""
    values = parse_row(header, record, COLUMNS)
    try:
        usage = TokenUsage(**{name: values[f"{name}_tokens"] for name in _OF_USAGE})
    except ValueError as exc:
        raise RowError(str(exc)) from exc
    call = Call(
        id=values["call_id"],
        endpoint=Endpoint(values["endpoint"]),
        **{name: values[name] for name in _OF_CALL},
    )
    return LedgerEntry(
        call=call, usage=usage, price=_price_of(values), **{name: values[name] for name in _OF_ENTRY}
    )


def _price_of(values: Mapping[str, Any]) -> Price | None:
    """Return the price in a row, None without rates for input and output; a hand may have left out others."""
    rates = {rate.name: values[rate.name] for rate in RATES}
    if rates["input_usd_per_mtok"] is None or rates["output_usd_per_mtok"] is None:
        return None
    return price_of(rates, values["price_source"], values["per_request_usd"])
