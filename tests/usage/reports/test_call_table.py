"""The table of calls: the same columns however rows are read, local days and hours, filters, corrections."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.helpers.insight_entries import WAYS, Way, chosen_entries, table_of, varied_entries
from tests.helpers.ledger_entries import PLAIN, an_entry, written
from usage.ledger import COLUMNS, CsvLedger, LedgerEntry, csv_line
from usage.ledger.csv_rows import FIRST_COLUMNS, line_of
from usage.reports.call_batch import NAME_COLUMNS, TOKEN_COLUMNS
from usage.reports.call_table import CallTable, Filter
from usage.reports.plain_reader import read_plain
from usage.reports.reports import UsageReports

NUMBERS = ("minute", "day", "hour", "picodollars", "saved", "history", "partner", *TOKEN_COLUMNS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


def content(table: CallTable) -> dict[str, Any]:
    """All that a table holds, texts in place of their numbers."""
    found: dict[str, Any] = {name: table.column(name).tolist() for name in NUMBERS}
    for name in NAME_COLUMNS:
        found[name] = [table.text(name, place) for place in range(len(table))]
    return found | {"odd": sorted(table.odd_costs.items()), "settled": sorted(table.settled.items())}


def test_both_ways_of_reading_fill_it_alike(path: Path) -> None:
    entries = varied_entries(2000)
    assert content(table_of(path, entries, "fast")) == content(table_of(path, entries, "row by row"))


@pytest.mark.parametrize("way", WAYS)
def test_it_holds_what_the_entries_hold(path: Path, way: Way) -> None:
    entries = varied_entries(300)
    table = table_of(path, entries, way)
    for place, entry in enumerate(entries):
        assert table.text("user", place) == entry.call.user
        assert table.text("resolved_model", place) == (entry.resolved_model or "")
        assert table.text("note", place) == entry.note.partition(":")[0]
        assert table.count("input_tokens", place) == entry.usage.input
        assert table.count("history_tokens", place) == entry.call.history_tokens
        assert table.settled.get(place) == entry.settled_usd
        cost = -1 if entry.cost_usd is None else entry.cost_usd * 10**12
        assert table.column("picodollars")[place] == cost


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "chosen",
    [
        Filter(),
        Filter(first_day=date(2026, 10, 25)),
        Filter(last_day=date(2026, 10, 25)),
        Filter(date(2026, 10, 25), date(2026, 10, 25)),
        Filter(user="=1+1"),
        Filter(conversation_id="chat-7"),
        Filter(date(2026, 10, 1), date(2026, 10, 31), "ann", "chat-7"),
        Filter(user="nobody"),
        Filter(conversation_id="nothing"),
    ],
)
def test_a_filter_lets_through_what_a_plain_loop_does(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(2000)
    through = chosen_entries(entries, chosen)
    found = table_of(path, entries, way).chosen(chosen)
    assert [entries[place] for place in found.tolist()] == through


def at(time: str) -> LedgerEntry:
    return an_entry(call_id=time, started_at=datetime.fromisoformat(time))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("time", "day", "hour"),
    [
        ("2026-10-24T21:59:59.999Z", 24, 23),
        ("2026-10-24T22:00:00.000Z", 25, 0),
        ("2026-10-25T00:59:59.999Z", 25, 2),
        ("2026-10-25T01:00:00.000Z", 25, 2),
        ("2026-10-25T01:59:59.999Z", 25, 2),
        ("2026-10-25T02:00:00.000Z", 25, 3),
        ("2026-10-25T22:59:59.999Z", 25, 23),
        ("2026-10-25T23:00:00.000Z", 26, 0),
        ("2026-03-29T00:59:59.999Z", 29, 1),
        ("2026-03-29T01:00:00.000Z", 29, 3),
    ],
)
def test_a_call_near_a_change_of_the_clock_has_the_day_and_hour_on_the_wall(
    path: Path, way: Way, time: str, day: int, hour: int
) -> None:
    table = table_of(path, [at(time)], way)
    assert (table.day(0).day, table.column("hour")[0]) == (day, hour)


def test_both_hours_that_the_clock_shows_twice_are_one_in_the_report_by_hour(path: Path) -> None:
    reports = written(
        path, at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"), at("2026-10-25T02:30:00Z")
    )
    assert [(row.key, row.totals.calls) for row in reports.report("hour").rows] == [("02", 2), ("03", 1)]


def test_another_time_zone_groups_the_same_rows_anew(path: Path) -> None:
    written(path, at("2026-11-22T23:30:00Z"))
    for zone, day, hour in (
        ("UTC", "22", "23"),
        ("Europe/Berlin", "23", "00"),
        ("Asia/Kathmandu", "23", "05"),
    ):
        reports = UsageReports(path, ZoneInfo(zone))
        assert [row.key for row in reports.report("day").rows] == [f"2026-11-{day}"]
        assert [row.key for row in reports.report("hour").rows] == [hour]


def with_columns(path: Path, entries: Sequence[LedgerEntry], columns: Sequence[str]) -> UsageReports:
    """Reports on a ledger with these columns, in this order."""
    path.write_bytes(csv_line(columns) + b"".join(line_of(entry, columns) for entry in entries))
    return UsageReports(path, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("number", [3, 2000])
def test_a_ledger_of_the_first_version_reads_as_rows_without_the_later_columns(
    path: Path, number: int
) -> None:
    entries = [
        entry for entry in varied_entries(number) if entry.call.purpose != "settlement" and not entry.corrects
    ]
    with with_columns(path, entries, COLUMNS).table() as table:
        new = content(table)
    with with_columns(path, entries, FIRST_COLUMNS).table() as table:
        old = content(table)
    size = len(entries)
    unknown = {name: [-1] * size for name in ("estimated_input_tokens", "history_tokens", "history")}
    assert old == new | unknown | {"note": [""] * size, "saved": old["saved"]}
    assert all(isinstance(saved, int) and saved >= 0 for saved in old["saved"])  # cache writes have no rate


@pytest.mark.parametrize("number", [3, 2000])
def test_columns_that_a_spreadsheet_moved_and_line_ends_that_it_changed_read_the_same(
    path: Path, number: int
) -> None:
    entries = varied_entries(number)
    columns = [*(name for name in COLUMNS if name != "user"), "user"]
    with with_columns(path, entries, COLUMNS).table() as table:
        expected = content(table)
    reports = with_columns(path, entries, columns)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with reports.table() as table:
        assert content(table) == expected
    lines = path.read_bytes().partition(b"\n")[2]
    assert len(read_plain(lines, columns)[0]) == len(entries)


@pytest.mark.parametrize("way", WAYS)
def test_the_first_correction_of_a_call_is_its_partner(path: Path, way: Way) -> None:
    def correction(call_id: str, corrects: str) -> LedgerEntry:
        return an_entry(call_id=call_id, purpose="correction", corrects=corrects, cost_usd=Decimal(1))

    entries = [
        correction("a", "2"),
        an_entry(call_id="1", cost_usd=None),
        an_entry(call_id="2", cost_usd=None),
        correction("b", "1"),
        correction("c", "1"),
        correction("d", "missing"),
        correction("e", "3"),
        an_entry(call_id="3"),
    ]
    table = table_of(path, entries, way)
    assert table.column("partner").tolist() == [2, 3, 0, 1, -1, -1, -1, -1]


def test_calls_are_all_but_corrections_and_payments(path: Path) -> None:
    entries = varied_entries(500)
    table = table_of(path, entries)
    expected = [
        place for place, each in enumerate(entries) if each.call.purpose not in ("correction", "settlement")
    ]
    assert table.calls(Filter()).tolist() == expected


def test_rows_that_come_one_by_one_make_the_same_table(path: Path) -> None:
    reports = written(path, PLAIN)
    ledger = CsvLedger(path)
    entries = [PLAIN, *varied_entries(20)]
    for entry in entries[1:]:
        ledger.append(entry)
        with reports.table() as table:
            assert table.text("model", len(table) - 1) == entry.call.model
    with reports.table() as table:
        one_by_one = content(table)
    assert one_by_one == content(table_of(path.with_name("other.csv"), entries))


def test_an_empty_table_answers_with_nothing() -> None:
    table = CallTable(ZoneInfo("UTC"))
    assert len(table) == 0
    assert table.chosen(Filter(user="ann")).tolist() == table.calls(Filter()).tolist() == []
