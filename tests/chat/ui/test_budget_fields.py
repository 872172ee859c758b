"""Amounts that a person types for a budget, and what is said of them."""

from decimal import Decimal

import pytest

from chat.providers import NotSent
from chat.ui.settings_panel import note_html, read_amount, shown_amount
from usage.budgets import Limit

OWN = Limit(Decimal("2.00"), "day", "own")
GIVEN = Limit(Decimal("1.00"), "day", "all")


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_nothing_typed_is_no_budget(text: str | None) -> None:
    assert read_amount("Daily budget", text) is None


@pytest.mark.parametrize(
    ("text", "usd"),
    [
        ("5", "5"),
        (" 0.50 ", "0.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0,5", "0.5"),
        ("12,50", "12.50"),
        ("$5", "5"),
        ("$ 0.25", "0.25"),
        ("0", "0"),
        ("0.000001", "0.000001"),
        ("999999999", "999999999"),
    ],
)
def test_an_amount_is_read_to_its_last_digit(text: str, usd: str) -> None:
    assert read_amount("Daily budget", text) == Decimal(usd)


@pytest.mark.parametrize(
    "text",
    [
        *("lots", "-1", "+1", "1e3", "nan", "inf", "5 EUR", "€5", "0x10", "٥"),
        *("$", ".", ",", "1.2.3", "1 000"),
        *("1,000", "1,000.50", "0.0000001", "1000000000"),
    ],
)
def test_any_other_text_is_refused_and_says_what_is_expected(text: str) -> None:
    with pytest.raises(NotSent) as refused:
        read_amount("Daily budget", text)
    assert str(refused.value) == (
        f"Daily budget is “{text}” in the settings: expected an amount in USD such as 5 or 0.50, or nothing."
    )


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (None, ""),
        ("5", "5.00"),
        ("0", "0.00"),
        ("0.5", "0.50"),
        ("1234.5", "1234.50"),
        ("0.000001", "0.000001"),
        ("1.250000", "1.25"),
    ],
)
def test_an_amount_is_shown_so_that_it_can_be_read_again(usd: str | None, shown: str) -> None:
    amount = None if usd is None else Decimal(usd)
    assert shown_amount(amount) == shown
    assert read_amount("Daily budget", shown) == amount


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
