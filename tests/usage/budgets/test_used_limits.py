from decimal import Decimal

import pytest

from usage.budgets.limits import Level, Limit, UsedLimit, crossed_by, most_used

DAILY = Limit(Decimal("1.00"), "day")
MONTHLY = Limit(Decimal("20.00"), "month")


def used(spent: str, limit: Limit = DAILY) -> UsedLimit:
    """A limit of which so much is spent."""
    return UsedLimit(limit, Decimal(spent))


@pytest.mark.parametrize(
    ("spent", "percent", "level"),
    [
        ("0", 0, "fine"),
        ("0.499999999999", 49, "fine"),
        ("0.5", 50, "half"),
        ("0.799999999999", 79, "half"),
        ("0.8", 80, "near"),
        ("0.999999999999", 99, "near"),
        ("1", 100, "spent"),
        ("1.5", 150, "spent"),
    ],
)
def test_there_are_warnings_at_50_80_and_100_percent(spent: str, percent: int, level: Level) -> None:
    assert (used(spent).percent, used(spent).level) == (percent, level)


@pytest.mark.parametrize(
    ("spent", "warning"),
    [
        ("0.49", ""),
        ("0.50", "50 % of the daily budget of $1.00 is spent."),
        ("0.99", "99 % of the daily budget of $1.00 is spent."),
        ("1.00", "The daily budget of $1.00 is spent."),
    ],
)
def test_a_warning_is_one_sentence(spent: str, warning: str) -> None:
    assert used(spent).warning == warning


def test_a_budget_of_nothing_is_spent_from_the_start() -> None:
    nothing = used("0", Limit(Decimal(0), "day"))
    assert (nothing.level, nothing.warning) == ("spent", "The daily budget of $0.00 is spent.")


def test_the_limit_that_is_used_most_is_the_one_to_show() -> None:
    assert most_used([used("0.10"), used("19", MONTHLY), used("0.90")]) == used("19", MONTHLY)
    assert most_used([]) is None


@pytest.mark.parametrize(
    ("spent", "cost", "crosses"),
    [
        ("0.80", "0.000001", True),
        ("0.80", "0.40", True),
        ("0.81", "0.01", False),
        ("0.81", "0.010001", True),
        ("0.79", "0.29", False),
        ("0.49", "0.49", False),
        ("1.20", "0.20", False),
        ("1.20", "0.200001", True),
        ("0.80", "0", False),
        ("0.80", None, False),
    ],
)
def test_a_threshold_is_crossed_by_one_call_only(spent: str, cost: str | None, crosses: bool) -> None:
    found = crossed_by(None if cost is None else Decimal(cost), [used(spent)])
    assert found == (used(spent) if crosses else None)


def test_of_several_limits_that_a_call_took_over_a_threshold_the_most_used_is_told() -> None:
    crossed = [used("0.55"), used("16.1", MONTHLY), used("9", DAILY)]
    assert crossed_by(Decimal("0.2"), crossed) == used("16.1", MONTHLY)
