import pytest

from usage.units.tokens import TokenUsage


def test_counts_that_are_not_known_stay_none() -> None:
    usage = TokenUsage(input=10)
    assert (usage.input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning) == (
        10,
        None,
        None,
        None,
        None,
    )


def test_parts_may_fill_the_whole_of_the_input() -> None:
    assert TokenUsage(input=10, cached_input=7, cache_write=3).input == 10


def test_parts_cannot_be_more_than_the_input() -> None:
    with pytest.raises(
        ValueError, match=r"^cached input and cache write tokens \(11\) cannot be more than the total"
    ):
        TokenUsage(input=10, cached_input=7, cache_write=4)


def test_reasoning_may_fill_the_whole_of_the_output() -> None:
    assert TokenUsage(output=5, reasoning=5).reasoning == 5


def test_reasoning_cannot_be_more_than_the_output() -> None:
    with pytest.raises(ValueError, match=r"^reasoning tokens \(6\) cannot be more than the total \(5\)$"):
        TokenUsage(output=5, reasoning=6)


def test_a_part_may_be_known_when_its_whole_is_not() -> None:
    assert TokenUsage(cached_input=7).cached_input == 7


@pytest.mark.parametrize("name", ["input", "cached_input", "cache_write", "output", "reasoning"])
def test_no_count_is_negative(name: str) -> None:
    assert TokenUsage(**{name: 0}) == TokenUsage(**{name: 0})
    with pytest.raises(ValueError, match=f"^{name} tokens cannot be negative: -1$"):
        TokenUsage(**{name: -1})


@pytest.mark.parametrize("name", ["input", "cached_input", "cache_write", "output", "reasoning"])
def test_no_count_is_more_than_a_row_can_hold(name: str) -> None:
    assert getattr(TokenUsage(**{name: 10**12 - 1}), name) == 10**12 - 1
    with pytest.raises(ValueError, match=f"^{name} tokens cannot be that many: 1000000000000$"):
        TokenUsage(**{name: 10**12})
