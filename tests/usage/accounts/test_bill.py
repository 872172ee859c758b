"""The bill against what Tally recorded: rows by day and model, and what could explain a difference."""

from datetime import date
from decimal import Decimal

import pytest

from usage.accounts.bill import compare
from usage.accounts.billed import Bill, Billed
from usage.reports import Cell, OurDay, Sheet

DAY_1, DAY_2, DAY_3 = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)
ELSEWHERE = "Not made with Tally: used elsewhere in this organization, or charged for something else."


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
    """Return what Tally recorded of a model on a day."""
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
    """Return what was billed for a model on a day."""
    return Billed(day, model, Decimal(usd))


def bill(*charges: Billed, last_day: date = DAY_1) -> Bill:
    """Return a bill from the first day on."""
    return Bill(DAY_1, last_day, charges)


def only(our: OurDay | None, charge: Billed | None) -> list[Cell]:
    """Return the amounts of the one row that these two make, and its explanation."""
    [[_, _, *row]] = compare([our] if our else [], bill(*[charge] if charge else [])).rows
    return row


def column(sheet: Sheet, name: str) -> list[Cell]:
    """Return the cells of one column."""
    place = [column.name for column in sheet.columns].index(name)
    return [row[place] for row in sheet.rows]


def test_both_sides_and_what_only_one_of_them_has_are_rows_by_day_and_model() -> None:
    recorded = [ours("2", "b", DAY_2), ours("0.30", "b"), ours("0.1", "a", DAY_2), ours("9", "b", DAY_3)]
    billed = bill(theirs("0.31", "b"), theirs("0.1", "a", DAY_2), theirs("5", "tool"), last_day=DAY_2)
    sheet = compare(recorded, billed)
    more = "Billed more: maybe calls made elsewhere in this organization, or a higher price."
    assert sheet.rows == [
        ["2026-11-01", "b", Decimal("0.30"), Decimal("0.31"), Decimal("0.01"), more],
        ["2026-11-01", "tool", None, Decimal(5), Decimal(5), ELSEWHERE],
        ["2026-11-02", "a", Decimal("0.1"), Decimal("0.1"), Decimal(0), ""],
        ["2026-11-02", "b", Decimal(2), None, Decimal(-2), "Not on the bill, at least not yet: 3 calls."],
    ]
    assert sheet.total == ["total", None, Decimal("2.4"), Decimal("5.41"), Decimal("3.01"), None]


def test_days_that_the_bill_does_not_cover_are_left_out() -> None:
    recorded = [ours("1", day=day) for day in (date(2026, 10, 31), DAY_1, DAY_2, DAY_3)]
    assert column(compare(recorded, bill(last_day=DAY_2)), "day") == ["2026-11-01", "2026-11-02"]


def test_nothing_on_both_sides_is_no_rows_and_a_total_of_nothing() -> None:
    sheet = compare([], bill())
    assert (sheet.rows, sheet.total) == ([], ["total", None, Decimal(0), Decimal(0), Decimal(0), None])


def test_several_records_of_one_model_and_day_are_one_row() -> None:
    recorded = [ours("1", calls=1), ours("2", calls=2, estimated=(1, "0.5"))]
    more = "Billed more: maybe 1 call with an estimated cost (≈ $0.50)."
    assert compare(recorded, bill(theirs("4"))).rows == [
        ["2026-11-01", "m", Decimal(3), Decimal(4), Decimal(1), more]
    ]


def test_differences_are_exact_to_the_last_digit_and_add_up_to_the_total() -> None:
    tiny = "0." + "0" * 40 + "1"
    sheet = compare(
        [ours("123456789.123456789012"), ours("0", "n")],
        bill(theirs(f"123456790{tiny[1:]}"), theirs("-5", "k")),
    )
    differences = [Decimal(-5), Decimal("0.876543210988" + "0" * 28 + "1"), Decimal(0)]
    assert column(sheet, "difference_usd") == differences
    assert (sheet.total or [])[4] == Decimal("-4.123456789011" + "9" * 29)


@pytest.mark.parametrize(
    ("billed", "is_same"),
    [("1.0000009", True), ("1.000001", False), ("0.9999991", True), ("0.999999", False)],
)
def test_less_than_a_millionth_of_a_dollar_is_no_difference_but_is_still_shown(
    billed: str, is_same: bool
) -> None:
    _, _, difference_usd, explanation = only(ours("1"), theirs(billed))
    assert (explanation == "") == is_same
    assert difference_usd == Decimal(billed) - 1


@pytest.mark.parametrize(
    ("recorded", "billed", "rows"),
    [
        # Names that differ by a date at the end are one, where only one fits.
        (["m-2026-09-01"], ["m-2026-09-01"], [("m-2026-09-01", True, True)]),
        (["m"], ["m-2026-09-01"], [("m-2026-09-01", True, True)]),
        (["m-2026-09-01"], ["m"], [("m", True, True)]),
        (["m", "m-2026-09-01"], ["m-2026-09-01"], [("m-2026-09-01", True, True)]),
        (["m-2026-08-01", "m-2026-09-01"], ["m"], [("m", True, True)]),
        # Others stay apart.
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
def test_a_model_has_the_bills_name_where_only_one_fits(
    recorded: list[str], billed: list[str], rows: list[tuple[str, bool, bool]]
) -> None:
    sheet = compare([ours("1", model) for model in recorded], bill(*(theirs("1", model) for model in billed)))
    assert [(model, our is not None, their is not None) for _, model, our, their, *_ in sheet.rows] == rows


def test_a_name_is_looked_for_in_the_bill_of_its_own_day() -> None:
    recorded = [ours("1", "m", DAY_1), ours("1", "m", DAY_2)]
    billed = bill(theirs("1", "m-2026-08-01", DAY_1), theirs("1", "m-2026-09-01", DAY_2), last_day=DAY_2)
    sheet = compare(recorded, billed)
    assert column(sheet, "model") == ["m-2026-08-01", "m-2026-09-01"]
    assert column(sheet, "explanation") == ["", ""]


@pytest.mark.parametrize(
    ("our", "amounts"),
    [
        (ours("0", calls=2, unknown=2), [None, Decimal(1), Decimal(1)]),
        (ours("0.5", calls=2, unknown=1), [Decimal("0.5"), Decimal(1), Decimal("0.5")]),
    ],
)
def test_one_known_price_makes_an_amount(our: OurDay, amounts: list[Cell]) -> None:
    assert only(our, theirs("1"))[:3] == amounts


@pytest.mark.parametrize(
    ("recorded", "billed", "explanation"),
    [
        (
            ours("1"),
            theirs("2"),
            "Billed more: maybe calls made elsewhere in this organization, or a higher price.",
        ),
        (
            ours("2"),
            theirs("1"),
            "Billed less: maybe the bill is not complete yet, or the price was lower.",
        ),
        (
            ours("2", estimated=(2, "0.011"), unknown=1, uncertain=1),
            theirs("3"),
            "Billed more: maybe 2 calls with an estimated cost (≈ $0.01), 1 call without a price, "
            "1 call with an unknown outcome.",
        ),
        (
            ours("2", estimated=(1, "0.5"), unknown=1, uncertain=2),
            theirs("1"),
            "Billed less: maybe 1 call with an estimated cost (≈ $0.50), 2 calls with an unknown outcome.",
        ),
        (
            ours("2", unknown=1),
            theirs("1"),
            "Billed less: maybe the bill is not complete yet, or the price was lower.",
        ),
        (ours("1", calls=1), None, "Not on the bill, at least not yet: 1 call."),
        (
            ours("1", calls=1000, uncertain=1),
            None,
            "Not on the bill, at least not yet: 1,000 calls, including 1 call with an unknown outcome.",
        ),
        (
            ours("0", calls=2, unknown=2),
            None,
            "Not on the bill, at least not yet: 2 calls, including 2 calls without a price.",
        ),
        (ours("1", unknown=1), theirs("1"), "Nothing billed, at least not yet, for 1 call without a price."),
        (ours("1", estimated=(1, "1"), uncertain=1), theirs("1"), ""),
        (None, theirs("1"), ELSEWHERE),
        (None, theirs("0"), ""),
        (ours("0"), None, ""),
    ],
)
def test_the_calls_that_could_explain_a_difference_are_named(
    recorded: OurDay | None, billed: Billed | None, explanation: str
) -> None:
    assert only(recorded, billed)[3] == explanation


def test_the_remark_says_which_days_and_what_is_left_out() -> None:
    late = (
        "Bills are often a day or two behind: check the latest days again later. "
        "This one is for the whole organization."
    )
    assert compare([], bill(last_day=DAY_2)).note == f"Compared: Nov 1 – Nov 2, 2026 (UTC days). {late}"
    assert compare([ours("1", unknown=2)], bill()).note == (
        f"Compared: Nov 1, 2026 (UTC days). Not in the total: 2 calls without a price. {late}"
    )
