from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from usage.accounts.billed import NO_LINE_ITEM, Bill, Billed
from usage.accounts.cost_file import read_cost_file

# The columns of the dashboard's file; what follows line_item says whose it was, and is never read.
HEADER = (
    "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,"
    "line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source"
)
SHORT = "start_time,amount_value,amount_currency,line_item"
DAY_1, DAY_2, DAY_3 = date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)
START_1, START_2, START_3, START_4 = 1793491200, 1793577600, 1793664000, 1793750400


def row(start: int, amount: str, item: str, currency: str = "usd") -> str:
    """A row as the dashboard writes it, of the day that starts then."""
    isos = {
        START_1: "2026-11-01T00:00:00",
        START_2: "2026-11-02T00:00:00+00:00",
        START_3: "2026-11-03T00:00:00",
    }
    return f'{start},{start + 86400},{isos[start]},,{amount},{currency},9,tokens,"{item}"' + ",x" * 8


def file(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    """A cost file of these lines."""
    return end.join((header, *lines, "")).encode()


BILL = Bill(
    DAY_1,
    DAY_3,
    (
        Billed(DAY_1, "gpt-6-astra", Decimal("0.51383598")),
        Billed(DAY_1, "web search tool calls", Decimal("0.01")),
        Billed(DAY_2, "gpt-6-astra", Decimal("-0.2")),
    ),
)
LINES = (
    row(START_1, "0.003835980000000000000000000000", "gpt-6-astra, input_tokens"),
    row(START_1, "0.5", "gpt-6-astra, output_tokens"),
    row(START_1, "0.01", "flex | gpt-6-astra, output_tokens"),
    row(START_1, "0.01", "web search tool calls", "USD"),
    row(START_1, "0E-6176", "gpt-6-astra, cached_input_tokens"),
    row(START_2, "-0.2", "gpt-6-astra, input_tokens"),
    f"{START_3},{START_4},2026-11-03T00:00:00,2026-11-04T00:00:00" + "," * 13,
)


def test_a_file_as_the_dashboard_writes_it_is_read_exactly() -> None:
    assert read_cost_file(file(*LINES)) == BILL


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + file(*LINES),
        file(*LINES, end="\r\n"),
        file(*LINES, "", "  "),
        file(*LINES, header=HEADER.upper().replace(",", " , ")),
        file(*LINES).rstrip(b"\n"),
    ],
)
def test_what_a_spreadsheet_does_to_a_file_makes_no_difference(content: bytes) -> None:
    assert read_cost_file(content) == BILL


def test_a_file_is_read_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "cost.csv"
    path.write_bytes(file(*LINES))
    assert read_cost_file(path) == BILL


def test_columns_are_found_by_their_names() -> None:
    content = file(
        f"gpt-6-astra,usd,anything,1,{START_1}.0",
        header="line_item,amount_currency,x,amount_value,start_time",
    )
    assert read_cost_file(content) == Bill(DAY_1, DAY_1, (Billed(DAY_1, "gpt-6-astra", Decimal(1)),))


@pytest.mark.parametrize(
    "start",
    [
        "2026-11-01",
        "20261101",
        "2026-11-01T00:00:00",
        "2026-11-01 00:00:00+00:00",
        "2026-11-01T00:00:00Z",
        "2026-10-31T20:00:00-04:00",
    ],
)
def test_a_time_may_be_iso_8601_and_is_utc_without_a_zone(start: str) -> None:
    content = file(f"{start},1,usd,m", header=SHORT.replace("start_time", "start_time_iso"))
    assert read_cost_file(content).charges == (Billed(DAY_1, "m", Decimal(1)),)


def test_an_empty_time_is_taken_from_the_other_column() -> None:
    content = file(",2026-11-01,1,usd,m", header=f"start_time,start_time_iso,{SHORT.partition(',')[2]}")
    assert read_cost_file(content).charges == (Billed(DAY_1, "m", Decimal(1)),)


def test_a_file_in_which_every_day_is_empty_is_a_bill_of_nothing() -> None:
    assert read_cost_file(file(f"{START_1},,,", f"{START_3},,,", header=SHORT)) == Bill(DAY_1, DAY_3, ())


def test_an_amount_without_a_line_item_is_kept_beside_the_others() -> None:
    content = file(f"{START_1},1,usd,m", f"{START_1},2,usd,", header=SHORT)
    assert read_cost_file(content).charges == (
        Billed(DAY_1, NO_LINE_ITEM, Decimal(2)),
        Billed(DAY_1, "m", Decimal(1)),
    )


@pytest.mark.parametrize("end", [str(START_2), "2026-11-01T01:00", ""])
def test_a_row_of_at_most_a_day_is_taken(end: str) -> None:
    content = file(f"{START_1},{end},1,usd,m", header=SHORT.replace("start_time", "start_time,end_time"))
    assert read_cost_file(content).charges == (Billed(DAY_1, "m", Decimal(1)),)
