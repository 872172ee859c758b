"""Amounts that a person types for a budget, and what is said of them."""

from decimal import Decimal

import pytest

from chat.providers import NotSent
from chat.ui.settings_panel import note_html, read_amount
from usage.budgets import Limit

OWN = Limit(Decimal("2.00"), "day", "own")
GIVEN = Limit(Decimal("1.00"), "day", "all")


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_nothing_typed_is_no_budget(text: str | None) -> None:
    assert read_amount("Daily budget", text) is None


def test_an_amount_is_read_as_everywhere() -> None:
    assert read_amount("Daily budget", " $12,50 ") == Decimal("12.50")


def test_what_is_no_amount_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(NotSent) as refused:
        read_amount("Daily budget", "1,000")
    assert str(refused.value) == (
        "Daily budget is “1,000” in the settings: expected 1000 or 1.000, as a comma could mean either."
    )


def test_with_budgets_of_ones_own_alone_there_is_nothing_to_say() -> None:
    assert note_html((OWN, Limit(Decimal(1), "ever", "conversation"))) == ""
    assert note_html(()) == ""


def test_budgets_that_were_given_are_named_with_whom_they_bind() -> None:
    person = Limit(Decimal(20), "month", "person")
    assert note_html((GIVEN, person)) == (
        '<p aria-live="polite">Tally is set up to allow $1.00 a day for all together and '
        "$20.00 a month for each person; the lowest budget decides.</p>"
    )


@pytest.mark.parametrize(
    ("usd", "period", "has_effect"),
    [
        ("1.000001", "day", False),
        ("1.00", "day", True),
        ("0.999999", "day", True),
        ("5.00", "month", True),
    ],
)
def test_an_own_budget_above_a_given_one_of_its_period_has_no_effect(
    usd: str, period: str, has_effect: bool
) -> None:
    own = Limit(Decimal(usd), "day" if period == "day" else "month", "own")
    assert ("has no effect" in note_html((GIVEN, own))) is not has_effect


def test_the_lowest_of_the_given_budgets_is_the_reason() -> None:
    lower = Limit(Decimal("0.50"), "day", "person")
    said = note_html((GIVEN, lower, OWN))
    assert (
        "Your own daily budget of $2.00 has no effect: the daily budget of $0.50 for each person is lower. "
    ) in said


def test_what_cannot_be_read_goes_before_all_else_and_cannot_change_the_page() -> None:
    said = note_html((GIVEN, OWN), "Daily budget is “<b>”")
    assert said == '<p class="over" role="alert">Daily budget is “&lt;b&gt;”</p>'
