import pytest

from usage.units.tokens import TokenUsage

COUNTS = ("input", "cached_input", "cache_write", "output", "reasoning")


@pytest.mark.parametrize(
    "given",
    [
        {"input": 10},
        {"input": 10, "cached_input": 7, "cache_write": 3},
        {"output": 5, "reasoning": 5},
        {"cached_input": 7},
        *({name: 0} for name in COUNTS),
        *({name: 10**12 - 1} for name in COUNTS),
    ],
)
def test_counts_that_are_not_known_stay_none_and_parts_may_fill_the_whole(given: dict[str, int]) -> None:
    usage = TokenUsage(**given)
    assert {name: getattr(usage, name) for name in COUNTS} == dict.fromkeys(COUNTS) | given


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"input": 10, "cached_input": 7, "cache_write": 4},
            r"cached input and cache write tokens \(11\) cannot be more than the total \(10\)",
        ),
        ({"output": 5, "reasoning": 6}, r"reasoning tokens \(6\) cannot be more than the total \(5\)"),
        *(({name: -1}, f"{name} tokens cannot be negative: -1") for name in COUNTS),
        *(({name: 10**12}, f"{name} tokens cannot be that many: 1000000000000") for name in COUNTS),
    ],
)
def test_counts_that_no_call_can_have_are_refused(given: dict[str, int], reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        TokenUsage(**given)
