"""The cost file that OpenAI's dashboard exports: read exactly, or told what is wrong with it and where."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from usage.accounts.billed import NO_LINE_ITEM, Bill, Billed, BillError
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
    """Return a row as the dashboard writes it, of the day that starts then."""
    isos = {
        START_1: "2026-11-01T00:00:00",
        START_2: "2026-11-02T00:00:00+00:00",
        START_3: "2026-11-03T00:00:00",
    }
    return f'{start},{start + 86400},{isos[start]},,{amount},{currency},9,tokens,"{item}"' + ",x" * 8


def file(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    """Return a cost file of these lines."""
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
M = Billed(DAY_1, "m", Decimal(1))
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
    assert read_cost_file(content).charges == (M,)


@pytest.mark.parametrize(
    ("content", "charges"),
    [
        (  # an empty time is taken from the other column
            file(",2026-11-01,1,usd,m", header=f"start_time,start_time_iso,{SHORT.partition(',')[2]}"),
            [M],
        ),
        (  # an amount without a line item is kept beside the others
            file(f"{START_1},1,usd,m", f"{START_1},2,usd,", header=SHORT),
            [Billed(DAY_1, NO_LINE_ITEM, Decimal(2)), M],
        ),
        *(  # a row may be of less than a day
            (file(f"{START_1},{end},1,usd,m", header=f"start_time,end_time,{SHORT.partition(',')[2]}"), [M])
            for end in (START_2, "2026-11-01T01:00", "")
        ),
    ],
)
def test_charges_are_by_day_and_model(content: bytes, charges: list[Billed]) -> None:
    assert read_cost_file(content).charges == tuple(charges)


def test_a_file_in_which_every_day_is_empty_is_a_bill_of_nothing() -> None:
    assert read_cost_file(file(f"{START_1},,,", f"{START_3},,,", header=SHORT)) == Bill(DAY_1, DAY_3, ())


def reason(content: bytes) -> str:
    """Return why a file is refused."""
    with pytest.raises(BillError) as caught:
        read_cost_file(content)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        *(
            (content, "The cost file is empty. Export the costs again and use that file as it is.")
            for content in (b"", b"\n\n", b"\xef\xbb\xbf", b" , \n")
        ),
        (file(), "The cost file has no rows below its first line. Export it again."),
        (
            file(f"{START_1},1,usd,", f"{START_2},,,", header=SHORT),
            "The cost file does not say what its amounts are for: line_item is empty in every row. "
            "In the dashboard, group the costs by line item, then export again.",
        ),
        (
            file(header=f"{SHORT},Amount_Value,x,x"),
            "The cost file has more than one column named amount_value.",
        ),
        (
            file(f"{START_1},1,usd,m", "", f"{START_1},2,eur,m", header=SHORT),
            "Line 4 of the cost file: the currency is 'eur', and only a bill in USD can be compared.",
        ),
        (  # as an editor counts lines
            file(f'{START_1},1,usd,"m,\n\n input"', f"{START_1},x,usd,m", header=SHORT),
            "Line 5 of the cost file: the amount is not a plain decimal: 'x'.",
        ),
        (
            file(f"{START_1},1,usd,m", header=SHORT).decode().encode("utf-16"),
            "The cost file is not UTF-8 text. Use the CSV file as the dashboard exports it.",
        ),
    ],
)
def test_a_file_that_is_no_bill_is_told_why_and_what_to_do(content: bytes, why: str) -> None:
    assert reason(content) == why


NO_COST_FILE = "This is not a cost file of OpenAI's dashboard: it lacks "


@pytest.mark.parametrize(
    ("header", "rest"),
    [
        (
            "line_item",
            "amount_value, amount_currency, start_time or start_time_iso. Its first line has line_item.",
        ),
        (
            "amount_value,line_item,start_time",
            "amount_currency. Its first line has amount_value, line_item, start_time.",
        ),
        (
            "Datum,Betrag,,Währung",
            "amount_value, amount_currency, line_item, start_time or start_time_iso. "
            "Its first line has Datum, Betrag, (no name), Währung.",
        ),
        (
            "amount_value,amount_currency,line_item," + ",".join("abcdefghijklmnopqrst"),
            "start_time or start_time_iso. Its first line has amount_value, amount_currency, line_item, "
            "a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q and 3 more.",
        ),
        (
            "start_time,model,num_model_requests",
            "amount_value, amount_currency, line_item. "
            "Its first line has start_time, model, num_model_requests. "
            "This is the activity export: export the costs instead, grouped by line item.",
        ),
        (
            "start_time;amount_value",
            "amount_value, amount_currency, line_item, start_time or start_time_iso. "
            "Its first line has start_time;amount_value. "
            "Its columns are not separated by commas: use the file as the dashboard exports it.",
        ),
    ],
)
def test_a_foreign_file_is_told_what_it_lacks_and_what_it_has(header: str, rest: str) -> None:
    assert reason(file("1,2,3", header=header)) == NO_COST_FILE + rest


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{START_1},one,usd,m", "the amount is not a plain decimal: 'one'"),
        (f'{START_1},"0,5",usd,m', "the amount is not a plain decimal: '0,5'"),
        (f"{START_1},1E99,usd,m", "the amount is not one that a bill can have: '1E99'"),
        (f'{START_1},,usd,"m, input"', "'m, input' has no amount"),
        (",1,usd,m", "it has no start time"),
        ("yesterday,1,usd,m", "start_time is not a time: 'yesterday'"),
        ("11/1/2026 0:00,1,usd,m", "start_time is not a time: '11/1/2026 0:00'"),
        ("1793491200000,1,usd,m", "start_time is not a time: '1793491200000'"),
        (f"{START_1},1,usd", "it has 3 fields where the first line has 4"),
        (f"{START_1},1,usd,m,x", "it has 5 fields where the first line has 4"),
        (SHORT, "start_time is not a time: 'start_time'"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_by_its_line(line: str, why: str) -> None:
    assert reason(file(f"{START_1},1,usd,m", line, header=SHORT)) == f"Line 3 of the cost file: {why}."


@pytest.mark.parametrize(
    ("end", "shown"), [(str(START_2 + 1), "2026-11-02 00:00"), (str(START_1 + 7 * 86400), "2026-11-08 00:00")]
)
def test_a_row_of_more_than_a_day_belongs_to_no_day(end: str, shown: str) -> None:
    content = file(f"{START_1},{end},1,usd,m", header=SHORT.replace("start_time", "start_time,end_time"))
    assert reason(content) == (
        f"Line 2 of the cost file: 2026-11-01 00:00 to {shown} is not within one UTC day, "
        "so its amount belongs to no single day."
    )


@pytest.mark.parametrize("line", ['x,1,usd,"m', 'x,"1"2,usd,m', "x,1,usd," + "m" * 200_000])
def test_a_line_that_is_no_csv_is_named(line: str) -> None:
    assert reason(file(f"{START_1},1,usd,m", line, header=SHORT)).startswith(
        "Line 3 of the cost file is not CSV: "
    )


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "cost.csv"
    path.write_bytes(file(f"{START_1},1,usd,m", header=SHORT))
    size = path.stat().st_size
    assert read_cost_file(path, size) == read_cost_file(path.read_bytes(), size)
    sources: list[Path | bytes] = [path, path.read_bytes()]
    for source in sources:
        with pytest.raises(BillError) as caught:
            read_cost_file(source, size - 1)
        assert str(caught.value) == f"The cost file is larger than {size - 1} bytes. Export a shorter period."


@pytest.mark.parametrize(("name", "why"), [("none.csv", "No such file or directory"), ("", "Is a directory")])
def test_a_path_that_cannot_be_read_is_named(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(BillError) as caught:
        read_cost_file(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name} cannot be read: {why}."
