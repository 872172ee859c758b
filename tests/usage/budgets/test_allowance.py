from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.helpers.budget_calls import (
    DAILY,
    FREE,
    HERE,
    OWN,
    PER_TOKEN,
    PICODOLLAR,
    PROMPT_USD,
    SHORTEST_USD,
    WORST,
    budgets,
    planned,
    reserve,
)
from usage.budgets import BudgetExceeded, Limit, Reservation
from usage.budgets.allowance import SHORTEST_USEFUL_REPLY_TOKENS
from usage.forecast.worst_case import LONGEST_REPLY_TOKENS

ANEW = "It starts again at 00:00 on 23 November (UTC)."


def test_what_is_set_aside_names_its_call() -> None:
    wanted = planned(500)
    expected = Reservation(replace(wanted.call, most_output_tokens=500), Decimal("0.006"))
    assert budgets().reserve(wanted) == expected


def test_a_reply_of_any_length_is_taken_for_the_longest_and_told_to_keep_to_that() -> None:
    rich = budgets(limits=[Limit(Decimal(100), "day")])
    assert reserve(rich) == (PROMPT_USD + LONGEST_REPLY_TOKENS * PER_TOKEN, LONGEST_REPLY_TOKENS)
    longer = LONGEST_REPLY_TOKENS + 1
    assert reserve(rich, wanted=longer) == (PROMPT_USD + longer * PER_TOKEN, longer)


@pytest.mark.parametrize(("room", "tokens"), [(1000, 1000), (0, 1), (-5, 1), (10**6, LONGEST_REPLY_TOKENS)])
def test_no_reply_is_longer_than_the_models_context_has_room_for(room: int, tokens: int) -> None:
    rich = budgets(limits=[Limit(Decimal(100), "day")])
    assert reserve(rich, worst=replace(WORST, room_tokens=room))[1] == tokens
    assert reserve(rich, wanted=5, worst=replace(WORST, room_tokens=room))[1] == min(tokens, 5)


@pytest.mark.parametrize("wanted", [0, -1])
def test_a_length_that_some_servers_take_for_endless_is_none(wanted: int) -> None:
    assert reserve(budgets(), wanted=wanted) == reserve(budgets())
    rich = budgets(limits=[Limit(Decimal(100), "day")])
    assert reserve(rich, wanted=wanted)[1] == LONGEST_REPLY_TOKENS


@pytest.mark.parametrize("wanted", [None, 9901, 9900])
def test_a_reply_is_shortened_to_what_is_left(wanted: int | None) -> None:
    assert reserve(budgets(), wanted) == (DAILY.usd, 9900)


def test_a_shortened_reply_says_what_is_left_and_one_that_fits_says_nothing() -> None:
    shortened = budgets("0.08").reserve(planned())
    assert shortened.note == (
        "The daily budget of $0.10 has $0.02 left: this reply may be 1,900 tokens long at most."
    )
    assert budgets("0.08").reserve(planned(1900)).note == ""
    assert budgets(limits=[Limit(Decimal(100), "day")]).reserve(planned()).note == ""


def test_no_part_of_a_token_is_set_aside() -> None:
    assert reserve(budgets(PICODOLLAR)) == (DAILY.usd - PER_TOKEN, 9899)


def test_the_shortest_useful_reply_still_fits_and_less_does_not() -> None:
    spent = DAILY.usd - SHORTEST_USD
    assert reserve(budgets(spent)) == (SHORTEST_USD, SHORTEST_USEFUL_REPLY_TOKENS)
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR))


def test_a_shorter_reply_that_is_wanted_needs_no_more() -> None:
    spent = DAILY.usd - PROMPT_USD - 5 * PER_TOKEN
    assert reserve(budgets(spent), wanted=5) == (PROMPT_USD + 5 * PER_TOKEN, 5)
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR), wanted=5)


@pytest.mark.parametrize(
    ("spent", "rest"),
    [
        ("0.0995", "$0.0005 left ($0.0995 spent)"),
        ("0.10", "nothing left ($0.10 spent)"),
        ("0.12", "nothing left ($0.12 spent)"),
    ],
)
def test_a_refusal_has_the_figures_and_the_time_the_budget_starts_again(spent: str, rest: str) -> None:
    with pytest.raises(BudgetExceeded) as caught:
        reserve(budgets(spent))
    assert str(caught.value) == (
        f"The daily budget of $0.10 has {rest}, and this message may cost $0.00164 even with a short reply. "
        f"{ANEW}"
    )


def test_a_refusal_says_what_replies_under_way_have_set_aside() -> None:
    shared = budgets("0.02")
    reserve(shared, wanted=7000)
    with pytest.raises(BudgetExceeded, match=r"\$0.009 left \(\$0.02 spent, \$0.071 set aside for replies"):
        shared.reserve(planned(worst=replace(WORST, prompt_usd=Decimal("0.01"))))


@pytest.mark.parametrize(
    ("limit", "way_out"),
    [
        (replace(DAILY, period="month"), "starts again at 00:00 on 1 December (Europe/Lisbon)."),
        (replace(DAILY, scope="person"), "starts again at 00:00 on 23 November (Europe/Lisbon)."),
        (OWN, "starts again at 00:00 on 23 November (Europe/Lisbon). You can raise it under Settings."),
        (HERE, "short reply. Raise it under Settings, or start a new chat."),
    ],
)
def test_a_refusal_says_what_to_do(limit: Limit, way_out: str) -> None:
    full = budgets(limit.usd, [limit], ZoneInfo("Europe/Lisbon"))
    assert full.refusal(planned()).endswith(way_out)


def test_an_unknown_price_cannot_be_kept_within_a_limit_and_there_are_ways_out() -> None:
    with pytest.raises(BudgetExceeded) as caught:
        reserve(budgets(), worst=None)
    assert str(caught.value) == (
        "The price of this model is unknown, so it cannot be kept within the daily budget of $0.10. "
        "Set its price in the Usage tab under Prices or in prices.toml, or choose another model."
    )


def test_what_is_free_goes_on_when_all_is_spent() -> None:
    assert reserve(budgets("99"), worst=FREE) == (Decimal(0), None)


def test_a_free_reply_to_a_prompt_that_costs_needs_money_for_the_prompt_only() -> None:
    free_reply = replace(WORST, output_usd_per_mtok=Decimal(0))
    spent = DAILY.usd - PROMPT_USD
    assert reserve(budgets(spent), worst=free_reply) == (PROMPT_USD, None)
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR), worst=free_reply)


def test_a_limit_beyond_all_counting_is_no_trouble() -> None:
    assert reserve(budgets(limits=[Limit(Decimal("1e30"), "day")]))[1] == LONGEST_REPLY_TOKENS
