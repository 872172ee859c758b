"""Settling up: all that a person's use of the shared key cost, less all that was settled."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_among, calls_of, costs_of, varied_entries
from tests.helpers.ledger_entries import BERLIN, PLAIN, an_entry, sum_of, written
from usage.accounts.payments import settle_entry
from usage.ledger import CsvLedger, LedgerEntry
from usage.reports import Cell
from usage.reports.questions.balances import balances, open_amounts, statement
from usage.reports.sheets import CARRIED_OVER
from usage.units import TokenUsage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ann(call_id: str, usd: str | None = "1", **changes: object) -> LedgerEntry:
    """Return a call of ann's with the shared key."""
    return an_entry(call_id=call_id, user="ann", cost_usd=None if usd is None else Decimal(usd), **changes)


def paid(user: str, usd: str, at: datetime = NOON) -> LedgerEntry:
    return settle_entry(user, Decimal(usd), at, f"{user} {usd}")


def shared(entries: list[LedgerEntry], user: str) -> list[LedgerEntry]:
    """One person's calls with the shared key and their corrections."""
    return [
        entry
        for entry in entries
        if entry.call.user == user and entry.call.key_owner == "app" and entry.call.purpose != "settlement"
    ]


def after_last_payment(entries: list[LedgerEntry], user: str) -> list[LedgerEntry]:
    places = [
        place
        for place, each in enumerate(entries)
        if each.call.purpose == "settlement" and each.call.user == user
    ]
    return shared(entries[places[-1] :] if places else entries, user)


@pytest.mark.parametrize("way", WAYS)
def test_balances_are_what_a_plain_loop_adds_up(path: Path, way: Way) -> None:
    entries = varied_entries(3000)
    payments = [entry for entry in entries if entry.call.purpose == "settlement"]
    rows: list[list[Cell]] = []
    costs = costs_of(entries)
    for user in {entry.call.user for entry in entries}:
        own = [entry for entry in payments if entry.call.user == user]
        cost = sum_of(entry.cost_usd for entry in shared(entries, user))
        settled = sum_of(entry.settled_usd for entry in own)
        since = len(calls_among(after_last_payment(entries, user)))
        unknown = sum(call.call.id not in costs for call in calls_among(shared(entries, user)))
        last = own[-1].call.started_at.astimezone(BERLIN).date().isoformat() if own else None
        rows.append([user, since, cost, settled, cost - settled, last, unknown])
    rows.sort(key=lambda row: (-Decimal(str(row[4])), str(row[0])))
    calls = calls_of(path, entries, way)
    sheet = balances(calls)
    assert [list(row) for row in sheet.rows] == rows
    assert open_amounts(calls) == {row[0]: row[4] for row in rows}
    assert any(row[0] == "dan" for row in rows)  # who has paid and never asked anything
    assert sheet.total is not None
    for column in (1, 2, 3, 4, 6):
        assert sheet.total[column] == sum(Decimal(str(row[column])) for row in rows)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("by", ["day", "month"])
@pytest.mark.parametrize("user", ["ann", "=1+1", "dan"])
def test_a_statement_adds_up_to_what_is_open(
    path: Path, way: Way, by: Literal["day", "month"], user: str
) -> None:
    entries = varied_entries(3000)
    costs = costs_of(entries)
    groups: dict[str, list[LedgerEntry]] = defaultdict(list)
    for entry in after_last_payment(entries, user):
        day = entry.call.started_at.astimezone(BERLIN).date().isoformat()
        groups[day if by == "day" else day[:7]].append(entry)
    lines = [
        [
            name,
            len(calls_among(group)),
            sum(entry.usage.input or 0 for entry in group),
            sum(entry.usage.output or 0 for entry in group),
            sum_of(entry.cost_usd for entry in group),
            sum(entry.call.id not in costs for entry in calls_among(group)),
        ]
        for name, group in sorted(groups.items())
    ]
    settled = (entry.settled_usd for entry in entries if entry.call.user == user)
    open_usd = sum_of(entry.cost_usd for entry in shared(entries, user)) - sum_of(settled)
    sheet = statement(calls_of(path, entries, way), user, by)
    rows = [list(row) for row in sheet.rows]
    if user != "=1+1":  # who has never paid anything
        since = sum((Decimal(str(line[4])) for line in lines), Decimal(0))
        assert rows.pop(0) == [CARRIED_OVER, None, None, None, open_usd - since, None]
    assert rows == lines
    assert sheet.total is not None
    assert (sheet.total[0], sheet.total[4]) == ("total", open_usd)


def test_a_call_recorded_after_a_payment_is_in_the_next_balance_whenever_it_began(path: Path) -> None:
    late = ann("2", "0.25", started_at=datetime(2026, 11, 21, tzinfo=UTC))
    calls = written(path, ann("1", "4"), paid("ann", "4"))
    CsvLedger(path).append(late)
    assert open_amounts(calls) == {"ann": Decimal("0.25")}
    rows = statement(calls, "ann").rows
    assert [(row[0], row[4]) for row in rows] == [(CARRIED_OVER, Decimal(0)), ("2026-11-21", Decimal("0.25"))]


def test_a_price_applied_after_a_payment_is_in_the_next_balance(path: Path) -> None:
    correction = ann("1:price", "0.5", purpose="correction", corrects="1", usage=TokenUsage())
    calls = calls_of(path, [ann("1", None), paid("ann", "2"), correction])
    assert [row[1:] for row in balances(calls).rows] == [
        [0, Decimal("0.5"), Decimal(2), Decimal("-1.5"), "2026-11-22", 0]
    ]
    assert [row[4] for row in statement(calls, "ann").rows] == [Decimal(-2), Decimal("0.5")]


@pytest.mark.parametrize(
    ("entries", "row"),
    [
        ([ann("1"), ann("2", "7", key_owner="user")], [1, Decimal(1), 0]),  # paid for already
        ([ann("1"), PLAIN, paid("bob", "3")], [1, Decimal(1), 0]),  # others are no business of ann's
        ([ann("1"), ann("2", None)], [2, Decimal(1), 1]),
    ],
)
def test_a_balance_is_of_ones_own_calls_with_the_shared_key(
    path: Path, entries: list[LedgerEntry], row: list[Cell]
) -> None:
    calls = calls_of(path, entries)
    number, open_usd, unknown = row
    sheet = balances(calls, "ann")
    assert sheet.rows == [["ann", number, open_usd, Decimal(0), open_usd, None, unknown]]
    assert sheet.total == ["total", number, open_usd, Decimal(0), open_usd, None, unknown]
    assert open_amounts(calls)["ann"] == open_usd
    assert statement(calls, "ann").rows[0][5] == unknown


def test_a_person_without_any_call_owes_nothing(path: Path) -> None:
    calls = calls_of(path, [PLAIN])
    assert (balances(calls, "eve").rows, balances(calls, "eve").total) == ([], None)
    sheet = statement(calls, "eve")
    assert (sheet.rows, sheet.total) == ([], ["total", 0, 0, 0, Decimal(0), 0])
    assert sheet.note.endswith("Nothing settled yet.")
