"""The chart of this month against a subscription."""

from datetime import date
from decimal import Decimal

import pytest

from usage.reports import month_chart


def november(*costs: str) -> list[tuple[date, Decimal]]:
    """What November had cost by the end of each of its first days."""
    return [(date(2026, 11, day), Decimal(cost)) for day, cost in enumerate(costs, start=1)]


def test_the_cost_so_far_goes_on_at_its_rate_below_the_price() -> None:
    html = month_chart(november("1", "1", "2"), Decimal(20))
    assert '<polyline class="so-far" points="0,100.000 1,95.000 2,95.000 3,90.000"/>' in html
    assert '<polyline class="ahead" points="3,90.000 30,0.000"/>' in html
    assert '<polyline class="price" points="0,0.000 30,0.000"/>' in html
    assert "<title>2026-11-03: $2.00 so far</title>" in html
    assert '<span style="bottom:100%">$20.00</span>' in html
    assert "Subscription $20.00" in html


def test_a_dear_month_goes_beyond_the_price() -> None:
    html = month_chart(november("10"), Decimal(20))
    assert '<polyline class="price" points="0,95.000 30,95.000"/>' in html
    assert '<polyline class="ahead" points="1,97.500 30,25.000"/>' in html


def test_a_month_that_cost_nothing_has_a_line_too() -> None:
    html = month_chart(november("0", "0"), Decimal(0))
    assert '<polyline class="so-far" points="0,100.000 1,100.000 2,100.000"/>' in html


@pytest.mark.parametrize(("first", "days"), [(date(2026, 2, 1), 28), (date(2026, 12, 1), 31)])
def test_the_month_is_as_long_as_it_is(first: date, days: int) -> None:
    html = month_chart([(first, Decimal(1))], Decimal(20))
    assert f'viewBox="0 0 {days} 100"' in html
    assert f"{first:%b} 22</span>" in html
