"""What each choice costs now and over the next ten messages, against figures worked out by hand."""

from decimal import Decimal

import pytest

from chat.conversation import EVERYTHING, Context
from chat.ui.estimate.context_costs import ChoiceCost, Lengths, choice_cost, cost_of, prompts_ahead
from usage.units import Price

# Each message 20 tokens, this one 30; each reply 50 with 4 around it; 10 tokens are sent each time.
LENGTHS = Lengths(alone=40, typed=30, question=20, reply=54, around_reply=4)
SIZES = [100, 200]
PRICE = Price(Decimal(1), Decimal(1), Decimal(1), Decimal(10), "prices.toml")
STEPS = ((0, PRICE),)


def test_everything_grows_by_a_question_and_a_reply_each_time() -> None:
    first = 10 + 30 + 300
    second = 10 + 20 + 300 + (30 + 54)
    others = [second + 74 * number for number in range(1, 9)]
    assert prompts_ahead(SIZES, EVERYTHING, LENGTHS) == [first, second, *others]


def test_the_last_ones_stay_as_many() -> None:
    last_two = prompts_ahead(SIZES, Context("last", turns=2), LENGTHS)
    assert last_two == [340, 30 + 200 + 84, 30 + 84 + 74, *[30 + 74 + 74] * 7]
    assert prompts_ahead(SIZES, Context("last", turns=0), LENGTHS) == [40, *[30] * 9]


def test_what_fits_never_exceeds_the_limit() -> None:
    ahead = prompts_ahead(SIZES, Context("tokens", tokens=250), LENGTHS)
    # 250 - 30 = 220 has room for 84 + 74, not for 74 more; then for two of 74.
    assert ahead == [240, 30 + 84, 30 + 84 + 74, *[30 + 74 + 74] * 7]


def test_costs_are_each_prompt_and_each_reply_at_their_rates() -> None:
    cost = choice_cost(Context("last", turns=0), SIZES, LENGTHS, [STEPS])
    now = Decimal(40 + 50 * 10) / 1_000_000
    ahead = Decimal(40 + 9 * 30 + 10 * 50 * 10) / 1_000_000
    assert cost == ChoiceCost(Context("last", turns=0), 40, now, ahead)


def test_models_that_are_asked_together_cost_together() -> None:
    one, two = (choice_cost(EVERYTHING, SIZES, LENGTHS, [STEPS] * number) for number in (1, 2))
    assert (two.now_usd, two.ahead_usd) == (2 * (one.now_usd or 0), 2 * (one.ahead_usd or 0))
    unknown = choice_cost(EVERYTHING, SIZES, LENGTHS, [STEPS, ()])
    assert (unknown.tokens, unknown.now_usd, unknown.ahead_usd) == (340, None, None)


def test_each_prompt_is_priced_by_its_own_size() -> None:
    steps = ((0, PRICE), (100, Price(Decimal(2), Decimal(2), Decimal(2), Decimal(10), "prices.toml")))
    assert cost_of(steps, [100, 101], 0) == Decimal(100 + 101 * 2) / 1_000_000


@pytest.mark.parametrize(("prompts", "cost"), [([100], Decimal("0.0001")), ([100, 100], None)])
def test_without_a_known_reply_only_this_prompt_has_a_cost(prompts: list[int], cost: Decimal | None) -> None:
    assert cost_of(STEPS, prompts, None) == cost
