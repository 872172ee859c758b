"""What the line below the message box says, and what it opens to."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from chat.ui.estimate.estimate_line import Estimate, estimate_html
from usage.forecast import Forecast, OtherModel, TokenCount

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


def line(estimate: Estimate) -> str:
    """What stands below the box before anybody opens it."""
    html = estimate_html(estimate)
    found = re.search(r"<(summary|p) [^>]*>(.*?)</\1>", html)
    assert found is not None
    return re.sub(r"<[^>]+>", "", found[2])


def table(estimate: Estimate) -> list[list[str]]:
    """The rows of the table it opens to."""
    rows = re.findall(r"<tr>(.*?)</tr>", estimate_html(estimate))
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


def test_line_says_tokens_history_cost_likely_total_and_context() -> None:
    assert line(Estimate((FORECAST,), (ALONE,))) == (
        "≈ 1,200 tokens (1,000 history) · $0.00012 · likely $0.00032 in all · context 30 %"
    )


def test_what_is_not_known_is_left_out_of_the_line() -> None:
    forecast = replace(FORECAST, likely_usd=None, usual_tokens=None, context_window=None)
    assert line(Estimate((forecast,))) == "≈ 1,200 tokens · $0.00012"


def test_it_opens_to_history_usual_and_longest_reply_and_other_models() -> None:
    others = (
        OtherModel("small", False, Decimal("0.00001"), Decimal("0.00003")),
        OtherModel("large", True, Decimal("0.0012"), Decimal("0.0032")),
    )
    assert table(Estimate((FORECAST,), (ALONE,), others)) == [
        ["", "prompt", "likely in all", "at most"],
        ["priced", "$0.00012", "$0.00032", "$0.0015"],
        ["history alone", "$0.0001", "", ""],
        ["With another model", "", "", ""],
        ["small cheaper", "$0.00001", "$0.00003", ""],
        ["large better", "$0.0012", "$0.0032", ""],
    ]
    assert (
        "Likely: with a reply of 400 tokens, which is usual here. At most: with 2,800 tokens."
        in estimate_html(Estimate((FORECAST,)))
    )


def test_likely_column_is_left_out_where_it_would_be_a_guess() -> None:
    forecast = replace(FORECAST, likely_usd=None, usual_tokens=None)
    estimate = Estimate((forecast,), (), (OtherModel("small", False, Decimal("0.00001"), None),))
    assert table(estimate) == [
        ["", "prompt", "at most"],
        ["priced", "$0.00012", "$0.0015"],
        ["With another model", "", ""],
        ["small cheaper", "$0.00001", ""],
    ]
    assert "This model's usual length of reply is not known yet." in estimate_html(estimate)


def test_models_that_are_compared_are_summed_up_and_the_sum_says_so() -> None:
    other = replace(FORECAST, model="other", prompt_usd=Decimal("0.0003"), likely_usd=Decimal("0.0007"))
    estimate = Estimate((FORECAST, other), (ALONE, replace(ALONE, prompt_usd=Decimal("0.00005"))))
    assert line(estimate) == (
        "≈ 1,200 tokens (1,000 history) · 2 models · $0.00042 · likely $0.001 in all · context 30 %"
    )
    assert table(estimate) == [
        ["", "prompt", "likely in all", "at most"],
        ["priced", "$0.00012", "$0.00032", "$0.0015"],
        ["other", "$0.0003", "$0.0007", "$0.0015"],
        ["together", "$0.00042", "$0.001", "$0.003"],
        ["history alone", "$0.00035", "", ""],
    ]


def test_sum_over_models_says_how_many_prices_it_lacks() -> None:
    estimate = Estimate((FORECAST, UNKNOWN))
    assert line(estimate) == "≈ 1,200 tokens · 2 models · $0.00012 + 1 unknown · context 30 %"
    assert table(estimate)[-1] == [
        "together",
        "$0.00012 + 1 unknown",
        "$0.00032 + 1 unknown",
        "$0.0015 + 1 unknown",
    ]
    assert line(Estimate((FREE, UNKNOWN))) == "≈ 1,200 tokens · 2 models · price unknown · context 30 %"


@pytest.mark.parametrize(("forecast", "says"), [(FREE, "free"), (UNKNOWN, "price unknown")])
def test_where_there_is_no_figure_to_tell_there_is_nothing_to_open(forecast: Forecast, says: str) -> None:
    html = estimate_html(Estimate((forecast,)))
    assert html.startswith("<p ")
    assert says in html


def test_alarm_is_that_of_the_model_whose_context_is_fullest() -> None:
    small = replace(FORECAST, model="small", context_window=1400)
    full = replace(small, context_window=1199)
    assert 'class="quiet"' in estimate_html(Estimate((FORECAST,)))
    assert 'class="near"' in estimate_html(Estimate((FORECAST, small)))
    assert 'class="over"' in estimate_html(Estimate((FORECAST, small, full)))
    assert line(Estimate((FORECAST, full))).endswith(" · too long: 1,199 tokens fit")


def test_names_of_models_are_text_not_markup() -> None:
    html = estimate_html(
        Estimate((replace(FORECAST, model="<b>"),), (), (OtherModel("<i>", True, None, None),))
    )
    assert ("<b>" in html.replace("<b>With another model</b>", ""), "<i>" in html) == (False, False)
