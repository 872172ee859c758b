"""The chart of cost by day and model."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from usage.reports import cost_chart
from usage.reports.questions.usage_by import ModelDay

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
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


async def test_a_model_keeps_its_colour_when_others_are_not_shown() -> None:
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
