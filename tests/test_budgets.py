import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from tests.fakes import CALL, ENTRY, NOW, FakeLedger
from usage.budgets import (
    LONGEST_REPLY_TOKENS,
    SHORTEST_USEFUL_REPLY_TOKENS,
    BudgetExceeded,
    Budgets,
    Limit,
    Period,
    Reservation,
)
from usage.prices import Price

PRICE = Price(Decimal(1), Decimal(1), Decimal(1), Decimal(10), "prices.toml")
PER_TOKEN = Decimal("0.00001")
FREE = Price(Decimal(0), Decimal(0), Decimal(0), Decimal(0), "local")
PROMPT_USD = Decimal("0.001")
DAILY = Limit(Decimal("0.10"), "day")
PICODOLLAR = Decimal("0.000000000001")
SHORTEST_USD = PROMPT_USD + SHORTEST_USEFUL_REPLY_TOKENS * PER_TOKEN


def budgets(spent: Decimal | str = "0", limits: Sequence[Limit] = (DAILY,)) -> Budgets:
    """Limits of which so much is spent, whatever the period and the user."""
    return Budgets(limits, lambda *_: Decimal(spent))


def reserve(
    of: Budgets, wanted: int | None = None, user: str = "ada", price: Price | None = PRICE
) -> Reservation:
    """Set aside a call whose prompt costs PROMPT_USD."""
    return of.reserve(user, price, PROMPT_USD if price is not FREE else Decimal(0), wanted, NOW)


def test_without_limits_nothing_is_set_aside_and_no_price_is_needed() -> None:
    none = budgets("1000", limits=())
    assert reserve(none, price=None) == Reservation("ada", Decimal(0), None)
    assert reserve(none, wanted=500) == Reservation("ada", Decimal(0), 500)


def test_the_prompt_and_the_wanted_reply_are_set_aside() -> None:
    assert reserve(budgets(), wanted=500) == Reservation("ada", Decimal("0.006"), 500)


def test_a_reply_of_any_length_is_taken_for_the_longest() -> None:
    rich = budgets(limits=[Limit(Decimal(100), "day")])
    usd = PROMPT_USD + LONGEST_REPLY_TOKENS * PER_TOKEN
    assert reserve(rich) == Reservation("ada", usd, None)


@pytest.mark.parametrize("wanted", [0, -1])
def test_a_length_that_some_servers_take_for_endless_is_none(wanted: int) -> None:
    assert reserve(budgets(), wanted=wanted) == reserve(budgets())
    rich = budgets(limits=[Limit(Decimal(100), "day")])
    assert reserve(rich, wanted=wanted).max_output_tokens is None


def test_a_reply_is_shortened_to_what_is_left() -> None:
    assert reserve(budgets()) == Reservation("ada", DAILY.usd, 9900)
    assert reserve(budgets(), wanted=9901) == Reservation("ada", DAILY.usd, 9900)
    assert reserve(budgets(), wanted=9900) == Reservation("ada", DAILY.usd, 9900)


def test_no_part_of_a_token_is_set_aside() -> None:
    almost = budgets(PICODOLLAR)
    assert reserve(almost) == Reservation("ada", DAILY.usd - PER_TOKEN, 9899)


def test_the_shortest_useful_reply_still_fits_and_less_does_not() -> None:
    spent = DAILY.usd - SHORTEST_USD
    assert reserve(budgets(spent)) == Reservation("ada", SHORTEST_USD, SHORTEST_USEFUL_REPLY_TOKENS)
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR))


def test_a_shorter_reply_that_is_wanted_needs_no_more() -> None:
    spent = DAILY.usd - PROMPT_USD - 5 * PER_TOKEN
    assert reserve(budgets(spent), wanted=5) == Reservation("ada", PROMPT_USD + 5 * PER_TOKEN, 5)
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR), wanted=5)


@pytest.mark.parametrize(
    ("spent", "rest"), [("0.0995", "$0.0005"), ("0.10", "nothing"), ("0.10000001", "nothing")]
)
def test_a_refusal_says_which_limit_and_what_is_left(spent: str, rest: str) -> None:
    with pytest.raises(BudgetExceeded) as caught:
        reserve(budgets(spent))
    assert str(caught.value) == (
        f"The daily budget of $0.10 has {rest} left, and this message would cost more."
    )


def test_an_unknown_price_cannot_be_kept_within_a_limit() -> None:
    with pytest.raises(
        BudgetExceeded, match=r"unknown, so it cannot be kept within the daily budget of \$0.10"
    ):
        reserve(budgets(), price=None)


def test_what_is_free_goes_on_when_all_is_spent() -> None:
    assert reserve(budgets("99"), price=FREE) == Reservation("ada", Decimal(0), None)


def test_a_free_reply_to_a_prompt_that_costs_needs_money_for_the_prompt_only() -> None:
    free_reply = replace(PRICE, output_usd_per_mtok=Decimal(0))
    spent = DAILY.usd - PROMPT_USD
    assert reserve(budgets(spent), price=free_reply) == Reservation("ada", PROMPT_USD, None)
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR), price=free_reply)


def test_reasoning_that_costs_more_than_output_counts() -> None:
    dear = replace(PRICE, reasoning_usd_per_mtok=Decimal(20))
    assert reserve(budgets(), wanted=500, price=dear).usd == PROMPT_USD + 500 * 2 * PER_TOKEN
    cheap = replace(PRICE, reasoning_usd_per_mtok=Decimal(3))
    assert reserve(budgets(), wanted=500, price=cheap).usd == PROMPT_USD + 500 * PER_TOKEN


def test_calls_under_way_count_until_they_are_released() -> None:
    shared = budgets()
    first = reserve(shared)
    with pytest.raises(BudgetExceeded):
        reserve(shared)
    shared.release(first)
    assert reserve(shared) == first


def test_releasing_twice_does_not_release_another_call_of_the_same_cost() -> None:
    shared = budgets(limits=[Limit(Decimal("0.012"), "day")])
    first, second = reserve(shared, wanted=500), reserve(shared, wanted=500)
    assert first == second
    shared.release(first)
    shared.release(first)
    assert reserve(shared, wanted=500) == first
    with pytest.raises(BudgetExceeded):
        reserve(shared, wanted=500)


def test_a_limit_for_each_person_leaves_others_alone() -> None:
    each = budgets(limits=[replace(DAILY, each_person=True)])
    reserve(each, user="ada")
    assert reserve(each, user="bob") == Reservation("bob", DAILY.usd, 9900)
    with pytest.raises(BudgetExceeded, match=r"The daily budget of \$0.10 for each person has nothing left"):
        reserve(each, user="ada")


def test_a_limit_for_all_counts_everybodys_calls() -> None:
    shared = budgets()
    reserve(shared, user="ada")
    with pytest.raises(BudgetExceeded):
        reserve(shared, user="bob")


def test_each_limit_asks_for_its_own_period_and_people() -> None:
    asked = []

    def spent(period: Period, now: datetime, user: str | None) -> Decimal:
        asked.append((period, now, user))
        return Decimal(0)

    limits = [Limit(Decimal(1), period, each) for period in ("day", "month") for each in (False, True)]
    reserve(Budgets(limits, spent))
    assert asked == [("day", NOW, None), ("day", NOW, "ada"), ("month", NOW, None), ("month", NOW, "ada")]


def test_the_limit_with_least_left_decides() -> None:
    limits = [Limit(Decimal(5), "month"), Limit(Decimal("0.02"), "day"), Limit(Decimal(1), "day", True)]
    assert reserve(budgets(limits=limits)).usd == Decimal("0.02")
    with pytest.raises(BudgetExceeded, match=r"The monthly budget of \$5.00 has nothing left"):
        reserve(Budgets(limits, lambda period, *_: Decimal(5) if period == "month" else Decimal(0)))


@pytest.mark.parametrize("share_percent", [0, 50, 100])
def test_twenty_calls_at_once_never_cost_more_than_the_budget(share_percent: int) -> None:
    ledger, all_have_asked = FakeLedger(), threading.Barrier(20)
    shared = Budgets([DAILY], ledger.spent)

    def ask(number: int) -> None:
        for attempt in range(5):
            try:
                reservation = reserve(shared, wanted=(300, 5000, None)[(number + attempt) % 3])
            except BudgetExceeded:
                all_have_asked.wait()
                continue
            all_have_asked.wait()
            tokens = (reservation.max_output_tokens or LONGEST_REPLY_TOKENS) * share_percent // 100
            cost = PROMPT_USD + tokens * PER_TOKEN
            ledger.append(replace(ENTRY, call_id=f"{CALL.id}-{number}-{attempt}", cost_usd=cost))
            shared.release(reservation)

    with ThreadPoolExecutor(20) as people:
        list(people.map(ask, range(20)))
    total = ledger.spent("day", NOW, None)
    assert total <= DAILY.usd
    assert share_percent < 100 or total > DAILY.usd - SHORTEST_USD
