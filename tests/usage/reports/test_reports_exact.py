"""Reports: costs to the last digit and days of the clock on the wall, however rows are read."""

import random
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.helpers.ledger_entries import ONE_PLAIN, PLAIN, an_entry, many_entries, summed, written
from usage.ledger import COLUMNS
from usage.ledger.csv_rows import line_of
from usage.reports.local_time import local_minutes
from usage.reports.plain_lines import NotPlainError
from usage.reports.plain_reader import read_plain
from usage.reports.totals import ReportRow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


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


def test_blocks_of_a_large_file_meet_without_a_gap(path: Path) -> None:
    entries = many_entries(30_000)
    reports = written(path, *entries)
    assert path.stat().st_size > 4 * 1024 * 1024
    assert reports.report("day").total == summed(entries)


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
    assert (local_minutes(minutes, info) // 1440).tolist() == [
        (time.date() - date(1970, 1, 1)).days for time in times
    ]


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
        (b"0.0002334", b"0.99999999999991"),
        (b"0.0002334", b"1125.89990684263"),
        (b"0.0002334", b"0.10000000000000000"),
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
        (b",reply,", b",reply\n"),
    ],
)
def test_the_fast_way_refuses_what_tally_does_not_write(old: bytes, new: bytes) -> None:
    line = line_of(PLAIN, COLUMNS)
    read_plain(line, COLUMNS)
    with pytest.raises(NotPlainError):
        read_plain(line.replace(old, new, 1), COLUMNS)


def test_the_fast_way_takes_costs_up_to_its_limit_to_the_last_picodollar() -> None:
    costs = ["0.999999999999", "123.456789012345", "1125.89990684262", "0", ""]
    lines = [line_of(an_entry(cost_usd=Decimal(cost) if cost else None), COLUMNS) for cost in costs]
    _, batch = read_plain(b"".join(lines), COLUMNS)
    assert batch.picodollars.tolist() == [999_999_999_999, 123_456_789_012_345, 1_125_899_906_842_620, 0, -1]
