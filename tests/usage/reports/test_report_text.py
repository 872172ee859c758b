"""Reports as CSV, JSON and a table for the terminal."""

from decimal import Decimal

from tests.helpers.ledger_entries import cells
from usage.ledger import LedgerProblem
from usage.reports import Totals, aligned_table, sheet_csv, usage_json
from usage.reports.questions.usage_by import usage_sheet

TWO_ROWS = usage_sheet(
    "model",
    [
        ["=gpt", 1200, 3_000_000, 5, 4, 3, Decimal("0.00111"), Decimal("0.001"), 2],
        ["b\x1b", *cells(Totals(1))],
    ],
    [1201, 3_000_000, 5, 4, 3, Decimal("0.00111"), Decimal("0.001"), 2],
)


def test_a_report_as_csv_has_every_digit_and_runs_no_formula() -> None:
    assert sheet_csv(TWO_ROWS) == (
        "model,calls,input_tokens,cached_input_tokens,output_tokens,reasoning_tokens,cost_usd,estimated_usd,"
        "unknown_price_calls\n"
        "'=gpt,1200,3000000,5,4,3,0.00111,0.001,2\n"
        "b\x1b,1,0,0,0,0,0,0,0\n"
        "total,1201,3000000,5,4,3,0.00111,0.001,2\n"
    )


def test_a_report_as_a_table_has_its_figures_in_line() -> None:
    assert aligned_table(TWO_ROWS) == (
        "Model  Calls      Input  Cached  Output  Reasoning  Cost USD  Estimated USD  No price\n"
        "-------------------------------------------------------------------------------------\n"
        "=gpt   1,200  3,000,000       5       4          3   0.00111          0.001         2\n"
        "b\ufffd         1          0       0       0          0   0.00000          0.000         0\n"
        "-------------------------------------------------------------------------------------\n"
        "total  1,201  3,000,000       5       4          3   0.00111          0.001         2\n"
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
