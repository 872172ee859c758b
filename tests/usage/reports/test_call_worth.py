"""What history cost and the cache saved, call by call, at the edges of what is known."""

import random
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from usage.reports.call_batch import RATE_COLUMNS, TOKEN_COLUMNS
from usage.reports.call_worth import history_cost, saved_by_cache

# input, cached, written, output, reasoning, estimated, history
TOKENS = (1234, 1000, 0, 400, 100, 1240, 1100)
RATES = (100_000, 10_000, 125_000)  # picodollars a token
ONE = 1_000_000  # picodollars a token at 1 USD per million


def history(tokens: tuple[int, ...], rates: tuple[int, ...] = RATES) -> int:
    return int(history_cost(np.array([tokens]), np.array([rates]))[0])


def saved(tokens: tuple[int, ...], rates: tuple[int, ...] = RATES) -> int:
    return int(saved_by_cache(np.array([tokens]), np.array([rates]))[0])


def changed(**counts: int) -> tuple[int, ...]:
    """TOKENS with these counts."""
    return tuple(
        counts.get(name.removesuffix("_tokens"), count)
        for name, count in zip(TOKEN_COLUMNS, TOKENS, strict=True)
    )


def test_the_order_of_columns_is_the_one_it_counts_on() -> None:
    assert [TOKEN_COLUMNS[place] for place in (0, 1, 2, 5, 6)] == [
        "input_tokens",
        "cached_input_tokens",
        "cache_write_tokens",
        "estimated_input_tokens",
        "history_tokens",
    ]
    assert [name.removesuffix("_usd_per_mtok") for name in RATE_COLUMNS] == [
        "input",
        "cached_input",
        "cache_write",
    ]


def test_history_is_the_share_that_was_counted_cached_tokens_first() -> None:
    assert history(TOKENS) == 1000 * 10_000 + 95 * 100_000
    assert history(changed(cached_input=2000)) == 1095 * 10_000
    assert history(changed(cached_input=-1)) == 1095 * 100_000
    assert history(TOKENS, (100_000, -1, 125_000)) == 1095 * 100_000


def test_half_a_token_is_rounded_up() -> None:
    assert history(changed(input=1, cached_input=0, estimated_input=2, history=1)) == 100_000
    assert history(changed(input=1, cached_input=0, estimated_input=1001, history=500)) == 0


def test_without_history_it_is_nothing_and_all_history_is_the_whole_input() -> None:
    assert history(changed(history=0)) == 0
    assert history(changed(history=1240)) == 1000 * 10_000 + 234 * 100_000


@pytest.mark.parametrize(
    ("tokens", "rates"),
    [
        (changed(input=-1), RATES),
        (changed(estimated_input=-1), RATES),
        (changed(estimated_input=0, history=0), RATES),
        (changed(history=-1), RATES),
        (changed(history=1241), RATES),
        (TOKENS, (-1, 10_000, 125_000)),
        (changed(input=2**30), RATES),
        (changed(estimated_input=2**30), RATES),
        (TOKENS, (2**32, 10_000, 125_000)),
    ],
)
def test_history_is_unknown_where_what_it_rests_on_is(
    tokens: tuple[int, ...], rates: tuple[int, ...]
) -> None:
    assert history(tokens, rates) == -1


def test_saved_is_what_the_cache_made_cheaper_less_what_writing_cost_more() -> None:
    assert saved(TOKENS) == 1000 * 90_000
    assert saved(changed(cached_input=100, cache_write=200)) == 100 * 90_000 - 200 * 25_000
    assert saved(changed(cached_input=0, cache_write=200)) == -200 * 25_000


@pytest.mark.parametrize(
    ("tokens", "rates"),
    [
        (changed(cached_input=-1, cache_write=-1), RATES),
        (TOKENS, (-1, 10_000, 125_000)),
        (TOKENS, (100_000, -1, 125_000)),
        (changed(cached_input=0, cache_write=200), (100_000, 10_000, -1)),
        (changed(input=2**30), RATES),
        (changed(cached_input=2**30), RATES),
    ],
)
def test_nothing_is_saved_where_what_it_rests_on_is_unknown(
    tokens: tuple[int, ...], rates: tuple[int, ...]
) -> None:
    assert saved(tokens, rates) == 0


def test_the_largest_calls_fit_64_bits() -> None:
    most, dearest = 2**30 - 1, 2**32 - 1
    tokens = changed(input=most, cached_input=0, estimated_input=most, history=most)
    assert history(tokens, (dearest, 0, 0)) == most * dearest
    assert saved(changed(input=most, cached_input=most), (dearest, 0, 0)) == most * dearest
    assert saved(changed(input=most, cache_write=most, cached_input=0), (0, 0, dearest)) == -most * dearest


def test_many_calls_are_each_what_exact_arithmetic_has() -> None:
    chance = random.Random(5)  # noqa: S311
    tokens, rates, expected = [], [], []
    for _ in range(3000):
        sent, estimated = chance.randrange(2**30), chance.randrange(1, 2**30)
        cached, old = chance.randrange(sent + 1), chance.randrange(estimated + 1)
        rate, cached_rate = chance.randrange(2**32), chance.randrange(2**32)
        tokens.append((sent, cached, 0, 1, 0, estimated, old))
        rates.append((rate, cached_rate, 0))
        share = int((Decimal(old) * sent / estimated).quantize(Decimal(1), ROUND_HALF_UP))
        expected.append(min(share, cached) * cached_rate + (share - min(share, cached)) * rate)
    assert history_cost(np.array(tokens), np.array(rates)).tolist() == expected
