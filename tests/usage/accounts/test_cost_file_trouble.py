"""Files that are no cost file, or are one with something wrong in it: each is told what, and where."""

from pathlib import Path

import pytest

from tests.usage.accounts.test_cost_file import SHORT, START_1, START_2, file
from usage.accounts.billed import BillError
from usage.accounts.cost_file import read_cost_file


def reason(content: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(BillError) as caught:
        read_cost_file(content)
    return str(caught.value)


def test_a_file_that_is_not_grouped_by_line_item_says_how_to_get_one() -> None:
    assert reason(file(f"{START_1},1,usd,", f"{START_2},,,", header=SHORT)) == (
        "The cost file does not say what its amounts are for: line_item is empty in every row. "
        "In the dashboard, group the costs by line item, then export again."
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" , \n"])
def test_an_empty_file_is_called_empty(content: bytes) -> None:
    assert reason(content) == "The cost file is empty. Export the costs again and use that file as it is."


def test_a_file_with_nothing_below_its_header_has_no_days() -> None:
    assert (
        reason(file()) == "The cost file has no rows below its first line: no day is in it. Export it again."
    )


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
            "It is the export of the activity: choose the costs, group them by line item, export again.",
        ),
        (
            "start_time;amount_value",
            "amount_value, amount_currency, line_item, start_time or start_time_iso. "
            "Its first line has start_time;amount_value. "
            "Its columns are not set apart by commas: use the file as the dashboard exports it.",
        ),
    ],
)
def test_a_foreign_file_is_told_what_it_lacks_and_what_it_has(header: str, rest: str) -> None:
    assert reason(file("1,2,3", header=header)) == NO_COST_FILE + rest


def test_two_columns_of_one_name_are_refused_when_they_count() -> None:
    assert reason(file(header=f"{SHORT},Amount_Value,x,x")) == (
        "The cost file has more than one column named amount_value."
    )


def test_another_currency_is_named_with_its_line_and_nothing_is_converted() -> None:
    content = file(f"{START_1},1,usd,m", "", f"{START_1},2,eur,m", header=SHORT)
    assert reason(content) == (
        "Line 4 of the cost file: the currency is 'eur'. Tally counts in USD and converts nothing, "
        "so that only a bill in USD can be compared."
    )


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
        f"Line 2 of the cost file: 2026-11-01 00:00 to {shown} does not lie within one day of UTC, "
        "so that its amount belongs to no day."
    )


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    content = file(f'{START_1},1,usd,"m,\n\n input"', f"{START_1},x,usd,m", header=SHORT)
    assert reason(content).startswith("Line 5 of the cost file: ")


@pytest.mark.parametrize("line", ['x,1,usd,"m', 'x,"1"2,usd,m', "x,1,usd," + "m" * 200_000])
def test_a_line_that_is_no_csv_is_named(line: str) -> None:
    assert reason(file(f"{START_1},1,usd,m", line, header=SHORT)).startswith(
        "Line 3 of the cost file is not CSV: "
    )


def test_a_file_in_another_encoding_is_refused() -> None:
    assert reason(file(f"{START_1},1,usd,m", header=SHORT).decode().encode("utf-16")) == (
        "The cost file is not UTF-8 text. Use the CSV file as the dashboard exports it."
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
