"""usage.csv as hands and spreadsheets leave it: what is read, and what is named as bad."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import HEADER, PLAIN, PLAIN_LINE, an_entry
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.csv_rows import COLUMNS
from usage.units import TokenUsage, cost_of


def test_a_quote_left_open_costs_its_own_line_only(path: Path) -> None:
    path.write_text(HEADER + PLAIN_LINE.replace("turn-1", '"turn-1') + PLAIN_LINE)
    rows = list(CsvLedger(path).read())
    assert rows == [(2, LedgerProblem(2, f"has 5 fields, expected {len(COLUMNS)}")), (3, PLAIN)]


def test_two_quotes_left_open_do_not_hide_what_is_between(path: Path) -> None:
    second = an_entry(call_id="call-2")
    path.write_text(
        HEADER + 'torn,"20\n' + PLAIN_LINE + 'torn,"21\n' + PLAIN_LINE.replace("call-1", "call-2")
    )
    torn = f"has 2 fields, expected {len(COLUMNS)}"
    assert list(CsvLedger(path).read()) == [
        (2, LedgerProblem(2, torn)),
        (3, PLAIN),
        (4, LedgerProblem(4, torn)),
        (5, second),
    ]


def test_columns_are_found_by_name(path: Path) -> None:
    names, values = HEADER.strip().split(","), PLAIN_LINE.strip().split(",")
    path.write_bytes(
        b"\xef\xbb\xbf" + ",".join(["remark", *names[::-1]]).encode() + b"\r\n"
        + ",".join(["by hand", *values[::-1]]).encode() + b"\r\n\r\n"
    )  # fmt: skip
    ledger = CsvLedger(path)
    assert list(ledger.entries()) == [PLAIN]
    ledger.append(an_entry(call_id="call-2"))
    assert list(ledger.entries()) == [PLAIN, an_entry(call_id="call-2")]
    assert path.read_bytes().splitlines()[-1].startswith(b"," * 19 + b"1100,1240,0,,0.125,default,2400,210,")


COUNTS = [f"{field.name}_tokens" for field in fields(TokenUsage)]


def test_columns_whose_values_may_be_unknown_may_be_missing(path: Path) -> None:
    kept = [place for place, name in enumerate(HEADER.strip().split(",")) if name not in COUNTS]
    lines = [",".join(line.strip().split(",")[place] for place in kept) for line in (HEADER, PLAIN_LINE)]
    path.write_text("\n".join(lines) + "\n")
    ledger = CsvLedger(path)
    assert list(ledger.entries()) == [an_entry(usage=TokenUsage())]
    ledger.append(an_entry(call_id="call-2"))
    assert list(ledger.entries()) == [an_entry(usage=TokenUsage()), an_entry(call_id="call-2")]


def test_a_part_of_the_input_without_a_rate_is_billed_as_input(path: Path) -> None:
    path.write_text(
        HEADER + PLAIN_LINE.replace("0.10,0.01,0.50", "0.10,,0.50").replace(",0.125,,0,", ",,,0,")
    )
    [entry] = CsvLedger(path).entries()
    assert entry.price is not None
    whole = entry.price.input_usd_per_mtok
    assert (entry.price.cached_input_usd_per_mtok, entry.price.cache_write_usd_per_mtok) == (whole, whole)
    assert cost_of(entry.price, entry.usage) == Decimal("0.0003234")  # 1,234 in and 400 out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("2026-11-22T08:30:00.123Z", "yesterday"), "started_at is not a time: 'yesterday'"),
        (("2026-11", "0026-11"), "started_at is not a time that a call can have: '0026-11-22T08:30:00.123Z'"),
        (
            (",reply,", ",chat,"),
            "purpose is 'chat', expected one of reply, retry, title, summary, compare, "
            "correction, settlement",
        ),
        ((",1234,", ",12.5,"), "input_tokens is not a count: '12.5'"),
        (
            (",1234,", ",999,"),
            "cached input and cache write tokens (1000) cannot be more than the total (999)",
        ),
        (("0.0002334", "-1"), "cost_usd is negative: '-1'"),
        (("0.0002334", "--1"), "cost_usd is not a plain decimal: '-1'"),
        (("0.0002334", "1E-13"), "cost_usd has more than 12 decimals: '1E-13'"),
        (("0.0002334", "0.0000000000001"), "cost_usd has more than 12 decimals: '0.0000000000001'"),
        (("0.0002334", "NaN"), "cost_usd is not a plain decimal: 'NaN'"),
        (("call-1", ""), "call_id is empty"),
        ((",1240,", ",about 1240,"), "estimated_input_tokens is not a plain decimal: 'about 1240'"),
        ((",1100,,,,", ",1100,,,-5,"), "settled_usd is not a plain decimal: '-5'"),
        ((",1100,,,,", ",1100,,,,today"), "recorded_at is not a time: 'today'"),
        (("gpt-6-luna,", "gpt-6-luna,x,"), f"has {len(COLUMNS) + 1} fields, expected {len(COLUMNS)}"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_stay(path: Path, change: tuple[str, str], reason: str) -> None:
    path.write_text(HEADER + PLAIN_LINE.replace(*change, 1) + PLAIN_LINE)
    assert list(CsvLedger(path).read()) == [(2, LedgerProblem(2, reason)), (3, PLAIN)]


def test_bytes_that_are_no_text_are_a_bad_row(path: Path) -> None:
    path.write_bytes(HEADER.encode() + b"\xff\xfe\n" + PLAIN_LINE.encode())
    assert list(CsvLedger(path).read()) == [(2, LedgerProblem(2, "is not UTF-8 text")), (3, PLAIN)]


def test_numbers_as_a_spreadsheet_writes_them_are_read(path: Path) -> None:
    line = PLAIN_LINE.replace("0.0002334", "2.334E-04").replace(",1234,", ",1234.0,")
    path.write_text(HEADER + line.replace("123Z", "123+00:00"))
    assert list(CsvLedger(path).entries()) == [PLAIN]
