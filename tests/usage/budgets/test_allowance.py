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
    WORST,
    budgets,
    planned,
    reserve,
)
from usage.budgets import BudgetExceeded, Limit, Reservation
from usage.budgets.allowance import SHORTEST_USEFUL_REPLY_TOKENS
from usage.forecast import WorstCase
from usage.forecast.worst_case import LONGEST_REPLY_TOKENS

ANEW = "It resets on Nov 23, 2026 at 00:00 (UTC)."


def test_what_is_set_aside_names_its_call() -> None:
    wanted = planned(500)
    expected = Reservation(replace(wanted.call, most_output_tokens=500), Decimal("0.006"))
    assert budgets().reserve(wanted) == expected


LONGEST = LONGEST_REPLY_TOKENS
FREE_REPLY = replace(WORST, output_usd_per_mtok=Decimal(0))


def left_for(reply_tokens: int) -> Decimal:
    """Return what may be spent before so that a prompt and this much of a reply still fit."""
    return DAILY.usd - PROMPT_USD - reply_tokens * PER_TOKEN


def with_room(tokens: int) -> WorstCase:
    return replace(WORST, room_tokens=tokens)


@pytest.mark.parametrize(
    ("limit_usd", "spent", "wanted", "worst", "tokens"),
    [
        # A reply of any length is taken for the longest and told to keep to that. Below 1, some servers take
        # a length for endless.
        *((100, 0, wanted, WORST, LONGEST) for wanted in (None, 0, -1)),
        (100, 0, LONGEST + 1, WORST, LONGEST + 1),
        # No reply is longer than the model's context has room for.
        *((100, 0, None, with_room(room), tokens) for room, tokens in ((1000, 1000), (0, 1), (-5, 1))),
        (100, 0, None, with_room(10**6), LONGEST),
        (100, 0, 5, with_room(1000), 5),
        (100, 0, 5, with_room(0), 1),
        # It is shortened to what is left; no part of a token is set aside.
        *(("0.10", 0, wanted, WORST, 9900) for wanted in (None, 0, -1, 9901, 9900)),
        ("0.10", PICODOLLAR, None, WORST, 9899),
        # The shortest useful reply still fits, and a shorter one that is wanted needs no more.
        ("0.10", left_for(SHORTEST_USEFUL_REPLY_TOKENS), None, WORST, SHORTEST_USEFUL_REPLY_TOKENS),
        ("0.10", left_for(5), 5, WORST, 5),
        # What is free goes on when all is spent; a free reply needs money for its prompt only.
        ("0.10", 99, None, FREE, None),
        ("0.10", left_for(0), None, FREE_REPLY, None),
        ("1e30", 0, None, WORST, LONGEST),
    ],
)
def test_a_reply_may_be_as_long_as_fits(
    limit_usd: str, spent: Decimal, wanted: int | None, worst: WorstCase, tokens: int | None
) -> None:
    one = budgets(str(spent), [Limit(Decimal(limit_usd), "day")])
    assert reserve(one, wanted, worst=worst) == (worst.cost(tokens or 0), tokens)


@pytest.mark.parametrize(
    ("spent", "wanted", "worst"),
    [
        (left_for(SHORTEST_USEFUL_REPLY_TOKENS), None, WORST),
        (left_for(5), 5, WORST),
        (left_for(0), None, FREE_REPLY),
    ],
)
def test_what_is_a_picodollar_too_dear_is_refused(
    spent: Decimal, wanted: int | None, worst: WorstCase
) -> None:
    with pytest.raises(BudgetExceeded):
        reserve(budgets(spent + PICODOLLAR), wanted, worst=worst)


def test_a_shortened_reply_says_what_is_left_and_one_that_fits_says_nothing() -> None:
    shortened = budgets("0.08").reserve(planned())
    assert shortened.note == (
        "The daily budget of $0.10 has $0.02 left, so this reply is limited to 1,900 tokens."
    )
    assert budgets("0.08").reserve(planned(1900)).note == ""
    assert budgets(limits=[Limit(Decimal(100), "day")]).reserve(planned()).note == ""


@pytest.mark.parametrize(
    ("spent", "rest"),
    [
        ("0.0995", "$0.0005 left ($0.10 spent)"),
        ("0.10", "nothing left ($0.10 spent)"),
        ("0.12", "nothing left ($0.12 spent)"),
    ],
)
def test_a_refusal_has_the_figures_and_the_time_the_budget_starts_again(spent: str, rest: str) -> None:
    with pytest.raises(BudgetExceeded) as caught:
        reserve(budgets(spent))
    assert str(caught.value) == (
        f"The daily budget of $0.10 has {rest}, and this message may cost $0.0016 even with a short reply. "
        f"{ANEW}"
    )


def test_a_refusal_says_what_replies_under_way_have_set_aside() -> None:
    shared = budgets("0.02")
    reserve(shared, wanted=7000)
    with pytest.raises(BudgetExceeded, match=r"\$0.009 left \(\$0.02 spent, \$0.07 set aside for replies"):
        shared.reserve(planned(worst=replace(WORST, prompt_usd=Decimal("0.01"))))


@pytest.mark.parametrize(
    ("limit", "way_out"),
    [
        (replace(DAILY, period="month"), "resets on Dec 1, 2026 at 00:00 (Europe/Lisbon)."),
        (replace(DAILY, scope="person"), "resets on Nov 23, 2026 at 00:00 (Europe/Lisbon)."),
        (OWN, "resets on Nov 23, 2026 at 00:00 (Europe/Lisbon). You can raise it under Settings."),
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
