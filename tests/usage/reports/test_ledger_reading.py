"""Reports on ledgers that hands, editors and power cuts have been at."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import WAYS, Way, read
from tests.helpers.ledger_entries import (
    BERLIN,
    ONE_PLAIN,
    PLAIN,
    an_entry,
    cells,
    many_entries,
    summed,
    written,
)
from usage.ledger import COLUMNS, CsvLedger, LedgerError, LedgerProblem, csv_line
from usage.ledger.csv_rows import line_of
from usage.ledger.ledger_tail import Block
from usage.reports import Calls, Filter, Totals, total, usage_by


def edited(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize("size", [0, 200])
@pytest.mark.parametrize("new", [b"0.0002335", b"0.1", b"0.00023340001"])
def test_a_row_edited_by_hand_is_read_again(path: Path, new: bytes, size: int) -> None:
    entries = [*many_entries(size), PLAIN, *many_entries(size, seed=2)]
    calls = written(path, *entries)
    total(calls, Filter())
    edited(path, b"0.0002334", new)
    entries[size] = an_entry(cost_usd=Decimal(new.decode()))
    assert total(calls, Filter()) == summed(entries)


def test_a_file_put_in_place_of_the_ledger_is_read_anew(path: Path) -> None:
    entries = many_entries(200)
    entries[100] = PLAIN
    calls = written(path, *entries)
    total(calls, Filter())
    entries[100] = an_entry(cost_usd=Decimal("0.0002335"))
    other = path.with_name("edited.csv")
    written(other, *entries, an_entry(call_id="2"))
    other.replace(path)
    assert total(calls, Filter()) == summed([*entries, an_entry(call_id="2")])


def test_a_block_does_not_end_inside_a_quoted_field(path: Path) -> None:
    lines = b"x\n" * (128 * 1024 - 1)
    path.write_bytes(lines + b'"a\nb"\nc\n')
    first, second = CsvLedger(path).tail().new_blocks()
    assert first.data == lines + b'"a\nb"\n'
    assert second == Block(128 * 1024 + 2, len(lines) + 6, b"c\n", 1)


def test_a_file_that_was_moved_away_is_an_empty_ledger(path: Path) -> None:
    calls = written(path, PLAIN)
    assert total(calls, Filter()) == ONE_PLAIN
    path.unlink()
    assert total(calls, Filter()) == Totals()
    CsvLedger(path).append(PLAIN)
    assert total(calls, Filter()) == ONE_PLAIN


@pytest.mark.parametrize(
    ("first_line", "reason"),
    [
        (b"", "The first line of the ledger must name the columns, and lacks call_id, started_at, "),
        (";".join(COLUMNS).encode() + b"\n", "usage.csv was saved with semicolons between the columns, "),
    ],
)
def test_a_file_without_its_header_gives_the_reason_in_place_of_figures(
    path: Path, first_line: bytes, reason: str
) -> None:
    calls = written(path, PLAIN)
    assert total(calls, Filter()) == ONE_PLAIN
    whole = path.read_bytes()
    path.write_bytes(first_line + line_of(PLAIN, COLUMNS))
    for ask in (lambda: total(calls, Filter()), calls.problems, lambda: calls.has("call-1")):
        with pytest.raises(LedgerError, match=f"^{reason}"):
            ask()
    path.write_bytes(whole)
    assert total(calls, Filter()) == ONE_PLAIN


def test_a_ledger_that_is_no_file_is_a_ledger_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError, match=r"Cannot read .*usage.csv: Is a directory"):
        total(Calls(CsvLedger(path), BERLIN), Filter())


IN_BULK = "SELECT count(*) AS calls FROM entries_in_bulk WHERE is_plain"


@pytest.mark.parametrize(
    ("text", "in_bulk"), [('{"a": "b, c"}', True), ("two\nlines", False), ("a\r\nb", False)]
)
def test_quoted_fields_among_many_rows_are_read(path: Path, text: str, in_bulk: bool) -> None:
    entries = [*many_entries(2000), an_entry(model=text), an_entry(call_id="2")]
    calls = written(path, *entries)
    sheet = usage_by(calls, "model", Filter())
    assert {row[0]: row[1:] for row in sheet.rows}[text] == cells(ONE_PLAIN)
    assert sheet.total == ["total", *cells(summed(entries))]
    assert (calls.ask(IN_BULK)["calls"][0] == len(entries)) is in_bulk


@pytest.mark.parametrize("field", [b'a"b"', b'"a" ', b'"a"b', b' "a"', b'"a', b'""a""', b'"a,"b"', b"\x01"])
def test_a_field_that_looks_odd_is_read_in_bulk_as_row_by_row(path: Path, field: bytes) -> None:
    line = line_of(an_entry(call_id="odd"), COLUMNS).replace(b"gpt-6-luna,", field + b",")
    good = line_of(PLAIN, COLUMNS).replace(b"gpt-6-luna,", b'"gpt-6-luna",')
    path.write_bytes(csv_line(COLUMNS) + good + line + line_of(an_entry(call_id="2"), COLUMNS))
    in_bulk, one_by_one = read(path, "in bulk"), read(path, "row by row")
    models = [
        calls.ask("SELECT line, model FROM entries").to_numpy().tolist() for calls in (in_bulk, one_by_one)
    ]
    assert sorted(models[0]) == sorted(models[1])
    assert in_bulk.problems() == one_by_one.problems()


def test_a_quote_left_open_costs_its_own_row_only(path: Path) -> None:
    entries = many_entries(2000)
    calls = written(path, *entries[:1000])
    with path.open("ab") as file:
        file.write(b'torn,"2026\n' + b"".join(line_of(entry, COLUMNS) for entry in entries[1000:]))
    assert total(calls, Filter()) == summed(entries)
    assert calls.problems() == (LedgerProblem(1002, f"has 2 fields, expected {len(COLUMNS)}"),)


@pytest.mark.parametrize("size", [0, 20, 2000])
def test_a_row_longer_than_all_before_it_is_read_as_any_other(path: Path, size: int) -> None:
    long = an_entry(call_id="long", model="m" * 1_200_000)
    entries = [*many_entries(size), long, PLAIN]
    assert total(written(path, *entries), Filter()) == summed(entries)


def test_whatever_goes_wrong_no_row_is_passed_over_at_the_next_look(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = many_entries(2000)
    calls = written(path, *entries)
    with monkeypatch.context() as patched:
        patched.setattr("usage.reports.call_tables.CallTables.correct", lambda _: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            total(calls, Filter())
    assert total(calls, Filter()) == summed(entries)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"0.0002334", b"0.00000000000000001", "cost_usd has more than 12 decimals: '0.00000000000000001'"),
        (b"0.0002334", b"1e-13", "cost_usd has more than 12 decimals: '1e-13'"),
        (b"0.0002334", b"nan", "cost_usd is not a plain decimal: 'nan'"),
        (b"0.0002334", b"1_0", "cost_usd is not a plain decimal: '1_0'"),
        (b",1234,", b",-1,", "input_tokens is not a plain decimal: '-1'"),
        (b",1234,", b",12.5,", "input_tokens is not a count: '12.5'"),
        (b",1234,", b",0x1F,", "input_tokens is not a plain decimal: '0x1F'"),
        (b",1234,", b",1000000000000,", "input_tokens is not a count: '1000000000000'"),
        (b"2026-11", b"2026-13", "started_at is not a time: '2026-13-22T08:30:00.123Z'"),
        (b"2026-11", b"1969-11", "started_at is not a time that a call can have: '1969-11-22T08:30:00.123Z'"),
        (b"bad", b"", "call_id is empty"),
        (b",reply,", b",gift,", "purpose is 'gift', expected one of"),
        (b"\n", b",\n", f"has {len(COLUMNS) + 1} fields, expected {len(COLUMNS)}"),
        (b"\n", b"," * 34 + b"\n", f"has {len(COLUMNS) + 34} fields, expected {len(COLUMNS)}"),
        (b"\n", b"," * 400 + b"\n", f"has {len(COLUMNS) + 400} fields, expected {len(COLUMNS)}"),
        (
            b",1240,1100,,,,,,,,",
            b",1240,1100,,,,,,,",
            f"has {len(COLUMNS) - 1} fields, expected {len(COLUMNS)}",
        ),
        (b"gpt-6-luna,", b"gpt,6,luna,", f"has {len(COLUMNS) + 2} fields, expected {len(COLUMNS)}"),
        (b"reported", b"guessed", "usage_source is 'guessed', expected one of reported, estimated, none"),
        (b"gpt-6-luna,", b"\xff,", "is not UTF-8 text"),
        (b",reply,", b',"reply,', f"has 6 fields, expected {len(COLUMNS)}"),
        (b",reply,", b",re\rply,", "is not CSV"),
    ],
)
def test_an_odd_row_is_named_and_costs_no_other(
    path: Path, old: bytes, new: bytes, reason: str, way: Way
) -> None:
    before, after = many_entries(300), many_entries(300, seed=2)
    written(path, *before)
    odd = line_of(an_entry(call_id="bad"), COLUMNS).replace(old, new, 1)
    with path.open("ab") as file:
        file.write(odd + b"".join(line_of(entry, COLUMNS) for entry in after))
    calls = read(path, way)
    assert total(calls, Filter()) == summed([*before, *after])
    [problem] = calls.problems()
    assert (problem.line_number, problem.reason[: len(reason)]) == (302, reason)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("odd", [b"\n", b"\n\n", b"   \n", b"\r\n"])
def test_blank_lines_are_passed_over_and_shift_nothing(path: Path, odd: bytes, way: Way) -> None:
    before, after = many_entries(300), many_entries(300, seed=2)
    written(path, *before)
    with path.open("ab") as file:
        file.write(odd + b"".join(line_of(entry, COLUMNS) for entry in after) + b"torn\n")
    calls = read(path, way)
    assert total(calls, Filter()) == summed([*before, *after])
    line = path.read_bytes().count(b"\n")
    assert calls.problems() == (LedgerProblem(line, f"has 1 fields, expected {len(COLUMNS)}"),)


def test_a_folder_whose_name_looks_like_a_pattern_is_read_in_bulk(path: Path) -> None:
    folder = path.parent / "a*[b]?'"
    folder.mkdir()
    entries = many_entries(300)
    written(folder / "usage.csv", *entries)
    assert total(read(folder / "usage.csv", "in bulk"), Filter()) == summed(entries)


@pytest.mark.parametrize("way", WAYS)
def test_of_a_call_that_is_in_twice_the_first_counts_also_where_it_is_odd(path: Path, way: Way) -> None:
    odd = an_entry(call_id="twice", model="a\nb", cost_usd=Decimal(1))
    plain = an_entry(call_id="twice", cost_usd=Decimal(2))
    for entries, line in (([odd, PLAIN, plain], 5), ([plain, PLAIN, odd], 4), ([plain, plain, PLAIN], 3)):
        written(path, *entries)
        calls = read(path, way)
        assert total(calls, Filter()).cost_usd == summed([entries[0], PLAIN]).cost_usd
        assert calls.problems() == (LedgerProblem(line, "is a call that is in the ledger already"),)
