from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.helpers.fakes import ENTRY
from tests.helpers.ledger_entries import changed
from usage.budgets.spent import PastCalls
from usage.ledger import CsvLedger
from usage.reports import Calls
from usage.units import Period

LISBON = "Europe/Lisbon"
HERE = "conversation-1"
AUTUMN = (
    *("2026-10-24T22:59Z", "2026-10-24T23:00Z", "2026-10-25T00:30Z"),
    *("2026-10-25T01:30Z", "2026-10-25T23:59Z", "2026-10-26T00:00Z"),
)


def past_calls(folder: Path, *changes: dict[str, Any], zone: str = LISBON) -> PastCalls:
    """A ledger with calls of Ada's that differ so."""
    ledger = CsvLedger(folder / "usage.csv")
    for number, each in enumerate(changes):
        ledger.append(changed(ENTRY, call_id=f"call-{number}", **each))
    return PastCalls(Calls(ledger, ZoneInfo(zone)))


def at(moment: str, cost: int = 1) -> dict[str, Any]:
    """When a call began, and what it cost."""
    return {"started_at": datetime.fromisoformat(moment), "cost_usd": Decimal(cost)}


def spent(calls: PastCalls, period: Period, now: str) -> Decimal:
    """By everybody in the period of this moment."""
    return calls.spent(period, datetime.fromisoformat(now), None, None)


def test_an_empty_ledger_has_nothing_spent_and_nobody_who_answered(tmp_path: Path) -> None:
    calls = past_calls(tmp_path)
    assert spent(calls, "day", "2026-11-25T10:00Z") == 0
    assert calls.stand_ins("api.example.com", "priced") == []


def test_days_and_months_are_those_of_the_zone(tmp_path: Path) -> None:
    # 23:30 UTC is 00:30 of the next day in Lisbon's summer
    calls = past_calls(
        tmp_path, at("2026-08-30T22:59Z", 1), at("2026-08-31T22:59Z", 2), at("2026-08-31T23:00Z", 4)
    )
    assert spent(calls, "day", "2026-08-31T10:00Z") == 2
    assert spent(calls, "day", "2026-08-31T23:30Z") == 4
    assert spent(calls, "month", "2026-08-31T22:59Z") == 3
    assert spent(calls, "month", "2026-08-31T23:00Z") == 4
    assert spent(calls, "ever", "2026-08-31T23:00Z") == 7


@pytest.mark.parametrize(
    ("day", "calls", "total"),
    [
        # 23 hours: from midnight UTC to 23:00 UTC
        (
            "2026-03-29",
            ("2026-03-28T23:59Z", "2026-03-29T00:00Z", "2026-03-29T22:59Z", "2026-03-29T23:00Z"),
            2,
        ),
        # 25 hours: from 23:00 UTC the day before to midnight UTC, 01:30 of the clock twice
        ("2026-10-25", AUTUMN, 4),
    ],
)
def test_a_day_with_a_clock_change_has_all_of_its_calls_and_no_other(
    tmp_path: Path, day: str, calls: tuple[str, ...], total: int
) -> None:
    past = past_calls(tmp_path, *map(at, calls))
    assert spent(past, "day", f"{day}T12:00Z") == total


def test_a_zone_that_is_changed_later_moves_calls_to_their_new_days(tmp_path: Path) -> None:
    now = "2026-11-25T23:30Z"
    assert spent(past_calls(tmp_path, at(now), at("2026-11-25T10:00Z", 2)), "day", now) == 3
    assert spent(past_calls(tmp_path, zone="Asia/Tokyo"), "day", now) == 1


def test_a_clock_that_was_set_back_does_not_hide_what_was_spent(tmp_path: Path) -> None:
    calls = past_calls(tmp_path, at("2026-11-25T10:00Z"), at("2026-11-26T10:00Z", 2))
    assert spent(calls, "day", "2026-11-25T09:00Z") == 1
    assert spent(calls, "month", "2026-11-25T09:00Z") == 3


@pytest.mark.parametrize(
    ("user", "conversation_id", "total"),
    [
        (None, None, 7),
        ("ada", None, 3),
        ("bob", None, 4),
        ("ada", HERE, 1),
        ("bob", HERE, 4),
        ("eve", HERE, 0),
    ],
)
def test_people_and_conversations_are_told_apart(
    tmp_path: Path, user: str | None, conversation_id: str | None, total: int
) -> None:
    whose = (("ada", HERE), ("ada", "another"), ("bob", HERE))
    calls = past_calls(
        tmp_path,
        *(
            {"user": who, "conversation_id": where, "cost_usd": Decimal(2**number)}
            for number, (who, where) in enumerate(whose)
        ),
    )
    assert calls.spent("day", ENTRY.call.started_at, user, conversation_id) == total


def test_models_that_answered_for_another_are_known_by_host(tmp_path: Path) -> None:
    answered = [
        ("alias", "big-2026", "api.example.com"),
        ("alias", "big-2026", "api.example.com"),
        ("alias", "small", "api.example.com"),
        ("alias", "alias", "api.example.com"),
        ("alias", None, "api.example.com"),
        ("alias", "elsewhere", "other.example.com"),
        ("big-2026", "huge", "api.example.com"),
    ]
    names = ("model", "resolved_model", "endpoint")
    calls = past_calls(tmp_path, *(dict(zip(names, each, strict=True)) for each in answered))
    assert sorted(calls.stand_ins("api.example.com", "alias")) == ["big-2026", "small"]
    assert calls.stand_ins("api.example.com", "never asked") == []


def test_a_call_is_corrected_once_its_correction_is_in_the_ledger(tmp_path: Path) -> None:
    calls = past_calls(tmp_path, {"cost_usd": None})
    assert not calls.is_corrected("call-0")
    correction = changed(ENTRY, call_id="call-0:price", purpose="correction", corrects="call-0")
    CsvLedger(tmp_path / "usage.csv").append(correction)
    assert calls.is_corrected("call-0")
