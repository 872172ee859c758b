"""Reports: every grouping and figure, and how they follow the growing ledger."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_of
from tests.helpers.ledger_entries import (
    BERLIN,
    ONE_PLAIN,
    PLAIN,
    an_entry,
    cells,
    many_entries,
    summed,
    written,
)
from usage.ledger import COLUMNS, CsvLedger, LedgerEntry
from usage.ledger.csv_rows import line_of
from usage.reports import (
    GROUPINGS,
    Filter,
    Spend,
    Totals,
    conversation_costs,
    model_costs,
    models_used,
    spend,
    title_costs,
    total,
    usage_by,
)
from usage.reports.questions.usage_by import ModelCost
from usage.units import TokenUsage


def group_of(entry: LedgerEntry, by: str) -> str:
    day = entry.call.started_at.astimezone(BERLIN)
    return {
        "day": day.strftime("%Y-%m-%d"),
        "week": day.strftime("%G-W%V"),
        "month": day.strftime("%Y-%m"),
        "model": entry.call.model,
        "conversation": entry.call.conversation_id,
        "user": entry.call.user,
        "hour": day.strftime("%H"),
        "purpose": entry.call.purpose,
        "endpoint": entry.call.endpoint.host,
    }[by]


@pytest.mark.parametrize("by", GROUPINGS)
@pytest.mark.parametrize("way", WAYS)
def test_every_grouping_adds_up_to_the_last_digit(path: Path, by: str, way: Way) -> None:
    entries = many_entries(1000)
    calls = calls_of(path, entries, way)
    sheet = usage_by(calls, by, Filter())
    keys = {group_of(entry, by) for entry in entries}
    assert {row[0]: row[1:] for row in sheet.rows} == {
        key: cells(summed([entry for entry in entries if group_of(entry, by) == key])) for key in keys
    }
    assert sheet.total == ["total", *cells(summed(entries))]
    assert models_used(calls) == list(dict.fromkeys(entry.call.model for entry in entries))


def test_days_and_users_narrow_a_report(path: Path) -> None:
    entries = many_entries(2000)
    chosen = [
        entry
        for entry in entries
        if entry.call.user == "ann" and "2026-10-25" <= group_of(entry, "day") <= "2026-10-26"
    ]
    narrowed = Filter(date(2026, 10, 25), date(2026, 10, 26), "ann")
    sheet = usage_by(written(path, *entries), "day", narrowed)
    assert [row[0] for row in sheet.rows] == ["2026-10-25", "2026-10-26"]
    assert sheet.total == ["total", *cells(summed(chosen))]
    sheet = usage_by(written(path, PLAIN), "day", Filter(user="eve"))
    assert (sheet.rows, sheet.total) == ([], ["total", *cells(Totals())])


def test_rows_that_are_no_times_stand_dearest_first(path: Path) -> None:
    calls = written(
        path,
        an_entry(call_id="1", model="cheap", cost_usd=Decimal("0.1")),
        an_entry(call_id="2", model="dear", cost_usd=Decimal("0.3")),
        an_entry(call_id="3", model="also cheap", cost_usd=Decimal("0.1")),
    )
    assert [row[0] for row in usage_by(calls, "model", Filter()).rows] == ["dear", "also cheap", "cheap"]


@pytest.mark.parametrize("size", [1, 2000])
def test_a_call_appended_is_in_the_next_report(path: Path, size: int) -> None:
    entries = many_entries(size)
    calls = written(path, *entries)
    assert total(calls, Filter()) == summed(entries)
    CsvLedger(path).append(PLAIN)
    assert total(calls, Filter()) == summed([*entries, PLAIN])


def test_a_line_without_its_end_waits(path: Path) -> None:
    calls = written(path, PLAIN)
    line = line_of(an_entry(call_id="2"), COLUMNS)
    with path.open("ab") as file:
        file.write(line[:50])
    assert total(calls, Filter()) == ONE_PLAIN
    with path.open("ab") as file:
        file.write(line[50:])
    assert total(calls, Filter()).calls == 2


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

    calls = written(
        path,
        call(0, 31, 10, "a"),
        call(1, 1, 11, "b"),
        call(2, 22, 11, "a"),
        call(3, 22, 11, "a", "bob"),
    )
    today = date(2026, 11, 22)
    assert spend(calls, today, user="ann", conversation_id="a") == Spend(
        today=Totals(calls=1, cost_usd=Decimal(100)),
        month=Totals(calls=2, cost_usd=Decimal(110)),
        conversation=Totals(calls=2, cost_usd=Decimal(101)),
    )
    assert spend(calls, today).today == Totals(calls=2, cost_usd=Decimal(1100))
    assert spend(calls, today, conversation_id="new").conversation == Totals()
    assert spend(calls, today, user="ann").everyone_today is None
    everyone = Totals(calls=2, cost_usd=Decimal(1100))
    assert spend(calls, today, user="ann", may_see_all=True).everyone_today == everyone


def test_what_is_shown_of_a_conversation_has_a_sum_of_its_own_with_its_corrections(path: Path) -> None:
    def call(turn_id: str, usd: str | None, **changes: Any) -> LedgerEntry:
        cost = None if usd is None else Decimal(usd)
        values = {"call_id": f"call-{turn_id}", "turn_id": turn_id, "usage": TokenUsage(), **changes}
        return an_entry(conversation_id="a", user="ann", cost_usd=cost, **values)

    corrected = {"call_id": "later", "purpose": "correction", "corrects": "call-2"}
    title = call("1", "0.25", call_id="title", purpose="title")
    calls = written(
        path, call("1", "1"), call("2", "2"), call("3", None), call("2", "0.5", **corrected), title
    )
    today = date(2026, 11, 22)
    found = spend(calls, today, "ann", "a", turn_ids=["2", "not called"])
    assert found.shown == Totals(calls=2, cost_usd=Decimal("2.75"))
    assert found.conversation == Totals(calls=4, cost_usd=Decimal("3.75"), unknown_price_calls=1)
    assert spend(calls, today, "ann", "a", turn_ids=[]).shown == Totals(calls=1, cost_usd=Decimal("0.25"))
    assert spend(calls, today, "ann", "a").shown is None
    assert spend(calls, today, "bob", "a", turn_ids=["2"]).shown == Totals()


def test_everyone_is_spoken_of_only_where_there_are_several_people(path: Path) -> None:
    calls = written(path, an_entry(user="ann"))
    assert spend(calls, date(2026, 11, 22), "ann", may_see_all=True).everyone_today is None


def test_a_persons_conversations_have_their_costs_and_those_without_a_call_none(path: Path) -> None:
    def call(number: int, chat: str, user: str = "ann", **changes: Any) -> LedgerEntry:
        values = {"cost_usd": Decimal(number), "usage": TokenUsage(), **changes}
        return an_entry(call_id=f"{number}", conversation_id=chat, user=user, **values)

    calls = written(
        path,
        call(1, "a"),
        call(2, "a", usage_source="estimated"),
        call(3, "a", cost_usd=None),
        call(4, "a", "bob"),
        call(5, "not asked for"),
        call(0, "refused", usage_source="none"),
        call(6, "b"),
    )
    assert conversation_costs(calls, "ann", ["a", "b", "refused", "empty"]) == {
        "a": Totals(calls=3, cost_usd=Decimal(3), estimated_usd=Decimal(2), unknown_price_calls=1),
        "b": Totals(calls=1, cost_usd=Decimal(6)),
    }
    assert conversation_costs(calls, "ann", []) == {}


def test_titles_have_their_costs_with_what_was_corrected_and_without_what_was_refused(path: Path) -> None:
    def call(number: int, purpose: str = "title", user: str = "ann", **changes: Any) -> LedgerEntry:
        values = {"cost_usd": Decimal(number), "usage": TokenUsage(), **changes}
        return an_entry(call_id=f"{number}", purpose=purpose, user=user, **values)

    calls = written(
        path,
        call(1),
        call(2, usage_source="estimated"),
        call(3, cost_usd=None),
        call(4, cost_usd=None),
        call(5, "correction", corrects="4"),
        call(6, "reply"),
        call(7, user="bob"),
        call(0, usage_source="none"),
    )
    assert title_costs(calls, "ann") == Totals(
        calls=4, cost_usd=Decimal(8), estimated_usd=Decimal(2), unknown_price_calls=1
    )
    assert title_costs(calls, "eve") == Totals()


def test_the_chart_gets_each_days_models(path: Path) -> None:
    calls = written(
        path,
        an_entry(call_id="1", model="b"),
        an_entry(call_id="2", model="a", cost_usd=None),
        an_entry(call_id="3", model="b"),
    )
    assert model_costs(calls, "day", Filter()) == [
        ModelCost("2026-11-22", "a", Decimal(0)),
        ModelCost("2026-11-22", "b", Decimal("0.0004668")),
    ]
    assert models_used(calls) == ["b", "a"]


def test_threads_that_ask_at_once_get_the_same(path: Path) -> None:
    entries = many_entries(2000)
    calls = written(path, *entries)
    totals: list[Totals] = []
    threads = [Thread(target=lambda: totals.append(total(calls, Filter()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == [summed(entries)] * 4
