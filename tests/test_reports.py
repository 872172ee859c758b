"""Reports: every figure exact, whatever the file holds and however it grows."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.ledger_entries import PLAIN, an_entry
from usage.call_batch import local_days
from usage.csv_ledger import CsvLedger
from usage.csv_records import LedgerProblem, csv_line
from usage.csv_rows import COLUMNS, line_of
from usage.ledger import LedgerEntry, LedgerError
from usage.plain_lines import NotPlainError
from usage.report_text import csv_text, json_text, table_text
from usage.reports import UsageReports, read_plain
from usage.tokens import TokenUsage
from usage.totals import GROUPINGS, ModelDay, Report, ReportRow, Spend, Totals

BERLIN = ZoneInfo("Europe/Berlin")
ONE_PLAIN = Totals(1, 1234, 1000, 400, 100, Decimal("0.0002334"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


def written(path: Path, *entries: LedgerEntry) -> UsageReports:
    path.write_bytes(csv_line(COLUMNS) + b"".join(line_of(entry, COLUMNS) for entry in entries))
    return UsageReports(path, BERLIN)


def many_entries(number: int, seed: int = 1) -> list[LedgerEntry]:
    """Enough different calls for the fast way of reading, with unknown, estimated and refused ones."""
    chance = random.Random(seed)  # noqa: S311
    start = datetime(2026, 10, 20, tzinfo=UTC)
    return [
        replace(
            PLAIN,
            call_id=f"{chance.getrandbits(128):032x}",
            started_at=start + timedelta(seconds=chance.randrange(40 * 86_400), milliseconds=7),
            user=chance.choice(["local", "ann", "=1+1"]),
            conversation_id=f"chat-{chance.randrange(50)}",
            model=chance.choice(["gpt-6-luna", "llama 3", "modèle"]),
            usage=chance.choice(
                [TokenUsage(), TokenUsage(input=chance.randrange(300_000), output=chance.randrange(9))]
            ),
            usage_source=chance.choice(["reported", "estimated", "none"]),
            cost_usd=chance.choice([None, Decimal(0), Decimal(chance.randrange(10**15)).scaleb(-12)]),
        )
        for _ in range(number)
    ]


def summed(entries: Sequence[LedgerEntry]) -> Totals:
    """The totals of these entries, added up the plain way."""
    total = Totals()
    for entry in entries:
        cost = entry.cost_usd or Decimal(0)
        estimated = cost if entry.usage_source == "estimated" else Decimal(0)
        usage = entry.usage
        counts = (usage.input or 0, usage.cached_input or 0, usage.output or 0, usage.reasoning or 0)
        total += Totals(1, *counts, cost, estimated, entry.cost_usd is None)
    return total


def group_of(entry: LedgerEntry, by: str) -> str:
    day = entry.started_at.astimezone(BERLIN)
    return {
        "day": day.strftime("%Y-%m-%d"),
        "week": day.strftime("%G-W%V"),
        "month": day.strftime("%Y-%m"),
        "model": entry.model,
        "conversation": entry.conversation_id,
        "user": entry.user,
    }[by]


@pytest.mark.parametrize("by", GROUPINGS)
@pytest.mark.parametrize("number", [3, 2000])
def test_every_grouping_adds_up_to_the_last_digit(path: Path, by: str, number: int) -> None:
    entries = many_entries(number)
    reports = written(path, *entries)
    report = reports.report(next(name for name in GROUPINGS if name == by))
    keys = {group_of(entry, by) for entry in entries}
    assert {row.key: row.totals for row in report.rows} == {
        key: summed([entry for entry in entries if group_of(entry, by) == key]) for key in keys
    }
    assert report.total == summed(entries)
    assert report.problems == ()


def test_days_and_users_narrow_a_report(path: Path) -> None:
    entries = many_entries(2000)
    chosen = [
        entry
        for entry in entries
        if entry.user == "ann" and "2026-10-25" <= group_of(entry, "day") <= "2026-10-26"
    ]
    report = written(path, *entries).report(
        "day", first_day=date(2026, 10, 25), last_day=date(2026, 10, 26), user="ann"
    )
    assert [row.key for row in report.rows] == ["2026-10-25", "2026-10-26"]
    assert report.total == summed(chosen)


def test_nobody_unknown_has_calls(path: Path) -> None:
    report = written(path, PLAIN).report("day", user="eve")
    assert report == Report("day", (), Totals(), ())


def test_rows_that_are_no_times_stand_dearest_first(path: Path) -> None:
    reports = written(
        path,
        an_entry(call_id="1", model="cheap", cost_usd=Decimal("0.1")),
        an_entry(call_id="2", model="dear", cost_usd=Decimal("0.3")),
        an_entry(call_id="3", model="also cheap", cost_usd=Decimal("0.1")),
    )
    assert [row.key for row in reports.report("model").rows] == ["dear", "also cheap", "cheap"]


@pytest.mark.parametrize("size", [1, 2000])
def test_a_call_appended_is_in_the_next_report(path: Path, size: int) -> None:
    entries = many_entries(size)
    reports = written(path, *entries)
    assert reports.report("day").total == summed(entries)
    CsvLedger(path).append(PLAIN)
    assert reports.report("day").total == summed([*entries, PLAIN])


def test_a_line_without_its_end_waits(path: Path) -> None:
    reports = written(path, PLAIN)
    line = line_of(an_entry(call_id="2"), COLUMNS)
    with path.open("ab") as file:
        file.write(line[:50])
    assert reports.report("day").total == ONE_PLAIN
    with path.open("ab") as file:
        file.write(line[50:])
    assert reports.report("day").total.calls == 2


def test_spend_is_of_the_day_the_month_and_the_conversation(path: Path) -> None:
    def call(number: int, day: int, month: int, chat: str, user: str = "ann") -> LedgerEntry:
        time = datetime(2026, month, day, 12, tzinfo=UTC)
        cost = Decimal(10) ** number
        return an_entry(
            call_id=f"{number}",
            started_at=time,
            conversation_id=chat,
            user=user,
            cost_usd=cost,
            usage=TokenUsage(),
        )

    reports = written(
        path,
        call(0, 31, 10, "a"),
        call(1, 1, 11, "b"),
        call(2, 22, 11, "a"),
        call(3, 22, 11, "a", "bob"),
    )
    today = date(2026, 11, 22)
    assert reports.spend(today=today, user="ann", conversation_id="a") == Spend(
        today=Totals(calls=1, cost_usd=Decimal(100)),
        month=Totals(calls=2, cost_usd=Decimal(110)),
        conversation=Totals(calls=2, cost_usd=Decimal(101)),
    )
    assert reports.spend(today=today).today == Totals(calls=2, cost_usd=Decimal(1100))
    assert reports.spend(today=today, conversation_id="new").conversation == Totals()


def test_the_chart_gets_each_days_models(path: Path) -> None:
    reports = written(
        path,
        an_entry(call_id="1", model="b"),
        an_entry(call_id="2", model="a", cost_usd=None),
        an_entry(call_id="3", model="b"),
    )
    assert reports.daily_cost_by_model() == [
        ModelDay("2026-11-22", "a", Decimal(0)),
        ModelDay("2026-11-22", "b", Decimal("0.0004668")),
    ]
    assert reports.models() == ["b", "a"]


def test_models_stand_in_the_order_of_their_first_calls_however_they_are_read(path: Path) -> None:
    entries = many_entries(2000)
    assert written(path, *entries).models() == list(dict.fromkeys(entry.model for entry in entries))


@pytest.mark.parametrize("size", [0, 2000])
def test_bad_rows_are_named_by_their_lines_and_the_rest_is_exact(path: Path, size: int) -> None:
    entries = many_entries(size)
    reports = written(path, *entries, PLAIN)
    bad = line_of(an_entry(call_id="bad"), COLUMNS)
    with path.open("ab") as file:
        file.write(b"call-7,2026-11-22T0\n")
        file.write(bad.replace(b",1234,", b",many,"))
        file.write(bad.replace(b"0.0002334", b"-1"))
        file.write(bad.replace(b"2026-11-22T", b"22.11.2026 "))
        file.write(bad.replace(b"gpt-6-luna,", b"gpt,6,luna,"))
        file.write(bad.replace(b"reported", b"guessed"))
        file.write(bad.replace(b"gpt-6-luna,", b"\xff,"))
        file.write(b"\n" + line_of(an_entry(call_id="good"), COLUMNS))
    report = reports.report("day")
    assert report.total == summed([*entries, PLAIN, PLAIN])
    first = size + 3
    assert report.problems == (
        LedgerProblem(first, "has 2 fields, expected 24"),
        LedgerProblem(first + 1, "input_tokens is not a plain decimal: 'many'"),
        LedgerProblem(first + 2, "cost_usd is not a plain decimal: '-1'"),
        LedgerProblem(first + 3, "started_at is not a time: '22.11.2026 08:30:00.123Z'"),
        LedgerProblem(first + 4, "has 26 fields, expected 24"),
        LedgerProblem(first + 5, "usage_source is 'guessed', expected one of reported, estimated, none"),
        LedgerProblem(first + 6, "is not UTF-8 text"),
    )


@pytest.mark.parametrize("size", [0, 2000])
def test_a_call_that_is_in_twice_counts_once(path: Path, size: int) -> None:
    entries = many_entries(size)
    reports = written(path, *entries, PLAIN, *entries[:1], PLAIN)
    report = reports.report("day")
    assert report.total == summed([*entries, PLAIN])
    assert report.problems[-1] == LedgerProblem(
        path.read_bytes().count(b"\n"), "is a call that is in the ledger already"
    )
    assert len(report.problems) == 1 + bool(size)


@pytest.mark.parametrize(
    "cost",
    [
        "0.0000000000001",
        "0.1234567890123",
        "1.000000000000000000000000000001",
        "1125.899906842623",
        "1125.899906842624",
        "1125.899906842625",
        "1125.89990684262",
        "1125.89990684263",
        "9007.19925474099",
        "999999999999999",
        "1e-13",
        "2.334E-04",
        "0.1000000000000001",
    ],
)
def test_costs_of_any_length_are_summed_exactly(path: Path, cost: str) -> None:
    entries = [entry for entry in many_entries(2000) if entry.cost_usd is not None]
    reports = written(path, *entries)
    line = line_of(an_entry(call_id="odd", usage_source="estimated"), COLUMNS)
    with path.open("ab") as file:
        file.write(line.replace(b"0.0002334", cost.encode()))
    odd = an_entry(call_id="odd", usage_source="estimated", cost_usd=Decimal(cost))
    assert reports.report("user").total == summed([*entries, odd])
    assert reports.report("conversation").total.estimated_usd == summed([*entries, odd]).estimated_usd


def test_sums_beyond_64_bits_are_exact(path: Path) -> None:
    cost = Decimal("1125.899906842623")
    reports = written(path, *(an_entry(call_id=f"{number:05}", cost_usd=cost) for number in range(9000)))
    assert reports.report("day").total.cost_usd == cost * 9000
    assert cost * 9000 * 10**12 > 2**63


def edited(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"), [(b"0.0002334", b"0.0002335"), (b"0.0002334", b"0.1"), (b"0.0002334", b"0.00023340001")]
)
def test_a_row_edited_by_hand_is_read_again(path: Path, old: bytes, new: bytes) -> None:
    reports = written(path, PLAIN, an_entry(call_id="2"))
    reports.report("day")
    edited(path, old, new)
    expected = [an_entry(cost_usd=Decimal(new.decode())), an_entry(call_id="2")]
    assert reports.report("day").total == summed(expected)


def test_a_file_that_was_moved_away_is_an_empty_ledger(path: Path) -> None:
    reports = written(path, PLAIN)
    assert reports.report("day").total == ONE_PLAIN
    path.unlink()
    assert reports.report("day") == Report("day", (), Totals(), ())
    CsvLedger(path).append(PLAIN)
    assert reports.report("day").total == ONE_PLAIN


def test_a_file_without_its_header_gives_no_figures_but_the_reason(path: Path) -> None:
    path.write_bytes(line_of(PLAIN, COLUMNS))
    report = UsageReports(path, BERLIN).report("day")
    assert report.total == Totals()
    assert report.problems == (
        LedgerProblem(
            1,
            "must name the columns, and lacks "
            "call_id, started_at, user, model, conversation_id, usage_source",
        ),
    )


def test_a_ledger_that_is_no_file_is_a_ledger_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError, match=r"Cannot read .*usage.csv: Is a directory"):
        UsageReports(path, BERLIN).report("day")


def test_other_orders_line_ends_and_marks_give_the_same(path: Path) -> None:
    entries = many_entries(2000)
    header = ["note", *reversed(COLUMNS)]
    lines = [csv_line(header), *(line_of(entry, header) for entry in entries)]
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(line.replace(b"\n", b"\r\n") for line in lines))
    assert UsageReports(path, BERLIN).report("day").total == summed(entries)


@pytest.mark.parametrize("text", ['a "b", c', "two\nlines", "a\r\nb"])
def test_quoted_fields_among_many_rows_are_read(path: Path, text: str) -> None:
    entries = [*many_entries(2000), an_entry(model=text), an_entry(call_id="2")]
    report = written(path, *entries).report("model")
    assert {row.key: row.totals for row in report.rows}[text] == ONE_PLAIN
    assert report.total == summed(entries)


def test_a_quote_left_open_costs_its_own_row_only(path: Path) -> None:
    entries = many_entries(2000)
    reports = written(path, *entries[:1000])
    with path.open("ab") as file:
        file.write(b'torn,"2026\n' + b"".join(line_of(entry, COLUMNS) for entry in entries[1000:]))
    report = reports.report("day")
    assert report.total == summed(entries)
    assert report.problems == (LedgerProblem(1002, "has 2 fields, expected 24"),)


def test_blocks_of_a_large_file_meet_without_a_gap(path: Path) -> None:
    entries = many_entries(30_000)
    reports = written(path, *entries)
    assert path.stat().st_size > 4 * 1024 * 1024
    assert reports.report("day").total == summed(entries)


def test_threads_that_ask_at_once_get_the_same(path: Path) -> None:
    entries = many_entries(2000)
    reports = written(path, *entries)
    totals: list[Totals] = []
    threads = [Thread(target=lambda: totals.append(reports.report("day").total)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [summed(entries)] * 4


@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "UTC"],
)
def test_local_days_are_those_of_the_clock_on_the_wall(zone: str) -> None:
    chance = random.Random(zone)  # noqa: S311
    info = ZoneInfo(zone)
    years = 40 * 365 * 1440
    minutes = np.array([chance.randrange(years) + 15 * years // 40 for _ in range(3000)], dtype=np.int64)
    times = [datetime.fromtimestamp(60 * int(minute), info) for minute in minutes]
    assert local_days(minutes, info).tolist() == [(time.date() - date(1970, 1, 1)).days for time in times]


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-03-28T22:59:59.999Z", "2026-03-28"),
        ("2026-03-28T23:00:00.000Z", "2026-03-29"),
        ("2026-03-29T21:59:59.999Z", "2026-03-29"),
        ("2026-03-29T22:00:00.000Z", "2026-03-30"),
        ("2026-10-25T22:59:59.999Z", "2026-10-25"),
        ("2026-10-25T23:00:00.000Z", "2026-10-26"),
    ],
)
def test_days_of_23_and_25_hours_have_their_own_ends(path: Path, time: str, day: str) -> None:
    report = written(path, an_entry(started_at=datetime.fromisoformat(time))).report("day")
    assert report.rows == (ReportRow(day, ONE_PLAIN),)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"0.0002334", b"0.00000000000000001"),
        (b"0.0002334", b"nan"),
        (b"0.0002334", b"inf"),
        (b"0.0002334", b"-1"),
        (b"0.0002334", b"1e-13"),
        (b",1234,", b",nan,"),
        (b",1234,", b",-1,"),
        (b",1234,", b",12.5,"),
        (b",1234,", b",1000000000000,"),
        (b"T08:30", b" 08:30"),
        (b"2026-11", b"2026-13"),
        (b"2026-11", b"1969-11"),
        (b"call-1", b""),
        (b"reported", b"x"),
        (b"\n", b",\n"),
    ],
)
def test_the_fast_way_refuses_what_tally_does_not_write(old: bytes, new: bytes) -> None:
    line = line_of(PLAIN, COLUMNS)
    read_plain(line, COLUMNS)
    with pytest.raises(NotPlainError):
        read_plain(line.replace(old, new, 1), COLUMNS)


TWO_ROWS = Report(
    "model",
    (
        ReportRow("=gpt", Totals(1200, 3_000_000, 5, 4, 3, Decimal("0.00111"), Decimal("0.001"), 2)),
        ReportRow("b\x1b", Totals(1)),
    ),
    Totals(1201, 3_000_000, 5, 4, 3, Decimal("0.00111"), Decimal("0.001"), 2),
    (LedgerProblem(7, "is bad"),),
)


def test_a_report_as_csv_has_every_digit_and_runs_no_formula() -> None:
    assert csv_text(TWO_ROWS) == (
        "model,calls,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,estimated_usd,"
        "unknown_price_calls\n"
        "'=gpt,1200,3000000,5,4,3,0.00111,0.001,2\n"
        "b\x1b,1,0,0,0,0,0,0,0\n"
        "total,1201,3000000,5,4,3,0.00111,0.001,2\n"
    )


def test_a_report_as_a_table_has_its_figures_in_line() -> None:
    assert table_text(TWO_ROWS) == (
        "model  calls      input  cached  output  reasoning  cost USD  estimated  no price\n"
        "---------------------------------------------------------------------------------\n"
        "=gpt   1,200  3,000,000       5       4          3   0.00111    0.00100         2\n"
        "b\ufffd         1          0       0       0          0   0.00000    0.00000         0\n"
        "---------------------------------------------------------------------------------\n"
        "total  1,201  3,000,000       5       4          3   0.00111    0.00100         2\n"
    )


def test_a_report_as_json_keeps_amounts_as_texts() -> None:
    report = replace(TWO_ROWS, rows=TWO_ROWS.rows[:1], total=Totals())
    assert json_text(report).replace("\n", "").replace("  ", "") == (
        '{"by": "model","rows": [{"model": "=gpt","calls": 1200,"input_tokens": 3000000,'
        '"cached_input_tokens": 5,"output_tokens": 4,"reasoning_tokens": 3,"cost_usd": "0.00111",'
        '"estimated_usd": "0.001","unknown_price_calls": 2}],"total": {"calls": 0,"input_tokens": 0,'
        '"cached_input_tokens": 0,"output_tokens": 0,"reasoning_tokens": 0,"cost_usd": "0",'
        '"estimated_usd": "0","unknown_price_calls": 0},"problems": [{"line": 7,"reason": "is bad"}]}'
    )
