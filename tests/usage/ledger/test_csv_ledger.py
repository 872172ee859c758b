"""usage.csv: what a row looks like, what comes back, and what survives accidents."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import HEADER, PLAIN, PLAIN_LINE, an_entry
from usage.ledger.csv_ledger import CsvLedger
from usage.units import TokenUsage


def test_a_first_entry_makes_the_file_with_its_header(path: Path) -> None:
    CsvLedger(path).append(PLAIN)
    assert path.read_bytes().decode() == HEADER + PLAIN_LINE
    assert path.stat().st_mode & 0o777 == 0o600


def test_unknown_values_are_empty_and_small_costs_have_no_exponent(path: Path) -> None:
    CsvLedger(path).append(
        an_entry(
            resolved_model=None,
            usage=TokenUsage(),
            usage_source="none",
            input_usd_per_mtok=None,
            cached_input_usd_per_mtok=None,
            output_usd_per_mtok=None,
            price_source="unknown",
            cost_usd=Decimal("1E-7"),
            first_token_ms=None,
            duration_ms=None,
            service_tier=None,
            cache_write_usd_per_mtok=None,
            per_request_usd=None,
            estimated_input_tokens=None,
            history_tokens=None,
        )
    )
    assert path.read_text().splitlines()[1] == (
        "call-1,2026-11-22T08:30:00.123Z,local,chat-1,turn-1,reply,api.openai.com,app,gpt-6-luna,,completed,"
        ",,,,,none,,,,unknown,0.0000001" + "," * 26
    )


def test_every_column_comes_back_as_it_went_in(path: Path) -> None:
    entry = an_entry(
        purpose="correction",
        service_tier="flex",
        cache_write_usd_per_mtok=Decimal("0.125"),
        reasoning_usd_per_mtok=Decimal("0.6"),
        per_request_usd=Decimal("0.0025"),
        estimated_input_tokens=0,
        history_tokens=7,
        note='=odd, and "so"\non',
        corrects="-call-0",
        settled_usd=Decimal("20.00"),
        recorded_at=datetime(2026, 11, 23, 7, 0, 0, 1_000, UTC),
    )
    CsvLedger(path).append(entry)
    assert list(CsvLedger(path).entries()) == [entry]


def test_a_time_of_another_zone_is_written_in_utc(path: Path) -> None:
    berlin = timezone(timedelta(hours=1))
    CsvLedger(path).append(an_entry(started_at=datetime(2026, 11, 22, 0, 30, tzinfo=berlin)))
    assert path.read_text().splitlines()[1].split(",")[1] == "2026-11-21T23:30:00.000Z"


FORMULAS = ["=1+1", "+1", "-1", "@x", "\tx"]


@pytest.mark.parametrize(
    "text", [*FORMULAS, "\rx", "'", "''", "'=1", "'x", 'a "b", c', "two\nlines", "a\r\nb", "日本 é"]
)
def test_any_text_comes_back_as_it_went_in_and_no_spreadsheet_runs_it(path: Path, text: str) -> None:
    texts = dict.fromkeys(
        ["call_id", "model", "resolved_model", "user", "service_tier", "note", "corrects"], text
    )
    entry = an_entry(**texts)
    ledger = CsvLedger(path)
    ledger.append(entry)
    assert list(ledger.entries()) == [entry]
    assert ledger.find([text]) == {text: entry}
    if text in FORMULAS:
        assert path.read_text().splitlines()[1].split(",")[8] == f"'{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x\n" * 8, "x\n" * 8),
        ("x\n" * 9, "x " * 9),
        ("x" * 10_000, "x" * 10_000),
        ("x" * 10_001, "x" * 9_999 + "…"),
        ('"\n' * 300_000, '" ' * 4_999 + '"…'),
    ],
)
def test_a_text_that_no_row_can_hold_is_cut_or_loses_its_line_breaks(
    path: Path, text: str, written: str
) -> None:
    texts = dict.fromkeys(["model", "resolved_model", "user", "service_tier", "note", "price_source"], text)
    ledger = CsvLedger(path)
    ledger.append(an_entry(**texts))
    assert list(ledger.entries()) == [an_entry(**dict.fromkeys(texts, written))]


def test_an_apostrophe_that_a_hand_wrote_before_plain_text_stays(path: Path) -> None:
    path.write_text(HEADER + PLAIN_LINE.replace(",gpt-6-luna,", ",'luna,"))
    assert [entry.call.model for entry in CsvLedger(path).entries()] == ["'luna"]


def test_a_call_is_appended_once(path: Path) -> None:
    ledger = CsvLedger(path)
    ledger.append(PLAIN)
    ledger.append(an_entry(duration_ms=1))
    assert path.read_text() == HEADER + PLAIN_LINE


def test_a_call_is_found_by_the_whole_field_of_a_whole_row(path: Path) -> None:
    ledger = CsvLedger(path)
    assert ledger.find(["call-1"]) == {}
    ledger.append(an_entry(call_id="call-12", turn_id="call-1"))
    assert [*ledger.find(["call-1", "call-12"])] == ["call-12"]
    path.write_text(path.read_text() + "call-3,2026-11-22T")
    assert ledger.find(["call-3"]) == {}
    path.write_text(HEADER + PLAIN_LINE.replace("2026", "0026"))
    assert ledger.find(["call-1"]) == {}


def test_a_call_is_found_in_a_file_whose_every_field_a_spreadsheet_has_quoted(path: Path) -> None:
    quoted = [
        ",".join(f'"{field}"' for field in line.split(",")) for line in f"{HEADER}{PLAIN_LINE}".splitlines()
    ]
    path.write_text("\n".join([*quoted, ""]))
    assert [*CsvLedger(path).find([PLAIN.call.id])] == [PLAIN.call.id]


def test_no_file_is_an_empty_ledger_until_it_is_made_ready(path: Path) -> None:
    ledger = CsvLedger(path)
    assert list(ledger.entries()) == []
    assert not path.exists()
    for _ in range(2):
        ledger.check_writable()
        assert path.read_text() == HEADER
    assert list(ledger.entries()) == []
