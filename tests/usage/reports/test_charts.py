"""The charts: cost by a grouping and model, and this month against a subscription."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from usage.reports import ChatNames, cost_chart, month_chart
from usage.reports.questions.usage_by import ModelCost
from usage.units import Days

EVIL = "<img src=x onerror=alert(1)>\"'"
THREE_DAYS = Days(date(2026, 11, 20), date(2026, 11, 22))


def chart_of(
    costs: Sequence[tuple[str, str, str]], models: Sequence[str], days: Days = THREE_DAYS, by: str = "day"
) -> str:
    found = [ModelCost(group, model, Decimal(cost)) for group, model, cost in costs]
    return cost_chart(by, found, models, ChatNames({"chat-1": f"SQL {EVIL}"}), days)


def test_the_chart_stacks_models_and_each_bar_opens_its_day() -> None:
    html = chart_of([("2026-11-21", "a", "1"), ("2026-11-21", EVIL, "0.5")], ["a", EVIL])
    assert "<img" not in html
    assert 'viewBox="0 0 3 100"' in html
    assert (
        '<a href="?view=overview&amp;period=2026-11-21..2026-11-21&amp;by=conversation" tabindex="0" '
        'aria-label="Nov 21, 2026: $1.50, a: $1.00, &lt;img src=x onerror=alert(1)&gt;&quot;&#x27;: $0.50">'
        "<title>Nov 21, 2026: $1.50\na: $1.00\n&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;: $0.50</title>"
        '<rect class="usage-hover" x="1" y="0" width="1" height="100"/>'
        '<rect x="1.12" y="33.333" width=".76" height="66.667" fill="#4c7ecf"/>'
        '<rect x="1.12" y="0.000" width=".76" height="33.333" fill="#cf7526"/></a>'
    ) in html


def test_a_model_keeps_its_colour_when_others_are_not_shown() -> None:
    for by in ("day", "hour", "model", "purpose"):
        html = chart_of([("2026-11-21" if by == "day" else "08", "b", "1")], ["a", "b"], by=by)
        assert "#cf7526" in html
        assert "#4c7ecf" not in html


@pytest.mark.parametrize(
    ("by", "first", "unit", "bars", "opens"),
    [
        ("day", date(2026, 8, 15), "day", 100, "2026-11-21..2026-11-21&amp;by=conversation"),
        ("day", date(2026, 8, 14), "week", 15, "2026-11-16..2026-11-22&amp;by=day"),
        ("day", date(2024, 11, 11), "week", 106, "2026-11-16..2026-11-22&amp;by=day"),
        ("day", date(2024, 11, 10), "month", 25, "2026-11-01..2026-11-22&amp;by=day"),
        ("week", date(2026, 11, 18), "week", 1, "2026-11-18..2026-11-22&amp;by=day"),
        ("month", date(2026, 11, 20), "month", 1, "2026-11-20..2026-11-22&amp;by=day"),
    ],
)
def test_bars_are_days_weeks_or_months_as_asked_and_as_there_is_room(
    by: str, first: date, unit: str, bars: int, opens: str
) -> None:
    costs = [(str(first), "a", "0"), ("2026-11-21", "a", "1")]
    html = chart_of(costs, ["a"], Days(first, date(2026, 11, 22)), by)
    assert f"<figcaption>Cost by {unit} and model</figcaption>" in html
    assert f'viewBox="0 0 {bars} 100"' in html
    assert f"period={opens}" in html


def test_a_week_is_labelled_by_its_first_day_and_told_with_all_of_them() -> None:
    html = chart_of([("2026-11-21", "a", "1")], ["a"], Days(date(2026, 11, 4), date(2026, 11, 22)), "week")
    assert re.findall('cqw">(.*?)</span>', html) == ["Nov 4, 2026", "Nov 9, 2026", "Nov 16, 2026"]
    assert "<title>Nov 16 – Nov 22, 2026: $1.00" in html


def test_a_distant_first_day_adds_no_bars_before_the_first_cost() -> None:
    distant = Days(date(2, 1, 1), date(2026, 11, 22))
    assert 'viewBox="0 0 2 100"' in chart_of([("2026-11-21", "a", "1")], ["a"], distant)
    ages = chart_of([("0002-01-01", "a", "1"), ("2026-11-21", "a", "1")], ["a"], distant)
    assert f'viewBox="0 0 {2024 * 12 + 11} 100"' in ages


def test_the_hours_of_the_day_are_bars_that_open_nothing() -> None:
    html = chart_of([("08", "a", "1")], ["a"], by="hour")
    assert 'viewBox="0 0 24 100"' in html
    assert "<a><title>08:00: $1.00" in html
    assert "<a " not in html


def test_other_groups_lie_the_longest_first_and_beyond_a_dozen_only_their_sum_is_told() -> None:
    costs = [(f"chat-{place}", "a", str(place)) for place in range(15)] + [("chat-1", "b", "20")]
    html = chart_of(costs, ["a", "b"], by="conversation")
    assert "<figcaption>Cost by chat and model</figcaption>" in html
    names = re.findall(r'class="usage-name">(.*?)</span>', html)
    assert names[0] == '<a href="?c=chat-1">SQL &lt;img src=x onerror=alert(1)&gt;&quot;&#x27;</a>'
    assert (names[1], names[-1], len(names)) == ("Deleted chat chat-14", "2 more", 13)
    assert html.count('<span class="usage-sum">$5.00</span></li></ol>') == 1
    assert '<i style="width:95.238%;background:#cf7526"></i>' in html


@pytest.mark.parametrize(
    ("most", "axis"),
    [
        ("2.2118", ["$0.50", "$1.00", "$1.50", "$2.00", "$2.50"]),
        ("9.2508", ["$2.50", "$5.00", "$7.50", "$10.00"]),
        ("1.01", ["$0.20", "$0.40", "$0.60", "$0.80", "$1.00", "$1.20"]),
        ("0.167", ["$0.05", "$0.10", "$0.15", "$0.20"]),
        ("0.0000017", ["$0.0000005", "$0.000001", "$0.0000015", "$0.000002"]),
        ("20", ["$5.00", "$10.00", "$15.00", "$20.00"]),
        ("2211.81", ["$500.00", "$1,000.00", "$1,500.00", "$2,000.00", "$2,500.00"]),
    ],
)
def test_the_axis_ends_close_above_the_largest_bar_and_reads_as_it_is(most: str, axis: list[str]) -> None:
    html = chart_of([("2026-11-21", "a", most)], ["a"])
    assert re.findall(r'<span style="bottom:[\d.]+%">(.*?)</span>', html) == axis


def test_no_cost_is_no_chart() -> None:
    assert chart_of([], []) == ""
    assert chart_of([("2026-11-21", "a", "0")], ["a"]) == ""


@pytest.mark.parametrize("by", ["day", "hour", "model"])
def test_a_correction_below_zero_alone_is_no_chart_and_beside_costs_no_bar(by: str) -> None:
    first, second = {"day": ("2026-11-21", "2026-11-22"), "hour": ("08", "09"), "model": ("a", "b")}[by]
    assert chart_of([(first, "a", "-0.5")], ["a"], by=by) == ""
    html = chart_of([(first, "a", "-0.5"), (second, "a", "1")], ["a"], by=by)
    assert "$1.00" in html
    assert "0.50" not in re.sub("bottom:[^<]*", "", html)


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
                "<title>Nov 3, 2026: $2.00 so far</title>",
                '<span style="bottom:100%">$20.00</span>',
                "Subscription $20.00",
            ],
        ),
        (  # a dear month goes beyond the price
            ("10",),
            20,
            [
                '<polyline class="price" points="0,93.333 30,93.333"/>',
                '<polyline class="ahead" points="1,96.667 30,0.000"/>',
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
