from datetime import date
from decimal import Decimal

import pytest

from usage.accounts.bill import Comparison, Difference, compare
from usage.accounts.billed import Bill, Billed
from usage.reports import OurDay

DAY_1, DAY_2, DAY_3 = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)
ELSEWHERE = "Not a call of Tally's: made elsewhere in this organisation, or a charge for something else."


def ours(
    usd: str,
    model: str = "m",
    day: date = DAY_1,
    *,
    calls: int = 3,
    estimated: tuple[int, str] = (0, "0"),
    unknown: int = 0,
    uncertain: int = 0,
) -> OurDay:
    """What Tally recorded of a model on a day."""
    return OurDay(
        day=day,
        model=model,
        usd=Decimal(usd),
        estimated_usd=Decimal(estimated[1]),
        calls=calls,
        estimated_calls=estimated[0],
        unknown_price_calls=unknown,
        uncertain_calls=uncertain,
    )


def theirs(usd: str, model: str = "m", day: date = DAY_1) -> Billed:
    """What was billed for a model on a day."""
    return Billed(day, model, Decimal(usd))


def bill(*charges: Billed, last_day: date = DAY_1) -> Bill:
    """A bill from the first day on."""
    return Bill(DAY_1, last_day, charges)


def only(our: OurDay | None, charge: Billed | None) -> Difference:
    """The one row that these two make."""
    [row] = compare([our] if our else [], bill(*[charge] if charge else [])).rows
    return row


def names(recorded: list[str], billed: list[str]) -> list[tuple[str, bool, bool]]:
    """The rows of a day by name, with whether Tally and the bill have it."""
    rows = compare(
        [ours("1", model) for model in recorded], bill(*(theirs("1", model) for model in billed))
    ).rows
    return [(row.model, row.ours_usd is not None, row.theirs_usd is not None) for row in rows]


def test_both_sides_and_what_only_one_of_them_has_are_rows_by_day_and_model() -> None:
    recorded = [ours("2", "b", DAY_2), ours("0.30", "b"), ours("0.1", "a", DAY_2), ours("9", "b", DAY_3)]
    billed = bill(theirs("0.31", "b"), theirs("0.1", "a", DAY_2), theirs("5", "tool"), last_day=DAY_2)
    assert compare(recorded, billed) == Comparison(
        DAY_1,
        DAY_2,
        (
            Difference(
                DAY_1,
                "b",
                Decimal("0.30"),
                Decimal("0.31"),
                Decimal("0.01"),
                "More was billed: maybe calls made elsewhere in this organisation, or a higher price.",
            ),
            Difference(DAY_1, "tool", None, Decimal(5), Decimal(5), ELSEWHERE),
            Difference(DAY_2, "a", Decimal("0.1"), Decimal("0.1"), Decimal(0), ""),
            Difference(DAY_2, "b", Decimal(2), None, Decimal(-2), "Not in the bill, or not yet: 3 calls."),
        ),
        ours_usd=Decimal("2.4"),
        theirs_usd=Decimal("5.41"),
        difference_usd=Decimal("3.01"),
        unknown_price_calls=0,
    )


def test_days_that_the_bill_does_not_cover_are_left_out() -> None:
    before, after = date(2026, 10, 31), DAY_3
    recorded = [ours("1", day=day) for day in (before, DAY_1, DAY_2, after)]
    assert [row.day for row in compare(recorded, bill(last_day=DAY_2)).rows] == [DAY_1, DAY_2]


def test_nothing_on_both_sides_is_no_rows_and_a_total_of_nothing() -> None:
    assert compare([], bill()) == Comparison(DAY_1, DAY_1, (), Decimal(0), Decimal(0), Decimal(0), 0)


def test_several_records_of_one_model_and_day_are_one_row() -> None:
    recorded = [ours("1", calls=1), ours("2", calls=2, estimated=(1, "0.5"))]
    assert compare(recorded, bill(theirs("4"))).rows == (
        Difference(
            DAY_1,
            "m",
            Decimal(3),
            Decimal(4),
            Decimal(1),
            "More was billed: maybe 1 call with an estimated cost (≈ $0.50).",
        ),
    )


def test_differences_are_exact_to_the_last_digit_and_add_up_to_the_total() -> None:
    tiny = "0." + "0" * 40 + "1"
    comparison = compare(
        [ours("123456789.123456789012"), ours("0", "n")],
        bill(theirs(f"123456790{tiny[1:]}"), theirs("-5", "k")),
    )
    differences = [Decimal(-5), Decimal("0.876543210988" + "0" * 28 + "1"), Decimal(0)]
    assert [row.difference_usd for row in comparison.rows] == differences
    assert comparison.difference_usd == Decimal("-4.123456789011" + "9" * 29)


@pytest.mark.parametrize(
    ("billed", "is_same"),
    [("1.0000009", True), ("1.000001", False), ("0.9999991", True), ("0.999999", False)],
)
def test_less_than_a_millionth_of_a_dollar_is_no_difference_but_is_still_shown(
    billed: str, is_same: bool
) -> None:
    row = only(ours("1"), theirs(billed))
    assert (row.explanation == "") == is_same
    assert row.difference_usd == Decimal(billed) - 1


@pytest.mark.parametrize(
    ("recorded", "billed", "rows"),
    [
        (["m-2026-09-01"], ["m-2026-09-01"], [("m-2026-09-01", True, True)]),
        (["m"], ["m-2026-09-01"], [("m-2026-09-01", True, True)]),
        (["m-2026-09-01"], ["m"], [("m", True, True)]),
        (["m", "m-2026-09-01"], ["m-2026-09-01"], [("m-2026-09-01", True, True)]),
        (["m-2026-08-01", "m-2026-09-01"], ["m"], [("m", True, True)]),
    ],
)
def test_names_that_differ_by_a_date_at_the_end_are_one_when_only_one_fits(
    recorded: list[str], billed: list[str], rows: list[tuple[str, bool, bool]]
) -> None:
    assert names(recorded, billed) == rows


@pytest.mark.parametrize(
    ("recorded", "billed", "rows"),
    [
        (
            ["m"],
            ["m-2026-08-01", "m-2026-09-01"],
            [("m", True, False), ("m-2026-08-01", False, True), ("m-2026-09-01", False, True)],
        ),
        (["m-2026-08-01"], ["m-2026-09-01"], [("m-2026-08-01", True, False), ("m-2026-09-01", False, True)]),
        (["m"], ["m", "m-2026-09-01"], [("m", True, True), ("m-2026-09-01", False, True)]),
        (["m-2026-09-01"], ["m", "m-2026-09-01"], [("m", False, True), ("m-2026-09-01", True, True)]),
        (["m"], ["m-mini"], [("m", True, False), ("m-mini", False, True)]),
        (["m"], ["m-0901"], [("m", True, False), ("m-0901", False, True)]),
        (["m"], ["M"], [("M", False, True), ("m", True, False)]),
    ],
)
def test_names_of_which_nothing_says_that_they_are_one_stay_apart(
    recorded: list[str], billed: list[str], rows: list[tuple[str, bool, bool]]
) -> None:
    assert names(recorded, billed) == rows


def test_a_name_is_looked_for_in_the_bill_of_its_own_day() -> None:
    recorded = [ours("1", "m", DAY_1), ours("1", "m", DAY_2)]
    billed = bill(theirs("1", "m-2026-08-01", DAY_1), theirs("1", "m-2026-09-01", DAY_2), last_day=DAY_2)
    assert [(row.model, row.explanation) for row in compare(recorded, billed).rows] == [
        ("m-2026-08-01", ""),
        ("m-2026-09-01", ""),
    ]


def test_calls_of_which_none_has_a_known_price_have_no_amount_here() -> None:
    row = only(ours("0", calls=2, unknown=2), theirs("1"))
    assert (row.ours_usd, row.theirs_usd, row.difference_usd) == (None, Decimal(1), Decimal(1))


def test_one_known_price_makes_an_amount() -> None:
    row = only(ours("0.5", calls=2, unknown=1), theirs("1"))
    assert (row.ours_usd, row.difference_usd) == (Decimal("0.5"), Decimal("0.5"))
