"""A sheet in another currency beside USD: for people, in files, and where there is nothing to convert."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from tests.helpers.ledger_entries import cells
from usage.reports import ChatNames, Totals, aligned_table, sheet_csv, sheet_json, sheet_table, usage_json
from usage.reports.questions.usage_by import usage_sheet
from usage.reports.sheet_view import sheet_html, usage_html
from usage.reports.sheets import TOTAL, Cell, Column, Sheet
from usage.units import Currency

EURO = Currency("EUR", Decimal("0.895095"), date(2026, 10, 30))
BY_HAND = Currency("EUR", Decimal("0.9"))
NOTE = "At 1 USD = 0.895095 EUR, the ECB rate of 2026-10-30; the ledger is in USD."
COLUMNS = (
    Column("model", "Model"),
    Column("calls", "Calls", "count"),
    Column("saved_usd", "Saved", "usd"),
    Column("cost_usd", "Cost", "usd"),
    Column("rate_usd", "Price", "rate"),
)


def a_sheet(*rows: Sequence[Cell], columns: Sequence[Column] = COLUMNS, note: str = "") -> Sheet:
    """Return a sheet with these rows, whose total is that of two dollars."""
    total: list[Cell] = [TOTAL, 3, Decimal(1), Decimal(2), None]
    return Sheet(
        name="sheet", title="Sheet", columns=columns, rows=rows, total=total[: len(columns)], note=note
    )


TWO_ROWS = a_sheet(
    ["luna", 1, Decimal("0.5"), Decimal("1.999"), Decimal("0.1")],
    ["sol", 2, Decimal("0.5"), Decimal("0.001"), Decimal(-1)],
)
UNKNOWN = a_sheet(["luna", 1, None, None, None])


def test_without_a_currency_nothing_changes() -> None:
    assert TWO_ROWS.also_in(None) is TWO_ROWS
    assert TWO_ROWS.for_files() is TWO_ROWS


def test_the_terminal_has_the_cost_in_both_and_says_at_which_rate() -> None:
    assert aligned_table(TWO_ROWS.also_in(EURO)) == (
        "Model  Cost USD     EUR  Calls  Saved USD  Price USD\n"
        "----------------------------------------------------\n"
        "luna      2.00   1.79        1       0.50       0.10\n"
        "sol       0.001  0.0009      2       0.50      -1.00\n"
        "----------------------------------------------------\n"
        "total     2.00   1.79        3       1.00          –\n"
        f"\n{NOTE}\n"
    )


def test_the_rate_is_said_after_what_a_sheet_says_itself() -> None:
    noted = a_sheet(*TWO_ROWS.rows, note="Saved is saved.").also_in(EURO)
    assert sheet_table(noted).replace("\n", " ").endswith(f"  Saved is saved. {NOTE} ")
    assert json.loads(sheet_json(noted))["note"] == f"Saved is saved. {NOTE}"


@pytest.mark.parametrize(
    ("currency", "basis"), [(EURO, "0.895095,2026-10-30"), (BY_HAND, "0.9,")], ids=["ecb", "by hand"]
)
def test_a_csv_has_the_cost_in_both_with_rate_and_day(currency: Currency, basis: str) -> None:
    lines = sheet_csv(TWO_ROWS.also_in(currency)).splitlines()
    assert lines[0] == "model,calls,saved_usd,cost_usd,cost_eur,rate_usd,eur_per_usd,rate_day"
    assert lines[2] == f"sol,2,0.5,0.001,{currency.of(Decimal('0.001')).normalize():f},-1,{basis}"
    assert lines[3] == f"total,3,1,2,{currency.of(Decimal(2)).normalize():f},,{basis}"


def test_json_has_the_cost_in_both_with_rate_and_day() -> None:
    figures = json.loads(sheet_json(TWO_ROWS.also_in(EURO)))
    assert figures["rows"][1] == {
        "model": "sol",
        "calls": 2,
        "saved_usd": "0.5",
        "cost_usd": "0.001",
        "cost_eur": "0.000895095",
        "rate_usd": "-1",
        "eur_per_usd": "0.895095",
        "rate_day": "2026-10-30",
    }
    assert (figures["total"]["cost_eur"], figures["total"]["rate_day"]) == ("1.79019", "2026-10-30")
    by_model = json.loads(usage_json(TWO_ROWS.also_in(BY_HAND), ()))
    assert (by_model["total"]["cost_eur"], by_model["total"]["rate_day"]) == ("1.8", None)


def test_the_page_has_the_cost_in_both_and_says_at_which_rate() -> None:
    html = sheet_html(TWO_ROWS.also_in(EURO), ChatNames(), nothing="")
    assert '<button type="button">EUR<i aria-hidden="true"></i></button>' in html
    assert (
        '<td class="figure" data-exact="1.999" title="$1.999" data-room="0">$2.00</td>'
        '<td class="figure" data-exact="1.789294905" data-currency data-room="00">1.79</td>'
    ) in html
    assert f'<p class="usage-note">{NOTE}</p>' in html


def test_what_is_not_known_in_usd_is_not_known_in_another_currency() -> None:
    html = sheet_html(UNKNOWN.also_in(EURO), ChatNames(), nothing="")
    assert '<td class="figure">price unknown</td><td class="figure">–</td>' in html
    assert sheet_csv(UNKNOWN.also_in(EURO)).splitlines()[1] == "luna,1,,,,,0.895095,2026-10-30"
    unpriced = usage_sheet(
        "model", [["nobody-1", *cells(Totals(1, unknown_price_calls=1))]], cells(Totals(1))
    )
    shown = usage_html(unpriced.also_in(EURO), ChatNames())
    assert '<td class="figure">price unknown</td><td class="figure">–</td>' in shown


def test_without_a_cost_the_first_amounts_are_converted_and_without_any_nothing() -> None:
    savings = a_sheet(["luna", 1, Decimal(1)], columns=COLUMNS[:3]).also_in(EURO)
    assert sheet_csv(savings).startswith("model,calls,saved_usd,saved_eur,eur_per_usd,rate_day\n")
    counts = a_sheet(["luna", 1], columns=COLUMNS[:2])
    assert counts.also_in(EURO) is counts


def test_an_amount_below_nothing_has_a_minus_sign() -> None:
    html = sheet_html(a_sheet(["luna", 1, None, Decimal(-2), None]).also_in(EURO), ChatNames(), nothing="")
    assert "data-currency>−1.79</td>" in html
