"""What was recorded by UTC day and billed model, as a bill is held against it."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_among, calls_of, costs_of, varied_entries
from tests.helpers.ledger_entries import PLAIN, an_entry
from usage.accounts import Bill, bill_sheet
from usage.accounts.billed import Billed
from usage.ledger import FATE_UNKNOWN, LedgerEntry
from usage.reports.questions.our_days import OurDay, our_days, own_key_calls
from usage.units import TokenUsage

FIRST, LAST = date(2026, 9, 20), date(2026, 10, 31)


def our_day(day: date, model: str, entries: list[LedgerEntry], costs: dict[str, Decimal]) -> OurDay:
    """Return the figures of one day and model, one entry after the other."""
    calls = calls_among(entries)
    estimated = [call for call in calls if call.usage_source == "estimated" and call.call.id in costs]
    return OurDay(
        day=day,
        model=model,
        usd=sum((costs.get(call.call.id, Decimal(0)) for call in calls), Decimal(0)),
        estimated_usd=sum((costs[call.call.id] for call in estimated), Decimal(0)),
        calls=len(calls),
        estimated_calls=len(estimated),
        unknown_price_calls=sum(call.call.id not in costs for call in calls),
        uncertain_calls=sum(call.note.startswith(FATE_UNKNOWN) for call in calls),
    )


@pytest.mark.parametrize("way", WAYS)
def test_days_are_what_a_plain_loop_adds_up(path: Path, way: Way) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    groups: dict[tuple[date, str], list[LedgerEntry]] = defaultdict(list)
    own_keys = 0
    for entry in entries:
        day = entry.call.started_at.astimezone(UTC).date()
        if entry.call.endpoint.host == "api.openai.com" and FIRST <= day <= LAST:
            if entry.call.key_owner == "app":
                groups[day, entry.resolved_model or entry.call.model].append(entry)
            else:
                own_keys += len(calls_among([entry]))
    calls = calls_of(path, entries, way)
    found = our_days(calls, FIRST, LAST)
    assert {(each.day, each.model): each for each in found} == {
        key: our_day(*key, group, costs) for key, group in groups.items()
    }
    assert len(found) == len(groups)
    assert own_key_calls(calls, FIRST, LAST) == own_keys > 0


@pytest.mark.parametrize(
    ("time", "day"),
    [("2026-11-22T23:59:59.999Z", 22), ("2026-11-23T00:00:00.000Z", 23)],
)
def test_days_are_those_of_utc(path: Path, time: str, day: int) -> None:
    calls = calls_of(path, [an_entry(started_at=datetime.fromisoformat(time))])
    assert [each.day for each in our_days(calls, date(2026, 11, 1), date(2026, 11, 30))] == [
        date(2026, 11, day)
    ]


def test_the_first_and_the_last_day_count(path: Path) -> None:
    calls = calls_of(path, [PLAIN])
    day = date(2026, 11, 22)
    assert len(our_days(calls, day, day)) == 1
    assert our_days(calls, date(2026, 11, 23), LAST.replace(year=2027)) == []
    assert our_days(calls, FIRST, date(2026, 11, 21)) == []


def test_other_endpoints_have_bills_of_their_own(path: Path) -> None:
    calls = calls_of(path, [an_entry(endpoint="gateway.example")])
    assert our_days(calls, date(2026, 11, 1), date(2026, 11, 30)) == []


def test_an_estimated_call_that_was_priced_later_is_among_the_estimated(path: Path) -> None:
    call = an_entry(usage_source="estimated", cost_usd=None)
    correction = an_entry(
        call_id="2", purpose="correction", corrects="call-1", usage_source="estimated", usage=TokenUsage()
    )
    [day] = our_days(calls_of(path, [call, correction]), date(2026, 11, 1), date(2026, 11, 30))
    assert (day.calls, day.estimated_calls, day.unknown_price_calls) == (1, 1, 0)
    assert day.usd == day.estimated_usd == Decimal("0.0002334")


def test_a_bill_is_held_against_the_calls_with_the_apps_own_key(path: Path) -> None:
    day, cost = date(2026, 11, 22), Decimal("0.0002334")
    bill = Bill(day, day, (Billed(day, "gpt-6-luna-2026-09-01", cost),))
    calls = calls_of(path, [PLAIN, an_entry(call_id="2", key_owner="user")])
    sheet = bill_sheet(calls, bill)
    assert sheet.rows == [["2026-11-22", "gpt-6-luna-2026-09-01", cost, cost, Decimal(0), ""]]
    assert sheet.total == ["total", None, cost, cost, Decimal(0), None]
    assert sheet.note.endswith("Not compared: 1 call with people’s own keys, which have their own bills.")
