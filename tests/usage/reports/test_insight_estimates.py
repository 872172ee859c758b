"""How good estimates were, and how long replies usually are."""

import statistics
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_among, calls_of, chosen_entries, varied_entries
from tests.helpers.ledger_entries import an_entry
from usage.ledger import LedgerEntry
from usage.reports import Filter
from usage.reports.questions.estimates import estimate_quality, usual_output_tokens
from usage.reports.sheets import Cell, percent
from usage.units import TokenUsage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


def estimated(*pairs: tuple[int, int], **changes: object) -> list[LedgerEntry]:
    """Calls with these tokens as estimated and as reported."""
    return [
        an_entry(
            call_id=f"{place}",
            estimated_input_tokens=expected,
            usage=TokenUsage(input=reported, output=1),
            **changes,
        )
        for place, (expected, reported) in enumerate(pairs)
    ]


def replies(*lengths: int | None, **changes: object) -> list[LedgerEntry]:
    """Replies of these lengths."""
    return [
        an_entry(call_id=f"{place}", usage=TokenUsage(output=length), **changes)
        for place, length in enumerate(lengths)
    ]


def quality(path: Path, *pairs: tuple[int, int], **changes: object) -> list[list[Cell]]:
    return [
        list(row) for row in estimate_quality(calls_of(path, estimated(*pairs, **changes)), Filter()).rows
    ]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("chosen", [Filter(), Filter(user="ann")])
def test_errors_are_those_that_a_plain_loop_finds(path: Path, way: Way, chosen: Filter) -> None:
    entries = varied_entries(3000)
    errors: dict[str, list[Fraction]] = defaultdict(list)
    for call in calls_among(chosen_entries(entries, chosen)):
        sent, expected = call.usage.input, call.call.estimated_input_tokens
        if call.usage_source == "reported" and sent and expected is not None:
            errors[call.call.model].append(Fraction(expected - sent, sent))
    rows = [
        [model, len(found), rounded(statistics.median(found)), rounded(max(found, key=abs))]
        for model, found in errors.items()
    ]
    rows.sort(key=lambda row: (-int(str(row[1])), str(row[0])))
    assert estimate_quality(calls_of(path, entries, way), chosen).rows == rows


def rounded(error: Fraction) -> Decimal | None:
    return percent(Decimal(error.numerator) / error.denominator, 1)


def test_the_median_of_two_is_between_them_and_the_worst_is_farthest_from_zero(path: Path) -> None:
    assert quality(path, (110, 100), (70, 100)) == [["gpt-6-luna", 2, Decimal("-10.0"), Decimal("-30.0")]]


def test_of_errors_as_large_on_both_sides_the_worst_is_too_much(path: Path) -> None:
    assert quality(path, (150, 100), (50, 100))[0][3] == Decimal("50.0")


def test_a_tenth_is_rounded_up_from_its_half_on(path: Path) -> None:
    assert quality(path, (2001, 2000))[0][2] == Decimal("0.1")
    assert quality(path, (20_009, 20_000))[0][2] == Decimal("0.0")


@pytest.mark.parametrize("changes", [{"usage_source": "estimated"}, {"usage_source": "none"}])
def test_what_the_endpoint_did_not_report_is_not_compared(path: Path, changes: dict[str, object]) -> None:
    assert quality(path, (100, 100), **changes) == []


def test_no_estimate_and_no_input_are_not_compared(path: Path) -> None:
    unknown = an_entry(call_id="x", estimated_input_tokens=None)
    assert estimate_quality(calls_of(path, [unknown, *estimated((3, 0))]), Filter()).rows == []


def test_a_reply_is_usually_as_long_as_the_median_one(path: Path) -> None:
    assert usual_output_tokens(calls_of(path, replies(900, 10, 30)), "gpt-6-luna") == 30
    assert usual_output_tokens(calls_of(path, replies(900, 10, 30, 20)), "gpt-6-luna") == 20


def test_two_replies_say_nothing_yet_and_three_do(path: Path) -> None:
    assert usual_output_tokens(calls_of(path, replies(1, 2, None)), "gpt-6-luna") is None
    assert usual_output_tokens(calls_of(path, replies(1, 2, 3)), "gpt-6-luna") == 2


@pytest.mark.parametrize("changes", [{"status": "stopped"}, {"purpose": "title"}, {"model": "other"}])
def test_only_completed_replies_of_the_model_count(path: Path, changes: dict[str, object]) -> None:
    assert usual_output_tokens(calls_of(path, replies(1, 2, 3, **changes)), "gpt-6-luna") is None


def test_a_model_that_was_never_asked_has_no_usual_length(path: Path) -> None:
    assert usual_output_tokens(calls_of(path, []), "gpt-6-luna") is None
