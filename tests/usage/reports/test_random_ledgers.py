"""Random ledgers through plain Python loops and through SQL: the same figures to the last digit."""

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.helpers.insight_entries import WAYS, Way, costs_of, read, varied_entries
from tests.helpers.ledger_entries import cells, sum_of, written
from usage.ledger import LedgerEntry
from usage.reports import (
    Filter,
    Totals,
    balances,
    model_costs,
    spend,
    total,
    unpriced_calls,
    usage_by,
)
from usage.reports.questions.dearest import dearest_calls
from usage.units import PERIODS, days_of

TODAY = date(2026, 11, 8)
TORN = (b"torn,2026\n", b'1,"open\n', b"\n", b'"a\nb"\n', b"\xff\n", b",,,\n")

QUOTED = (b',"api.openai.com",', b',"{""host"": ""a, b""}",', b',"api".openai.com,', b',api "openai",')


def a_ledger(path: Path, seed: int) -> list[LedgerEntry]:
    """Write a random ledger with odd rows and repeated calls in it, and return its entries."""
    chance = random.Random(seed)  # noqa: S311
    entries = varied_entries(400, seed)
    written(path, *entries)
    lines = path.read_bytes().splitlines(keepends=True)
    for _ in range(chance.randrange(6)):
        lines.insert(chance.randrange(1, len(lines) + 1), chance.choice(TORN))
    for line in chance.sample(lines[1:], chance.randrange(4)):
        lines.append(line)  # a call that is in twice, or a torn row more
    for place in chance.sample(range(1, len(lines)), 20):
        lines[place] = lines[place].replace(b",api.openai.com,", chance.choice(QUOTED))
    path.write_bytes(b"".join(lines))
    return entries


def totals_of(entries: list[LedgerEntry], costs: dict[str, Decimal]) -> Totals:
    """Add up calls and corrections one after the other."""
    calls = [entry for entry in entries if entry.call.purpose != "correction"]
    return Totals(
        calls=len(calls),
        input_tokens=sum(entry.usage.input or 0 for entry in entries),
        cached_input_tokens=sum(entry.usage.cached_input or 0 for entry in entries),
        output_tokens=sum(entry.usage.output or 0 for entry in entries),
        reasoning_tokens=sum(entry.usage.reasoning or 0 for entry in entries),
        cost_usd=sum_of(entry.cost_usd for entry in entries),
        estimated_usd=sum_of(entry.cost_usd for entry in entries if entry.usage_source == "estimated"),
        unknown_price_calls=sum(entry.call.id not in costs for entry in calls),
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("seed", range(4))
def test_sql_finds_what_plain_loops_find(tmp_path: Path, seed: int, zone: str, way: Way) -> None:
    path, here = tmp_path / "usage.csv", ZoneInfo(zone)
    entries = a_ledger(path, seed)
    calls = read(path, way, here)
    costs = costs_of(entries)
    spending = [entry for entry in entries if entry.call.purpose != "settlement"]

    def day_of(entry: LedgerEntry) -> date:
        return entry.call.started_at.astimezone(here).date()

    def those(first: date | None, last: date | None, user: str | None) -> list[LedgerEntry]:
        return [
            entry
            for entry in spending
            if (first or date.min) <= day_of(entry) <= (last or date.max) and user in (None, entry.call.user)
        ]

    for period in PERIODS:
        days = days_of(period, TODAY)
        for user in (None, "ann", "=1+1"):
            chosen, found = Filter(days.first, days.last, user), those(days.first, days.last, user)
            assert total(calls, chosen) == totals_of(found, costs)
            months: dict[str, list[LedgerEntry]] = defaultdict(list)
            for entry in found:
                months[day_of(entry).isoformat()[:7]].append(entry)
            assert usage_by(calls, "month", chosen).rows == [
                [month, *cells(totals_of(months[month], costs))] for month in sorted(months)
            ]
            dear = [
                entry for entry in found if entry.call.purpose != "correction" and costs.get(entry.call.id)
            ]
            dear.sort(key=lambda entry: -costs[entry.call.id])
            sheet = dearest_calls(calls, chosen)
            assert [row[6] for row in sheet.rows] == [costs[entry.call.id] for entry in dear[:10]]
            unpriced = [
                entry for entry in found if entry.call.purpose != "correction" and entry.call.id not in costs
            ]
            assert (unpriced_calls(calls, chosen).total or [0, 0, 0])[2] == len(unpriced)
    by_model: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in spending:
        by_model[day_of(entry).isoformat(), entry.call.model] += entry.cost_usd or 0
    assert [(each.group, each.model, each.cost_usd) for each in model_costs(calls, "day", Filter())] == [
        (*key, by_model[key]) for key in sorted(by_model)
    ]
    assert spend(calls, TODAY, "ann", "chat-3").month == total(
        calls, Filter(TODAY.replace(day=1), TODAY, "ann")
    )
    opens: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if entry.call.key_owner == "app":
            opens[entry.call.user] += (entry.cost_usd or 0) - (entry.settled_usd or 0)
    assert {row[0]: row[4] for row in balances(calls).rows} == opens
