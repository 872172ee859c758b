"""What is said before sending of a price that goes by the size of the prompt, or by the hour."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from chat.ui.estimate.price_notes import price_notes
from usage.forecast import Forecast, OtherModel, PriceChange, PriceStep, TokenCount

STEP = PriceStep(272_000, Decimal(2), Decimal("0.0272001"))
OVER = Forecast(
    model="priced",
    tokens=TokenCount(272_001, exact=False),
    context_window=None,
    prompt_usd=Decimal("0.0544002"),
    likely_usd=None,
    most_usd=Decimal("0.06"),
    usual_tokens=None,
    longest_tokens=2800,
    step_passed=STEP,
)
BELOW = replace(
    OVER,
    tokens=TokenCount(272_000, exact=False),
    prompt_usd=Decimal("0.0272"),
    step_passed=None,
    step_ahead=STEP,
)
PLAIN = replace(BELOW, step_ahead=None)
SHORT = replace(PLAIN, tokens=TokenCount(1000, exact=False))
CHEAPER = OtherModel("small", False, Decimal("0.0544001"), None)
SAME = OtherModel("same", True, Decimal("0.0544002"), None)
UNKNOWN = OtherModel("unpriced", True, None, None)
TWICE = "Above 272,000 tokens, every token you send costs twice as much: $0.05 instead of $0.03."
TOKYO = ZoneInfo("Asia/Tokyo")


def said(
    *forecasts: Forecast, alone: Forecast | None = None, others: tuple[OtherModel, ...] = ()
) -> list[tuple[str, bool]]:
    """The notes as text, each with whether it matters; `alone` is the first forecast without history."""
    without_history = (alone, *forecasts[1:]) if alone else forecasts
    notes = price_notes(forecasts, without_history, others, TOKYO)
    return [(re.sub(r"<[^>]+>", "", note.html), note.matters) for note in notes]


def changing(times: str, minutes: float, usd: str = "0.0272") -> Forecast:
    """A forecast at a price that becomes another so many minutes after 03:20 UTC."""
    wait = timedelta(minutes=minutes)
    at = datetime(2026, 11, 23, 3, 20, tzinfo=UTC) + wait
    return replace(PLAIN, prompt_usd=Decimal(usd), change=PriceChange(at, wait, Decimal(times)))


@pytest.mark.parametrize(
    ("alone", "others", "way_out"),
    [
        (None, (), ""),
        (None, (SAME, UNKNOWN), ""),
        (None, (SAME, CHEAPER), " Another model costs less."),
        (BELOW, (), " A new chat costs less."),
        (SHORT, (CHEAPER,), " A new chat or another model costs less."),
    ],
)
def test_above_a_step_the_page_says_what_it_makes_of_the_price_and_what_would_cost_less(
    alone: Forecast | None, others: tuple[OtherModel, ...], way_out: str
) -> None:
    assert said(OVER, alone=alone, others=others) == [(TWICE + way_out, True)]


def test_amounts_have_all_their_digits_in_the_tooltip() -> None:
    [note] = price_notes((OVER,), (OVER,), (), UTC)
    assert re.findall(r'<span title="(.*?)">(.*?)</span>', note.html) == [
        ("$0.0544002", "$0.05"),
        ("$0.0272001", "$0.03"),
    ]


@pytest.mark.parametrize(
    ("tokens", "usual", "left"),
    [
        (258_400, None, None),
        (258_401, None, "13,599 tokens"),
        (258_400, 13_600, None),
        (258_400, 13_601, "13,600 tokens"),
        (271_999, None, "1 token"),
        (272_000, None, "0 tokens"),
    ],
)
def test_near_a_step_is_the_last_twentieth_below_it_or_what_the_usual_reply_takes(
    tokens: int, usual: int | None, left: str | None
) -> None:
    forecast = replace(BELOW, tokens=TokenCount(tokens, exact=False), usual_tokens=usual)
    text = f"≈ {left} below 272,000, above which every token you send costs twice as much."
    assert said(forecast) == ([(text, True)] if left else [])


@pytest.mark.parametrize(
    ("times", "words"),
    [("2", "twice as much"), ("1.5", "1.5 times as much"), ("3.3333333", "3.33 times as much")],
)
def test_the_factor_is_told_in_words(times: str, words: str) -> None:
    [(text, _matters)] = said(replace(OVER, step_passed=replace(STEP, times=Decimal(times))))
    assert f"costs {words}:" in text


@pytest.mark.parametrize(
    ("times", "usd", "matters"),
    [("1.5", "0.010001", True), ("1.49", "0.010001", False), ("1.5", "0.01", False)],
)
def test_a_step_matters_from_half_more_and_above_a_cent(times: str, usd: str, matters: bool) -> None:
    forecast = replace(OVER, prompt_usd=Decimal(usd), step_passed=replace(STEP, times=Decimal(times)))
    assert [each for _text, each in said(forecast)] == [matters]


@pytest.mark.parametrize(("usd", "matters"), [("0.005001", True), ("0.005", False)])
def test_near_a_step_the_dearer_price_counts(usd: str, matters: bool) -> None:
    assert [each for _text, each in said(replace(BELOW, prompt_usd=Decimal(usd)))] == [matters]


def test_with_the_usual_reply_the_whole_message_counts() -> None:
    [(_text, matters)] = said(replace(OVER, prompt_usd=Decimal("0.009"), likely_usd=Decimal("0.02")))
    assert matters


@pytest.mark.parametrize(
    ("times", "minutes", "text"),
    [
        ("0.5", 40, "Off-peak in 40 min: half the price."),
        ("0.5", 0.5, "Off-peak in 1 min: half the price."),
        ("0.5", 60, "Off-peak in 60 min: half the price."),
        ("0.5", 61, "Off-peak from 13:21: half the price."),
        ("0.75", 40, "Off-peak in 40 min: 0.75 times the price."),
        ("2", 20, "Peak hours begin in 20 min: twice the price."),
        ("2", 60, "Peak hours begin in 60 min: twice the price."),
        ("2", 61, None),
    ],
)
def test_the_page_says_when_it_becomes_cheaper_and_that_it_becomes_dearer_soon(
    times: str, minutes: float, text: str | None
) -> None:
    assert [each for each, _matters in said(changing(times, minutes))] == ([text] if text else [])


@pytest.mark.parametrize(
    ("times", "usd", "matters"),
    [
        ("0.5", "0.010001", True),
        ("0.5", "0.01", False),
        ("0.66", "0.02", True),
        ("0.67", "0.02", False),
        ("0", "0.02", True),
        ("1.5", "0.02", True),
        ("1.49", "0.02", False),
        ("2", "0.005001", True),
        ("2", "0.005", False),
    ],
)
def test_an_hour_matters_where_the_factor_is_large_either_way(times: str, usd: str, matters: bool) -> None:
    assert [each for _text, each in said(changing(times, 40, usd))] == [matters]


def test_where_several_models_are_asked_each_note_names_its_own() -> None:
    other = replace(changing("0.5", 40), model="<b>")
    assert said(OVER, PLAIN, other, alone=SHORT) == [
        (f"priced: {TWICE} A new chat costs less.", True),
        ("&lt;b&gt;: Off-peak in 40 min: half the price.", True),
    ]


def test_where_nothing_changes_nothing_is_said() -> None:
    assert said(PLAIN, others=(CHEAPER,)) == []
