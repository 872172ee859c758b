import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.helpers.budget_calls import (
    DAILY,
    FREE,
    HERE,
    OWN,
    PER_TOKEN,
    PROMPT_USD,
    SHORTEST_USD,
    WORST,
    budgets,
    planned,
    reserve,
)
from tests.helpers.fakes import CALL, ENTRY, NOW, FakeLedger
from tests.helpers.ledger_entries import changed
from usage.budgets import BudgetExceeded, Limit, UsedLimit
from usage.units import Period


def test_without_limits_nothing_is_set_aside_and_no_price_is_needed() -> None:
    none = budgets("1000", limits=())
    assert reserve(none, worst=None) == (Decimal(0), None)
    assert reserve(none, wanted=500) == (Decimal(0), None)


def test_calls_under_way_count_until_they_are_released() -> None:
    shared = budgets()
    first = shared.reserve(planned())
    with pytest.raises(BudgetExceeded):
        reserve(shared)
    shared.release(first)
    shared.release(first)
    assert reserve(shared) == (DAILY.usd, 9900)
    with pytest.raises(BudgetExceeded):
        reserve(shared)


def test_several_models_share_what_is_left() -> None:
    shared = budgets()
    tokens = [shared.reserve(planned(), among).call.most_output_tokens for among in (3, 2, 1)]
    assert tokens == [3233, 3233, 3234]
    with pytest.raises(BudgetExceeded, match=r"has \$0.05 left for this model"):
        budgets().reserve(planned(worst=replace(WORST, prompt_usd=Decimal("0.06"))), among=2)


FOR_EACH = replace(DAILY, scope="person")


@pytest.mark.parametrize(
    ("limit", "user", "conversation_id", "is_refused"),
    [
        (DAILY, "bob", "conversation-2", True),
        *((limit, "ada", "conversation-2", True) for limit in (FOR_EACH, OWN)),
        *((limit, "bob", "conversation-1", False) for limit in (FOR_EACH, OWN)),
        (HERE, "ada", "conversation-1", True),
        (HERE, "ada", "conversation-2", False),
        (HERE, "bob", "conversation-1", False),
    ],
)
def test_a_call_under_way_counts_for_those_who_share_the_limit(
    limit: Limit, user: str, conversation_id: str, is_refused: bool
) -> None:
    shared = budgets(limits=[limit])
    shared.reserve(planned())
    refusal = shared.refusal(planned(user=user, conversation_id=conversation_id))
    assert bool(refusal) == is_refused


def test_limits_that_people_set_hold_where_they_set_them() -> None:
    def limits_of(_user: str, conversation_id: str) -> list[Limit]:
        return [HERE] if conversation_id == "conversation-1" else []

    here = budgets(limits=(), set_limits=limits_of)
    here.reserve(planned())
    assert here.reserve(planned(conversation_id="conversation-2")).usd == 0
    with pytest.raises(BudgetExceeded):
        here.reserve(planned())


def test_a_conversation_that_begins_brings_its_limit() -> None:
    assert budgets(limits=[]).reserve(planned(new_limit=HERE)).call.most_output_tokens == 9900
    assert budgets().refusal(planned(new_limit=Limit(Decimal(0), "ever", "conversation"))) == (
        "This chat's budget of $0.00 has nothing left ($0.00 spent), and this message may cost "
        "$0.0016 even with a short reply. Raise it under Settings, or start a new chat."
    )


def test_each_limit_asks_for_its_own_period_people_and_conversation() -> None:
    calls = []

    def spent(period: Period, now: datetime, user: str | None, conversation_id: str | None) -> Decimal:
        calls.append((period, user, conversation_id))
        return Decimal(0)

    limits = [DAILY, Limit(Decimal(1), "month", "person"), OWN, HERE]
    used = budgets(spent, limits).used("ada", "conversation-1", NOW)
    assert calls == [
        ("day", None, None),
        ("month", "ada", None),
        ("day", "ada", None),
        ("ever", "ada", "conversation-1"),
    ]
    assert used == tuple(UsedLimit(limit, Decimal(0)) for limit in limits)


def test_the_limit_with_least_left_decides_and_a_higher_one_has_no_effect() -> None:
    higher = replace(OWN, usd=Decimal(5))
    limits = [
        Limit(Decimal(5), "month"),
        Limit(Decimal("0.02"), "day"),
        replace(DAILY, scope="person"),
        higher,
    ]
    assert reserve(budgets(limits=limits))[0] == Decimal("0.02")
    with pytest.raises(BudgetExceeded, match=r"The monthly budget of \$5.00 has nothing left"):
        reserve(budgets(lambda period, *_: Decimal(5 if period == "month" else 0), limits))


def test_a_refusal_can_be_foreseen_without_setting_anything_aside() -> None:
    shared = budgets()
    assert [shared.refusal(planned()) for _ in range(2)] == ["", ""]
    reserve(shared)
    assert shared.refusal(planned()).startswith("The daily budget of $0.10 has nothing left")
    assert shared.refusal(planned(worst=FREE)) == ""
    assert budgets(limits=()).refusal(planned(worst=None)) == ""


def test_a_call_of_unknown_cost_goes_on_to_count_until_its_period_is_over() -> None:
    shared = budgets(limits=[DAILY, Limit(Decimal("0.15"), "month")])
    shared.release(shared.reserve(planned()), is_unpriced=True)
    with pytest.raises(BudgetExceeded, match=r"daily budget of \$0.10 has nothing left"):
        reserve(shared)
    tomorrow = shared.reserve(planned(started_at=NOW + timedelta(days=1)))
    assert (tomorrow.usd, tomorrow.call.most_output_tokens) == (Decimal("0.05"), 4900)
    shared.release(tomorrow)
    assert shared.reserve(planned(started_at=NOW + timedelta(days=30))).usd == DAILY.usd


def test_a_call_whose_unknown_cost_is_known_by_now_counts_with_that_only() -> None:
    corrected: set[str] = set()
    shared = budgets(is_corrected=corrected.__contains__)
    unpriced = shared.reserve(planned())
    shared.release(unpriced, is_unpriced=True)
    said = shared.refusal(planned())
    assert "has nothing left ($0.00 spent, $0.10 for replies whose cost is not known)" in said
    corrected.add(unpriced.call.id)
    assert shared.refusal(planned()) == ""


def test_a_correction_that_comes_in_between_is_missing_in_neither_sum() -> None:
    """It is written just after one of the two has been read."""
    ledger: list[Decimal] = []
    to_come: list[Decimal] = []

    def spent(*_: object) -> Decimal:
        before = sum(ledger, Decimal(0))
        ledger.extend(to_come)
        return before

    shared = budgets(spent, is_corrected=lambda _: bool(ledger))
    shared.release(shared.reserve(planned()), is_unpriced=True)
    to_come.append(DAILY.usd)
    assert shared.refusal(planned()) != ""


def test_a_call_that_began_yesterday_counts_until_it_is_in_the_ledger() -> None:
    shared = budgets()
    late = shared.reserve(planned(started_at=datetime(2026, 11, 22, 23, 59, tzinfo=UTC)))
    assert shared.refusal(planned(started_at=datetime(2026, 11, 23, 0, 1, tzinfo=UTC))) != ""
    shared.release(late)
    assert shared.refusal(planned(started_at=datetime(2026, 11, 23, 0, 1, tzinfo=UTC))) == ""


@pytest.mark.parametrize("share_percent", [0, 50, 100])
def test_twenty_calls_at_once_never_cost_more_than_the_budget(share_percent: int) -> None:
    ledger, all_have_asked = FakeLedger(), threading.Barrier(20)
    shared = budgets(ledger.spent)

    def ask(number: int) -> None:
        for attempt in range(5):
            try:
                reservation = shared.reserve(planned((300, 5000, None)[(number + attempt) % 3]))
            except BudgetExceeded:
                all_have_asked.wait()
                continue
            all_have_asked.wait()
            tokens = (reservation.call.most_output_tokens or 0) * share_percent // 100
            cost = PROMPT_USD + tokens * PER_TOKEN
            ledger.append(changed(ENTRY, call_id=f"{CALL.id}-{number}-{attempt}", cost_usd=cost))
            shared.release(reservation)

    with ThreadPoolExecutor(20) as people:
        list(people.map(ask, range(20)))
    total = ledger.spent("day", NOW, None, None)
    assert total <= DAILY.usd
    assert share_percent < 100 or total > DAILY.usd - SHORTEST_USD
