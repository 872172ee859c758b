"""What the line below the message box says, and what it opens to."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chat.ui.estimate.estimate_line import BudgetAlarm, Estimate, estimate_html
from tests.helpers.ledger_entries import BERLIN
from usage.forecast import Forecast, OtherModel, PriceChange, PriceStep, TokenCount
from usage.units import Currency

FORECAST = Forecast(
    model="priced",
    tokens=TokenCount(1200, exact=False),
    context_window=4000,
    prompt_usd=Decimal("0.00012"),
    likely_usd=Decimal("0.00032"),
    most_usd=Decimal("0.00152"),
    usual_tokens=400,
    longest_tokens=2800,
)
ALONE = replace(FORECAST, tokens=TokenCount(200, exact=False), prompt_usd=Decimal("0.00002"))
UNKNOWN = replace(FORECAST, model="unpriced", prompt_usd=None, likely_usd=None, most_usd=None)
FREE = replace(FORECAST, model="free", prompt_usd=Decimal(0), likely_usd=Decimal(0), most_usd=Decimal(0))


def estimate_of(
    forecasts: tuple[Forecast, ...],
    without_history: tuple[Forecast, ...] = (),
    others: tuple[OtherModel, ...] = (),
) -> Estimate:
    """An estimate, of a new chat unless it says what the forecasts would be without history."""
    return Estimate(forecasts, without_history or forecasts, others)


def text(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def line(estimate: Estimate, budget: BudgetAlarm | None = None) -> tuple[str, str]:
    """How urgent what stands below the box is, and what it says before anybody opens it."""
    found = re.search(r'<(summary|p) class="(\w+)"[^>]*>(.*?)</\1>', estimate_html(estimate, budget))
    assert found is not None
    return found[2], text(found[3])


def notes(estimate: Estimate) -> list[str]:
    """What stands below the table."""
    return [text(note) for note in re.findall(r"<p>(.*?)</p>", estimate_html(estimate))]


def table(estimate: Estimate) -> list[list[str]]:
    """The rows of the table it opens to."""
    rows = re.findall(r"<tr>(.*?)</tr>", estimate_html(estimate))
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


def test_the_line_says_one_thing_what_the_message_costs_with_the_usual_reply() -> None:
    estimate = estimate_of((FORECAST,), (ALONE,))
    assert line(estimate) == ("quiet", "about $0.00032 with the reply")
    assert '<span title="$0.00032">' in estimate_html(estimate)
    tiny = replace(FORECAST, likely_usd=Decimal("0.0000258"))
    assert '<span title="$0.0000258">$0.000026</span>' in estimate_html(estimate_of((tiny,)))


@pytest.mark.parametrize(
    ("forecasts", "said"),
    [
        ((FORECAST,), "<p>About EUR 0.00029, at 1 USD = 0.9 EUR, set by hand.</p>"),
        ((FORECAST, FORECAST), "<p>About EUR 0.00058, at 1 USD = 0.9 EUR, set by hand.</p>"),
        ((replace(FORECAST, likely_usd=None),), "<p>About EUR 0.00011, at 1 USD = 0.9 EUR, set by hand.</p>"),
        ((FORECAST, UNKNOWN), "<p>About EUR 0.00011, at 1 USD = 0.9 EUR, set by hand.</p>"),
    ],
)
def test_it_opens_to_the_amount_of_the_line_in_the_readers_currency(
    forecasts: tuple[Forecast, ...], said: str
) -> None:
    estimate = estimate_of(forecasts)
    html = estimate_html(estimate, currency=Currency("EUR", Decimal("0.9")))
    assert html == estimate_html(estimate).replace("</div></details>", f"{said}</div></details>")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"likely_usd": None, "usual_tokens": None}, "$0.00012 without the reply"),
        ({"prompt_usd": None, "likely_usd": None, "most_usd": None}, "price unknown"),
        ({"prompt_usd": Decimal(0), "likely_usd": Decimal(0), "most_usd": Decimal(0)}, "free"),
        ({"prompt_usd": Decimal(0), "likely_usd": None, "most_usd": Decimal(0)}, "free"),
    ],
)
def test_without_a_likely_figure_the_line_says_what_is_known(changes: dict[str, Any], says: str) -> None:
    assert line(estimate_of((replace(FORECAST, **changes),))) == ("quiet", says)


@pytest.mark.parametrize(
    ("most_usd", "of_free", "of_priced"),
    [
        (Decimal("0.0012"), "free except for the title ($0.0012 at most)", "costs extra: $0.0012 at most."),
        (None, "free except for the title (price unknown)", "costs extra. Its price is unknown."),
        (Decimal(0), "free", "is free."),
    ],
)
def test_what_a_title_adds_is_said(most_usd: Decimal | None, of_free: str, of_priced: str) -> None:
    title = replace(FORECAST, model="<namer>", most_usd=most_usd)
    assert line(replace(estimate_of((FREE,)), title=title)) == ("quiet", of_free)
    assert f"The title by &lt;namer&gt; {of_priced}" in notes(replace(estimate_of((FORECAST,)), title=title))


def test_it_opens_to_history_usual_and_longest_reply_and_other_models() -> None:
    others = (
        OtherModel("small", False, Decimal("0.00001"), Decimal("0.00003")),
        OtherModel("large", True, Decimal("0.0012"), Decimal("0.0032")),
    )
    assert table(estimate_of((FORECAST,), (ALONE,), others)) == [
        ["", "prompt", "likely", "at most"],
        ["priced", "$0.00012", "$0.00032", "$0.0015"],
        ["of which history", "$0.0001", "", ""],
        ["With another model", "", "", ""],
        ["small cheaper", "$0.00001", "$0.00003", ""],
        ["large better", "$0.0012", "$0.0032", ""],
    ]
    assert notes(estimate_of((FORECAST,), (ALONE,))) == [
        "Likely: your usual reply, 400 tokens. At most: 2,800 tokens.",
        "≈ 1,200 tokens · of which history: 1,000 · context 30% full",
    ]


def test_likely_column_is_left_out_where_it_would_be_a_guess() -> None:
    forecast = replace(FORECAST, likely_usd=None, usual_tokens=None)
    estimate = estimate_of((forecast,), (), (OtherModel("small", False, Decimal("0.00001"), None),))
    assert table(estimate) == [
        ["", "prompt", "at most"],
        ["priced", "$0.00012", "$0.0015"],
        ["With another model", "", ""],
        ["small cheaper", "$0.00001", ""],
    ]
    assert notes(estimate)[0] == (
        "At most: a reply of 2,800 tokens. This model’s usual reply is not known yet."
    )
    assert notes(estimate_of((replace(forecast, context_window=None),)))[1] == "≈ 1,200 tokens"
    huge = replace(forecast, context_window=1_000_000)
    assert notes(estimate_of((huge,)))[1] == "≈ 1,200 tokens · context under 1% full"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "About $0.00032, or $0.0001 if the cache still holds (until 14:35)."),
        (
            {"likely_usd": None, "usual_tokens": None},
            "$0.00012 without the reply, or $0.0001 if the cache still holds (until 14:35).",
        ),
    ],
)
def test_it_opens_to_what_a_cache_is_likely_to_save_and_until_when(
    changes: dict[str, Any], says: str
) -> None:
    forecast = replace(FORECAST, cached_usd=Decimal("0.0001"), **changes)
    until = datetime(2026, 11, 22, 14, 35, 59, tzinfo=BERLIN)
    estimate = replace(estimate_of((forecast,)), cached_until=until)
    assert notes(estimate)[1] == says
    without = estimate_of((replace(FORECAST, **changes),))
    assert line(estimate) == line(without)
    assert table(estimate) == table(without)
    assert notes(without) == [notes(estimate)[0], notes(estimate)[2]]


def test_a_cache_that_saves_nothing_is_not_spoken_of() -> None:
    until = datetime(2026, 11, 22, 14, 35, tzinfo=BERLIN)
    assert len(notes(replace(estimate_of((FORECAST,)), cached_until=until))) == 2


def test_models_that_are_compared_are_summed_up_and_the_sum_says_so() -> None:
    other = replace(FORECAST, model="other", prompt_usd=Decimal("0.0003"), likely_usd=Decimal("0.0007"))
    estimate = estimate_of((FORECAST, other), (ALONE, replace(ALONE, prompt_usd=Decimal("0.00005"))))
    assert line(estimate) == ("quiet", "about $0.001 with 2 replies")
    assert table(estimate) == [
        ["", "prompt", "likely", "at most"],
        ["priced", "$0.00012", "$0.00032", "$0.0015"],
        ["other", "$0.0003", "$0.0007", "$0.0015"],
        ["together", "$0.00042", "$0.001", "$0.003"],
        ["of which history", "$0.00035", "", ""],
    ]


def test_the_service_tier_that_is_asked_for_is_named_with_the_models_that_have_it() -> None:
    flex, other = replace(FORECAST, service_tier="flex"), replace(FORECAST, model="other")
    assert line(estimate_of((flex,))) == ("quiet", "about $0.00032 with the reply · Flex")
    assert line(estimate_of((flex, other))) == ("quiet", "about $0.00064 with 2 replies · Flex")
    assert [row[0] for row in table(estimate_of((flex, other)))] == ["", "priced Flex", "other", "together"]
    assert notes(estimate_of((flex,)))[0] == (
        "Likely: your usual reply, 400 tokens. At most: 2,800 tokens. "
        "You pay for the tier that answers, so “at most” uses the more expensive of Flex and Standard."
    )


def test_sum_over_models_says_how_many_prices_it_lacks() -> None:
    estimate = estimate_of((FORECAST, UNKNOWN))
    assert line(estimate) == ("quiet", "$0.00012 + 1 unknown without the reply")
    assert table(estimate)[-1] == [
        "together",
        "$0.00012 + 1 unknown",
        "$0.00032 + 1 unknown",
        "$0.0015 + 1 unknown",
    ]
    assert line(estimate_of((FREE, UNKNOWN))) == ("quiet", "price unknown")


@pytest.mark.parametrize(("forecast", "says"), [(FREE, "free"), (UNKNOWN, "price unknown")])
def test_where_there_is_no_figure_to_tell_there_is_nothing_to_open(forecast: Forecast, says: str) -> None:
    html = estimate_html(estimate_of((forecast,)))
    assert html.startswith("<p ")
    assert says in html


def test_it_warns_of_the_most_urgent_thing_and_says_why() -> None:
    said = "about $0.00032 with the reply"
    small = replace(FORECAST, model="small", context_window=1400)
    full = replace(small, context_window=1199)
    dear = replace(FORECAST, prompt_usd=Decimal("0.02"), likely_usd=None, context_window=None)
    stepped = replace(dear, step_ahead=PriceStep(1200, Decimal(2), Decimal("0.02")))
    step_said = "≈ 0 tokens below 1,200, above which every token you send costs twice as much."
    both = said.replace("the reply", "2 replies").replace("32", "64")
    near, over = BudgetAlarm("near", "80% of the budget is spent."), BudgetAlarm("over", "Nothing <left>.")
    assert line(estimate_of((FORECAST, small))) == ("near", f"{both} · context 86% full")
    assert line(estimate_of((FORECAST, full))) == ("over", f"{both} · too long for small: 1,199 tokens fit")
    assert line(estimate_of((stepped,))) == ("near", f"$0.02 without the reply · {step_said}")
    assert line(estimate_of((stepped,)), near) == (
        "near",
        "$0.02 without the reply · 80% of the budget is spent.",
    )
    assert line(estimate_of((small,)), near) == ("near", f"{said} · 80% of the budget is spent.")
    assert line(estimate_of((small,)), over) == ("over", f"{said} · Nothing &lt;left&gt;.")
    assert line(estimate_of((full,)), near)[0] == line(estimate_of((full,)), over)[0] == "over"


@pytest.mark.parametrize(
    ("usd", "in_line"), [("0.010001", " · Off-peak in 40 min: half the price."), ("0.01", "")]
)
def test_what_the_hour_does_stands_in_the_line_where_it_matters_and_always_where_it_opens(
    usd: str, in_line: str
) -> None:
    wait = timedelta(minutes=40)
    change = PriceChange(datetime(2026, 11, 23, 4, tzinfo=UTC), wait, Decimal("0.5"))
    estimate = estimate_of((replace(FORECAST, likely_usd=Decimal(usd), change=change),))
    assert line(estimate) == ("quiet", f"about $0.01 with the reply{in_line}")
    assert notes(estimate)[0] == "Off-peak in 40 min: half the price."


def test_names_of_models_are_text_not_markup() -> None:
    bold = replace(FORECAST, model="<b>")
    html = estimate_html(estimate_of((bold,), (), (OtherModel("<i>", True, None, None),)))
    html += estimate_html(estimate_of((replace(bold, context_window=1199),)))
    assert ("<b>" in html.replace("<b>With another model</b>", ""), "<i>" in html) == (False, False)
