"""What the sidebar says of money spent and of the limits on it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import gradio as gr
import pytest

from chat.conversation import Turn
from chat.ui.spend import cost_of_chat, spend_html, tell_crossed
from tests.helpers.fakes import TURN
from tests.helpers.ledger_entries import an_entry
from usage.budgets import Limit, Scope, UsedLimit
from usage.reports import Spend, Totals
from usage.units import Currency, Period


def spend(today: str = "0", month: str = "0", conversation: str = "0") -> Spend:
    """What so much known cost is."""
    return Spend(*(Totals(cost_usd=Decimal(usd)) for usd in (today, month, conversation)))


def used(spent: str, usd: str = "1.00", period: Period = "day", scope: Scope = "own") -> UsedLimit:
    """A limit of which so much is spent."""
    return UsedLimit(Limit(Decimal(usd), period, scope), Decimal(spent))


def shown(spend: Spend, used: Sequence[UsedLimit], user: str = "local") -> str:
    return spend_html(spend, used, user, may_price=True)


def limits_in(html: str) -> list[tuple[str, str, str]]:
    """Of each limit shown: its class, how far the bar is filled, and the words beside it."""
    return re.findall(
        r'<dd class="limit (\w+)">.*?aria-valuenow="(\d+)"><i style="width: \2%"></i></span>'
        r"<small>(.*?)</small>",
        html,
    )


def test_without_limits_there_are_three_figures_and_nothing_else() -> None:
    html = shown(spend("0.370000000000", "4.12", "0.004125"), ())
    assert re.findall(r'<dd data-exact="(.*?)" title="(.*?)"><span>(.*?)</span></dd>', html) == [
        ("0.004125", "$0.004125", "$0.0041"),
        ("0.37", "$0.37", "$0.37"),
        ("4.12", "$4.12", "$4.12"),
    ]
    assert limits_in(html) == []
    assert "<p" not in html


@pytest.mark.parametrize(
    ("of_shown", "said"),
    [
        (None, []),
        (Totals(cost_usd=Decimal("0.042")), []),
        (Totals(cost_usd=Decimal("0.031")), ['shown here: <span title="$0.031">$0.03</span>']),
        (Totals(), ['shown here: <span title="$0.00">free</span>']),
        (
            Totals(cost_usd=Decimal("0.042"), unknown_price_calls=1),
            ['shown here: <span title="$0.042">$0.04 + 1 unknown</span>'],
        ),
    ],
)
def test_a_chat_says_what_the_versions_that_are_shown_cost_where_others_cost_too(
    of_shown: Totals | None, said: list[str]
) -> None:
    html = shown(replace(spend(conversation="0.042"), shown=of_shown), ())
    assert re.findall(r'<small class="quiet shown" title="[^"]*">(.*?)</small>', html) == said


def test_each_figure_has_a_line_in_the_readers_currency_that_says_its_rate() -> None:
    totals = Totals(cost_usd=Decimal("0.37"), estimated_usd=Decimal("0.01"))
    euro = Currency("EUR", Decimal("0.9"))
    html = spend_html(replace(spend(month="4.12"), today=totals), (), "local", may_price=True, currency=euro)
    assert re.findall(r'</span><small class="quiet" title="(.*?)">(.*?)</small></dd>', html) == [
        (euro.note, "≈ EUR 0.33"),
        (euro.note, "EUR 3.71"),
    ]


def test_it_says_whose_figures_they_are_where_there_are_several_people() -> None:
    names = {user: re.findall("<dt>(.*?)</dt>", shown(spend(), (), user)) for user in ("local", "ann")}
    assert names == {
        "local": ["This chat", "Today", "This month"],
        "ann": ["This chat", "You today", "You this month"],
    }


def test_the_owner_reads_what_all_have_spent_today_where_that_is_known() -> None:
    def rows(spend: Spend) -> list[str]:
        return re.findall("<dt>(.*?)</dt><dd.*?><span>(.*?)</span>", shown(spend, (), "ann"))

    alone = spend("0.10", "4.12")
    assert rows(replace(alone, everyone_today=Totals(cost_usd=Decimal("0.30")))) == [
        *rows(alone),
        ("Everyone today", "$0.30"),
    ]


@pytest.mark.parametrize(
    ("totals", "text"),
    [
        (Totals(calls=1, cost_usd=Decimal("0.004125")), '<span title="$0.004125">$0.0041</span>'),
        (
            Totals(calls=2, cost_usd=Decimal(2), estimated_usd=Decimal(1)),
            '<span title="$2.00">≈ $2.00</span>',
        ),
        (Totals(calls=1), '<span title="$0.00">free</span>'),
        (Totals(calls=2, unknown_price_calls=1), "price unknown"),
        (
            Totals(calls=3, cost_usd=Decimal(2), unknown_price_calls=1),
            '<span title="$2.00">$2.00 + 1 unknown</span>',
        ),
    ],
)
def test_what_a_chat_cost_reads_as_costs_do_elsewhere(totals: Totals, text: str) -> None:
    assert cost_of_chat(totals) == text


def test_unknown_prices_are_counted_and_nothing_spent_is_no_gift() -> None:
    totals = Totals(unknown_price_calls=1)
    html = shown(replace(spend(), today=totals, month=replace(totals, unknown_price_calls=2)), ())
    assert "<span>$0.00</span>" in html
    link = '<small><a href="?view=prices" title="Set a price">'
    assert f"{link}1 call, price unknown</a></small>" in html
    assert f"{link}2 calls, price unknown</a></small>" in html
    assert "free" not in html
    assert html.count("<dd><small>") == 2  # nothing exact is known of it


def test_only_those_who_may_give_prices_are_led_to_them() -> None:
    totals = Totals(cost_usd=Decimal(1), unknown_price_calls=2)
    html = spend_html(replace(spend(), today=totals), (), "bob", may_price=False)
    assert "<span>$1.00</span><small>2 calls, price unknown</small></dd>" in html


@pytest.mark.parametrize(
    ("spent", "level", "filled", "warning"),
    [
        ("0.499999", "fine", "49", None),
        ("0.50", "half", "50", "50% of your own daily budget of $1.00 is spent."),
        ("0.799999", "half", "79", "79% of your own daily budget of $1.00 is spent."),
        ("0.80", "near", "80", "80% of your own daily budget of $1.00 is spent."),
        ("0.999999", "near", "99", "99% of your own daily budget of $1.00 is spent."),
        ("1.00", "spent", "100", "Your own daily budget of $1.00 is spent."),
        ("2.50", "spent", "100", "Your own daily budget of $1.00 is spent."),
    ],
)
def test_bar_and_warning_change_at_50_80_and_100_percent(
    spent: str, level: str, filled: str, warning: str | None
) -> None:
    html = shown(spend(spent), [used(spent)])
    assert limits_in(html) == [(level, filled, "of $1.00")]
    assert re.findall(r'<p class="(\w+)">(.*?)</p>', html) == ([(level, warning)] if warning else [])


def test_each_period_has_the_bar_of_the_limit_that_is_used_most() -> None:
    html = shown(
        spend("0.30", "0.40", "0.20"),
        [
            used("0.30", "2.00"),
            used("0.30", "1.00", scope="person"),
            used("0.40", "20.00", "month"),
            used("0.20", "0.25", "ever", "conversation"),
        ],
    )
    assert limits_in(html) == [
        ("near", "80", "of $0.25"),
        ("fine", "30", "of $1.00"),
        ("fine", "2", "of $20.00"),
    ]
    assert re.findall(r"<p .*?>(.*?)</p>", html) == ["80% of this chat's budget of $0.25 is spent."]


def test_what_others_spent_of_a_common_budget_is_told_apart_from_ones_own() -> None:
    assert limits_in(shown(spend("0.10"), [used("0.85", scope="all")])) == [
        ("near", "85", "everyone: $0.85 of $1.00")
    ]
    assert limits_in(shown(spend("0.10"), [used("0.10", scope="all")])) == [("fine", "10", "of $1.00")]


def test_a_limit_that_binds_one_person_is_never_called_a_common_one() -> None:
    """The two figures are read one after the other: a reply may end in between."""
    assert limits_in(shown(spend("0.10"), [used("0.20")])) == [("fine", "20", "of $1.00")]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was said on the page, and how loudly."""
    said: list[tuple[str, str]] = []

    def as_a(kind: str) -> Callable[..., None]:
        return lambda text, *, title: said.append((f"{title}, {kind}", text))

    monkeypatch.setattr(gr, "Info", as_a("info"))
    monkeypatch.setattr(gr, "Warning", as_a("warning"))
    return said


def ended(*costs: str | None) -> list[Turn]:
    """Replies that cost so much each; None for an unknown cost."""
    entries = [an_entry(cost_usd=None if cost is None else Decimal(cost)) for cost in costs]
    return [replace(TURN, status="completed", entry=entry) for entry in entries]


@pytest.mark.parametrize(
    ("spent", "how", "text"),
    [
        ("0.50", "info", "50% of your own daily budget of $1.00 is spent."),
        ("0.80", "warning", "80% of your own daily budget of $1.00 is spent."),
        ("1.00", "warning", "Your own daily budget of $1.00 is spent."),
    ],
)
def test_the_reply_that_reaches_a_threshold_is_told(
    told: list[tuple[str, str]], spent: str, how: Literal["info", "warning"], text: str
) -> None:
    tell_crossed(ended("0.01"), [used(spent)])
    assert told == [(f"Budget, {how}", text)]


def test_replies_of_a_comparison_reach_a_threshold_together(told: list[tuple[str, str]]) -> None:
    tell_crossed(ended("0.01"), [used("0.52")])
    assert told == []
    tell_crossed(ended("0.01", None, "0.015"), [used("0.52")])
    assert told == [("Budget, info", "52% of your own daily budget of $1.00 is spent.")]


def test_nothing_is_told_where_no_reply_has_a_known_cost(told: list[tuple[str, str]]) -> None:
    tell_crossed([TURN, *ended(None)], [used("0.80")])
    tell_crossed([], [used("0.80")])
    assert told == []
