"""The charts: cost by day and model, and this month against a subscription."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from usage.reports import cost_chart, month_chart
from usage.reports.questions.usage_by import ModelDay

EVIL = "<img src=x onerror=alert(1)>\"'"


def chart_of(costs: Sequence[tuple[str, str, str]], models: Sequence[str], first: date, last: date) -> str:
    return cost_chart(
        [ModelDay(day, model, Decimal(cost)) for day, model, cost in costs], models, first, last
    )


def test_the_chart_stacks_models_and_tells_amounts() -> None:
    html = chart_of(
        [("2026-11-21", "a", "1"), ("2026-11-21", EVIL, "0.5")],
        ["a", EVIL],
        date(2026, 11, 20),
        date(2026, 11, 22),
    )
    assert "<img" not in html
    assert 'viewBox="0 0 3 100"' in html
    assert (
        "<g><title>2026-11-21: $1.50\na: $1.00\n&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;: $0.50</title>"
        '<rect class="usage-hover" x="1" y="0" width="1" height="100"/>'
        '<rect x="1.12" y="50.000" width=".76" height="50.000" fill="#4c7ecf"/>'
        '<rect x="1.12" y="25.000" width=".76" height="25.000" fill="#cf7526"/></g>'
    ) in html
    assert '<span style="bottom:100%">$2.00</span>' in html


def test_a_model_keeps_its_colour_when_others_are_not_shown() -> None:
    day = date(2026, 11, 21)
    html = chart_of([("2026-11-21", "b", "1")], ["a", "b"], day, day)
    assert 'fill="#cf7526"' in html
    assert "#4c7ecf" not in html


@pytest.mark.parametrize(
    ("first", "unit", "bars"),
    [
        (date(2026, 8, 15), "day", 100),
        (date(2026, 8, 14), "week", 15),
        (date(2024, 11, 11), "week", 106),
        (date(2024, 11, 10), "month", 25),
    ],
)
def test_many_days_become_weeks_and_then_months(first: date, unit: str, bars: int) -> None:
    html = chart_of([("2026-11-21", "a", "1")], ["a"], first, date(2026, 11, 22))
    assert f"<figcaption>Cost by {unit} and model</figcaption>" in html
    assert f'viewBox="0 0 {bars} 100"' in html


def test_no_cost_is_no_chart() -> None:
    day = date(2026, 11, 21)
    assert chart_of([], [], day, day) == ""
    assert chart_of([("2026-11-21", "a", "0")], ["a"], day, day) == ""


def november(*costs: str) -> list[tuple[date, Decimal]]:
    """Return what November had cost by the end of each of its first days."""
    return [(date(2026, 11, day), Decimal(cost)) for day, cost in enumerate(costs, start=1)]


@pytest.mark.parametrize(
    ("costs", "price", "shown"),
    [
        (
            ("1", "1", "2"),
            20,
            [
                '<polyline class="so-far" points="0,100.000 1,95.000 2,95.000 3,90.000"/>',
                '<polyline class="ahead" points="3,90.000 30,0.000"/>',
                '<polyline class="price" points="0,0.000 30,0.000"/>',
                "<title>2026-11-03: $2.00 so far</title>",
                '<span style="bottom:100%">$20.00</span>',
                "Subscription $20.00",
            ],
        ),
        (  # a dear month goes beyond the price
            ("10",),
            20,
            [
                '<polyline class="price" points="0,95.000 30,95.000"/>',
                '<polyline class="ahead" points="1,97.500 30,25.000"/>',
            ],
        ),
        (("0", "0"), 0, ['<polyline class="so-far" points="0,100.000 1,100.000 2,100.000"/>']),
    ],
)
def test_the_cost_so_far_goes_on_at_its_rate(costs: tuple[str, ...], price: int, shown: list[str]) -> None:
    html = month_chart(november(*costs), Decimal(price))
    assert [text for text in shown if text not in html] == []


@pytest.mark.parametrize(("first", "days"), [(date(2026, 2, 1), 28), (date(2026, 12, 1), 31)])
def test_the_month_is_as_long_as_it_is(first: date, days: int) -> None:
    html = month_chart([(first, Decimal(1))], Decimal(20))
    assert f'viewBox="0 0 {days} 100"' in html
    assert f"{first:%b} 22</span>" in html
