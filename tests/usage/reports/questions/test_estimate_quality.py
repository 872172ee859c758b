"""How good estimates were, and how long replies usually are."""

import statistics
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, calls_among, calls_of, chosen_entries, varied_entries
from tests.helpers.ledger_entries import an_entry
from usage.ledger import CsvLedger, LedgerEntry
from usage.reports import Filter
from usage.reports.questions.estimates import UsualReplies, estimate_quality
from usage.reports.sheets import percent
from usage.units import TokenUsage


def estimated(*pairs: tuple[int, int]) -> list[LedgerEntry]:
    """Calls with these tokens as estimated and as reported."""
    return [
        an_entry(call_id=f"{place}", estimated_input_tokens=expected, usage=TokenUsage(reported, output=1))
        for place, (expected, reported) in enumerate(pairs)
    ]


def replies(*lengths: int | None, **changes: object) -> list[LedgerEntry]:
    """Replies of these lengths."""
    return [
        an_entry(call_id=f"{place}", usage=TokenUsage(output=length), **changes)
        for place, length in enumerate(lengths)
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


@pytest.mark.parametrize(
    ("pairs", "median", "worst"),
    [
        ([(110, 100), (70, 100)], "-10.0", "-30.0"),  # between the two, and farthest from zero
        ([(150, 100), (50, 100)], "0.0", "50.0"),  # of errors as large on both sides, what is too much
        ([(2001, 2000)], "0.1", "0.1"),  # a tenth is rounded up from its half on
        ([(20_009, 20_000)], "0.0", "0.0"),
    ],
)
def test_the_median_and_the_worst_error_are_named(
    path: Path, pairs: list[tuple[int, int]], median: str, worst: str
) -> None:
    sheet = estimate_quality(calls_of(path, estimated(*pairs)), Filter())
    assert sheet.rows == [["gpt-6-luna", len(pairs), Decimal(median), Decimal(worst)]]


@pytest.mark.parametrize(
    "changes",
    [
        {"usage_source": "estimated"},
        {"usage_source": "none"},
        {"estimated_input_tokens": None},
        {"usage": TokenUsage(input=0, output=1)},
    ],
)
def test_what_was_not_estimated_or_not_reported_is_not_compared(
    path: Path, changes: dict[str, object]
) -> None:
    assert estimate_quality(calls_of(path, [an_entry(**changes)]), Filter()).rows == []


@pytest.mark.parametrize(
    ("lengths", "changes", "usual"),
    [
        ((900, 10, 30), {}, 30),
        ((900, 10, 30, 20), {}, 20),
        ((1, 2, None), {}, None),
        ((1, 2, 3), {}, 2),
        ((1, 2, 3), {"status": "stopped"}, None),
        ((1, 2, 3), {"purpose": "title"}, None),
        ((1, 2, 3), {"model": "other"}, None),
        ((), {}, None),
    ],
)
def test_a_reply_is_usually_as_long_as_the_median_one_of_three_that_were_completed(
    path: Path, lengths: tuple[int | None, ...], changes: dict[str, object], usual: int | None
) -> None:
    calls = calls_of(path, replies(*lengths, **changes))
    assert UsualReplies(calls).tokens("gpt-6-luna") == usual


def test_the_usual_length_follows_the_ledger(path: Path) -> None:
    usual = UsualReplies(calls_of(path, replies(10, 20, 90)))
    assert [usual.tokens("gpt-6-luna") for _ in range(2)] == [20, 20]
    assert usual.tokens("another") is None
    for entry in replies(*range(89, 94))[3:]:
        CsvLedger(path).append(entry)
    assert usual.tokens("gpt-6-luna") == 90
