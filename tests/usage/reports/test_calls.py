"""The calls in DuckDB: what the entries hold, however they are read, corrected, on local days, filtered."""

import random
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_of, chosen_entries, read, varied_entries
from tests.helpers.ledger_entries import OLD_COLUMNS, PLAIN, an_entry, many_entries, summed, written
from usage.ledger import COLUMNS, FATE_UNKNOWN, CsvLedger, LedgerEntry, csv_line
from usage.ledger.csv_rows import line_of, values_of
from usage.reports import Calls, Filter, total, usage_by
from usage.reports.call_tables import REPORT_COLUMNS

ROWS = f"SELECT {', '.join(REPORT_COLUMNS)} FROM entries ORDER BY line".replace("user", '"user"')  # noqa: S608


def row_of(entry: LedgerEntry) -> dict[str, Any]:
    """Return what the database has of an entry."""
    values = values_of(entry)
    return {name: values[name] for name in REPORT_COLUMNS} | {
        "started_at": entry.call.started_at.astimezone(UTC).replace(tzinfo=None),
        "resolved_model": entry.resolved_model or "",
        "note": FATE_UNKNOWN if entry.note else None,
    }


def rows_of_calls(calls: Calls) -> list[dict[Any, Any]]:
    return calls.ask(ROWS).to_dict("records")


@pytest.mark.parametrize("way", WAYS)
def test_they_are_what_the_entries_hold_in_the_order_of_the_ledger(path: Path, way: Way) -> None:
    entries = varied_entries(1000)
    assert rows_of_calls(calls_of(path, entries, way)) == [row_of(entry) for entry in entries]


def test_rows_that_come_one_by_one_make_the_same_calls(path: Path) -> None:
    calls = written(path, PLAIN)
    ledger = CsvLedger(path)
    entries = [PLAIN, *varied_entries(20)]
    for number, entry in enumerate(entries[1:], 2):
        ledger.append(entry)
        assert len(rows_of_calls(calls)) == number
    assert rows_of_calls(calls) == [row_of(entry) for entry in entries]


def with_columns(path: Path, entries: list[LedgerEntry], columns: list[str], way: Way) -> Calls:
    """Return the calls of a ledger that has these columns."""
    path.write_bytes(csv_line(columns) + b"".join(line_of(entry, columns) for entry in entries))
    return read(path, way)


@pytest.mark.parametrize("way", WAYS)
def test_a_ledger_of_the_first_version_reads_as_rows_without_the_later_columns(path: Path, way: Way) -> None:
    entries = [
        entry for entry in varied_entries(300) if entry.call.purpose != "settlement" and not entry.corrects
    ]
    later = [name for name in REPORT_COLUMNS if name not in OLD_COLUMNS]
    empty = dict.fromkeys(later) | {"corrects": ""}
    found = rows_of_calls(with_columns(path, entries, list(OLD_COLUMNS), way))
    assert found == [row_of(entry) | empty for entry in entries]


@pytest.mark.parametrize("way", WAYS)
def test_columns_that_a_spreadsheet_moved_and_line_ends_that_it_changed_read_the_same(
    path: Path, way: Way
) -> None:
    entries = varied_entries(300)
    calls = with_columns(path, entries, ["remark", *reversed(COLUMNS)], way)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert rows_of_calls(calls) == [row_of(entry) for entry in entries]
    assert calls.problems() == ()


@pytest.mark.parametrize("way", WAYS)
def test_the_first_correction_of_a_call_is_the_one_that_counts(path: Path, way: Way) -> None:
    def correction(call_id: str, corrects: str, usd: int) -> LedgerEntry:
        return an_entry(call_id=call_id, purpose="correction", corrects=corrects, cost_usd=Decimal(usd))

    entries = [
        correction("a", "2", 1),
        an_entry(call_id="1", cost_usd=None),
        an_entry(call_id="2", cost_usd=None),
        correction("b", "1", 2),
        correction("c", "1", 3),
        correction("d", "missing", 4),
        correction("e", "3", 5),
        an_entry(call_id="3", cost_usd=Decimal(9)),
    ]
    known = calls_of(path, entries, way).ask("SELECT call_id, known_usd FROM calls ORDER BY line")
    assert known.to_numpy().tolist() == [["1", Decimal(2)], ["2", Decimal(1)], ["3", Decimal(9)]]


def test_a_correction_that_comes_later_finds_its_call(path: Path) -> None:
    calls = calls_of(path, [an_entry(cost_usd=None)])
    assert total(calls, Filter()).unknown_price_calls == 1
    correction = an_entry(call_id="2", purpose="correction", corrects="call-1", cost_usd=Decimal(1))
    CsvLedger(path).append(correction)
    assert total(calls, Filter()).unknown_price_calls == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_comes_after_its_correction_has_it(path: Path, way: Way) -> None:
    correction = an_entry(call_id="2", purpose="correction", corrects="call-1", cost_usd=Decimal(1))
    calls = calls_of(path, [correction, *varied_entries(20)], way)
    before = total(calls, Filter()).unknown_price_calls
    CsvLedger(path).append(an_entry(cost_usd=None))
    assert total(calls, Filter()).unknown_price_calls == before


def test_an_answer_is_kept_until_there_is_more_of_the_same_person(path: Path) -> None:
    calls = written(path, an_entry(call_id="1", user="ann"))
    asked: list[str] = []

    def ask(person: str, question: str = "any") -> None:
        calls.kept(person, question, lambda: asked.append(person))

    def append(**values: Any) -> None:
        CsvLedger(path).append(an_entry(**values))

    for person in ("ann", "bob", "ann", "bob"):
        ask(person)
    assert asked == ["ann", "bob"]
    ask("ann", "another")
    append(call_id="2", user="bob")
    ask("ann")
    ask("bob")
    assert asked == ["ann", "bob", "ann", "bob"]
    append(call_id="3", user="bob", purpose="correction", corrects="1", cost_usd=Decimal(1))
    ask("ann")
    assert asked == ["ann", "bob", "ann", "bob", "ann"]
    path.write_bytes(path.read_bytes().replace(b"ann", b"eve", 1))
    ask("ann")
    assert asked[5:] == ["ann"]


def test_answers_are_not_kept_without_end(path: Path) -> None:
    calls = written(path, an_entry())
    asked: list[int] = []
    for number in range(1000):
        calls.kept("ann", number, partial(asked.append, number))
        calls.kept(f"person {number}", "any", lambda: None)
    assert asked == [*range(1000)]
    assert sum(len(answers) for _, answers in calls._kept.values()) < 400


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
        Filter(user="' OR TRUE --"),
    ],
)
def test_a_filter_lets_through_what_a_plain_loop_does(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(500)
    found = calls_of(path, entries, way).ask(
        "SELECT call_id FROM spending WHERE CHOSEN ORDER BY line", chosen
    )
    through = [entry for entry in chosen_entries(entries, chosen) if entry.call.purpose != "settlement"]
    assert list(found["call_id"]) == [entry.call.id for entry in through]


@pytest.mark.parametrize(
    ("time", "day", "hour"),
    [
        ("2026-10-24T21:59:59.999Z", "2026-10-24", "23"),
        ("2026-10-24T22:00:00.000Z", "2026-10-25", "00"),
        ("2026-10-25T00:59:59.999Z", "2026-10-25", "02"),
        ("2026-10-25T01:59:59.999Z", "2026-10-25", "02"),
        ("2026-10-25T02:00:00.000Z", "2026-10-25", "03"),
        ("2026-10-25T22:59:59.999Z", "2026-10-25", "23"),
        ("2026-10-25T23:00:00.000Z", "2026-10-26", "00"),
        ("2026-03-29T00:59:59.999Z", "2026-03-29", "01"),
        ("2026-03-29T01:00:00.000Z", "2026-03-29", "03"),
        ("2026-03-29T21:59:59.999Z", "2026-03-29", "23"),
        ("2026-03-29T22:00:00.000Z", "2026-03-30", "00"),
    ],
)
def test_a_call_near_a_change_of_the_clock_has_the_day_and_hour_on_the_wall(
    path: Path, time: str, day: str, hour: str
) -> None:
    calls = calls_of(path, [an_entry(started_at=datetime.fromisoformat(time))])
    assert [row[0] for row in usage_by(calls, "day", Filter()).rows] == [day]
    assert [row[0] for row in usage_by(calls, "hour", Filter()).rows] == [hour]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "UTC"],
)
def test_local_times_are_those_of_the_clock_on_the_wall(path: Path, zone: str, way: Way) -> None:
    chance = random.Random(zone)  # noqa: S311
    moments = [
        datetime.fromtimestamp(chance.randrange(15, 65) * 31_557_600 + chance.randrange(31_557_600), UTC)
        for _ in range(500)
    ]
    written(path, *(an_entry(call_id=f"{place}", started_at=at) for place, at in enumerate(moments)))
    calls = read(path, way, ZoneInfo(zone))
    found = calls.ask("SELECT local_time FROM entries ORDER BY line")["local_time"]
    assert list(found) == [at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in moments]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "cost",
    ["0.000000000001", "1125.899906842625", "999999999999999", "2.334E-04", "0.1000000000000000", ".5"],
)
def test_costs_are_summed_to_the_last_picodollar(path: Path, way: Way, cost: str) -> None:
    entries = [entry for entry in many_entries(500) if entry.cost_usd is not None]
    calls = calls_of(path, entries, way)
    line = line_of(an_entry(call_id="last", usage_source="estimated"), COLUMNS)
    with path.open("ab") as file:
        file.write(line.replace(b"0.0002334", cost.encode()))
    last = an_entry(call_id="last", usage_source="estimated", cost_usd=Decimal(cost))
    assert total(calls, Filter()) == summed([*entries, last])


@pytest.mark.parametrize("way", WAYS)
def test_a_rate_has_at_most_six_decimals_or_counts_as_unknown(path: Path, way: Way) -> None:
    rates = {"0.123456": Decimal("0.123456"), "0.1234567": None, "999999999999999": None, "": None}
    entries = [an_entry(call_id=rate, input_usd_per_mtok=Decimal(rate) if rate else None) for rate in rates]
    entries[3] = an_entry(call_id="none", input_usd_per_mtok=None)
    found = calls_of(path, entries, way).ask("SELECT input_usd_per_mtok FROM entries ORDER BY line")
    assert list(found["input_usd_per_mtok"]) == list(rates.values())


@pytest.mark.slow
def test_nothing_is_loaded_before_the_first_question(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from zoneinfo import ZoneInfo\n"
        f"from usage.reports import Calls; Calls(Path({str(path)!r}), ZoneInfo('UTC'))\n"
        "sys.exit('duckdb' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
