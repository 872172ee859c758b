"""Sheets as CSV, JSON and a table for the terminal."""

import json
from decimal import Decimal

from tests.helpers.ledger_entries import cells
from usage.ledger import LedgerProblem
from usage.reports import Totals, aligned_table, sheet_csv, sheet_json, sheet_table, usage_json
from usage.reports.questions.usage_by import usage_sheet
from usage.reports.sheets import Column, Sheet, percent

SHEET = Sheet(
    name="cache",
    title="What caching saved",
    columns=(
        Column("model", "Model"),
        Column("chat", "Chat", "conversation"),
        Column("calls", "Calls", "count"),
        Column("saved_usd", "Saved", "usd"),
        Column("share_percent", "Share", "percent"),
        Column("day", "Last"),
    ),
    rows=(
        ("=gpt", "a,b", 1200, Decimal("-0.00111"), Decimal("12.5"), "2026-11-22"),
        ("\x1b[1m", None, None, None, None, ""),
    ),
    total=("total", None, 1200, Decimal("1234.5"), Decimal("100.0"), None),
    note="How it comes about.",
)


def test_csv_has_every_digit_nothing_for_the_unknown_and_runs_no_formula() -> None:
    assert sheet_csv(SHEET) == (
        "model,chat,calls,saved_usd,share_percent,day\n"
        '\'=gpt,"a,b",1200,-0.00111,12.5,2026-11-22\n'
        "\x1b[1m,,,,,\n"
        "total,,1200,1234.5,100,\n"
    )


def test_json_keeps_amounts_as_texts_and_the_unknown_as_null() -> None:
    assert json.loads(sheet_json(SHEET)) == {
        "name": "cache",
        "title": "What caching saved",
        "rows": [
            {
                "model": "=gpt",
                "chat": "a,b",
                "calls": 1200,
                "saved_usd": "-0.00111",
                "share_percent": 12.5,
                "day": "2026-11-22",
            },
            {
                "model": "\x1b[1m",
                "chat": None,
                "calls": None,
                "saved_usd": None,
                "share_percent": None,
                "day": "",
            },
        ],
        "total": {"chat": None, "calls": 1200, "saved_usd": "1234.5", "share_percent": 100.0, "day": None},
        "note": "How it comes about.",
    }


def test_a_table_has_its_figures_in_line_and_steers_no_terminal() -> None:
    assert sheet_table(SHEET) == (
        "What caching saved\n"
        "\n"
        "Model  Chat  Calls   Saved USD  Share %  Last\n"
        "---------------------------------------------------\n"
        "=gpt   a,b   1,200     -0.0011     12.5  2026-11-22\n"
        "\ufffd[1m             –           –        –\n"
        "---------------------------------------------------\n"
        "total        1,200  1,234.50      100.0\n"
        "\n"
        "How it comes about.\n"
    )


def test_a_sheet_without_rows_is_its_head() -> None:
    empty = Sheet(
        name="x", title="Nothing", columns=(Column("model", "Model"), Column("usd", "Cost", "usd")), rows=()
    )
    assert sheet_csv(empty) == "model,usd\n"
    assert sheet_table(empty) == "Nothing\n\nModel  Cost USD\n---------------\n"
    assert json.loads(sheet_json(empty))["total"] is None


def test_an_amount_of_any_length_keeps_all_its_digits_in_a_file() -> None:
    amount = Decimal("123456789012345678901234567890.123456789012345678901234567891")
    sheet = Sheet(name="x", title="", columns=(Column("usd", "Cost", "usd"),), rows=((amount,),))
    assert f"{amount:f}" in sheet_csv(sheet)
    assert f"{amount:,.2f}" in sheet_table(sheet)


def test_a_percentage_is_rounded_to_a_tenth_and_one_of_nothing_is_unknown() -> None:
    assert (percent(1, 3), percent(-1, 8), percent(5, 10_000), percent(4, 10_000)) == (
        Decimal("33.3"),
        Decimal("-12.5"),
        Decimal("0.1"),
        Decimal("0.0"),
    )
    assert percent(1, 0) is None
    assert percent(Decimal("1e40"), Decimal("1e-30")) == Decimal("1e72")


TWO_ROWS = usage_sheet(
    "model",
    [
        ["=gpt", 1200, 3_000_000, 5, 4, 3, Decimal("0.00111"), Decimal("0.001"), 2],
        ["b\x1b", *cells(Totals(1))],
    ],
    [1201, 3_000_000, 5, 4, 3, Decimal("0.00111"), Decimal("0.001"), 2],
)


def test_a_report_as_a_table_has_its_figures_in_line() -> None:
    assert aligned_table(TWO_ROWS) == (
        "Model  Cost USD  Calls      Input  Cached  Output  Reasoning  Estimated USD  No price\n"
        "-------------------------------------------------------------------------------------\n"
        "=gpt     0.0011  1,200  3,000,000       5       4          3          0.001         2\n"
        "b\ufffd       0.00        1          0       –       0          –             –          –\n"
        "-------------------------------------------------------------------------------------\n"
        "total    0.0011  1,201  3,000,000       5       4          3          0.001         2\n"
    )


def test_a_report_as_json_keeps_amounts_as_texts() -> None:
    sheet = usage_sheet("model", TWO_ROWS.rows[:1], cells(Totals()))
    assert usage_json(sheet, [LedgerProblem(7, "is bad")]).replace("\n", "").replace("  ", "") == (
        '{"by": "model","rows": [{"model": "=gpt","calls": 1200,"input_tokens": 3000000,'
        '"cached_input_tokens": 5,"output_tokens": 4,"reasoning_tokens": 3,"cost_usd": "0.00111",'
        '"estimated_usd": "0.001","unknown_price_calls": 2}],"total": {"calls": 0,"input_tokens": 0,'
        '"cached_input_tokens": 0,"output_tokens": 0,"reasoning_tokens": 0,"cost_usd": "0",'
        '"estimated_usd": "0","unknown_price_calls": 0},"problems": [{"line": 7,"reason": "is bad"}]}'
    )
