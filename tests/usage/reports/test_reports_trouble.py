"""Reports on ledgers that hands, editors and power cuts have been at."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import BERLIN, ONE_PLAIN, PLAIN, an_entry, many_entries, summed, written
from usage.ledger import COLUMNS, CsvLedger, LedgerError, LedgerProblem, csv_line
from usage.ledger.csv_rows import line_of
from usage.reports.ledger_tail import Block, LedgerTail
from usage.reports.reports import UsageReports
from usage.reports.totals import Report, Totals


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


@pytest.mark.parametrize("size", [0, 2000])
def test_bad_rows_are_named_by_their_lines_and_the_rest_is_exact(path: Path, size: int) -> None:
    entries = many_entries(size)
    reports = written(path, *entries, PLAIN)
    bad = line_of(an_entry(call_id="bad"), COLUMNS)
    with path.open("ab") as file:
        file.write(b"call-7,2026-11-22T0\n")
        file.write(bad.replace(b",1234,", b",many,"))
        file.write(bad.replace(b"0.0002334", b"-1"))
        file.write(bad.replace(b"2026-11-22T", b"22.11.2026 "))
        file.write(bad.replace(b"gpt-6-luna,", b"gpt,6,luna,"))
        file.write(bad.replace(b"reported", b"guessed"))
        file.write(bad.replace(b"gpt-6-luna,", b"\xff,"))
        file.write(b"\n" + line_of(an_entry(call_id="good"), COLUMNS))
    report = reports.report("day")
    assert report.total == summed([*entries, PLAIN, PLAIN])
    first = size + 3
    assert report.problems == (
        LedgerProblem(first, "has 2 fields, expected 34"),
        LedgerProblem(first + 1, "input_tokens is not a plain decimal: 'many'"),
        LedgerProblem(first + 2, "cost_usd is not a plain decimal: '-1'"),
        LedgerProblem(first + 3, "started_at is not a time: '22.11.2026 08:30:00.123Z'"),
        LedgerProblem(first + 4, "has 36 fields, expected 34"),
        LedgerProblem(first + 5, "usage_source is 'guessed', expected one of reported, estimated, none"),
        LedgerProblem(first + 6, "is not UTF-8 text"),
    )


@pytest.mark.parametrize("size", [0, 2000])
def test_a_call_that_is_in_twice_counts_once(path: Path, size: int) -> None:
    entries = many_entries(size)
    reports = written(path, *entries, PLAIN, *entries[:1], PLAIN)
    report = reports.report("day")
    assert report.total == summed([*entries, PLAIN])
    assert report.problems[-1] == LedgerProblem(
        path.read_bytes().count(b"\n"), "is a call that is in the ledger already"
    )
    assert len(report.problems) == 1 + bool(size)


def edited(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"), [(b"0.0002334", b"0.0002335"), (b"0.0002334", b"0.1"), (b"0.0002334", b"0.00023340001")]
)
def test_a_row_edited_by_hand_is_read_again(path: Path, old: bytes, new: bytes) -> None:
    reports = written(path, PLAIN, an_entry(call_id="2"))
    reports.report("day")
    edited(path, old, new)
    expected = [an_entry(cost_usd=Decimal(new.decode())), an_entry(call_id="2")]
    assert reports.report("day").total == summed(expected)


def test_an_edit_far_from_both_ends_is_read_again(path: Path) -> None:
    entries = many_entries(200)
    entries[100] = PLAIN
    reports = written(path, *entries)
    reports.report("day")
    edited(path, b"0.0002334", b"0.0002335")
    entries[100] = an_entry(cost_usd=Decimal("0.0002335"))
    assert reports.report("day").total == summed(entries)


def test_a_file_put_in_place_of_the_ledger_is_read_anew(path: Path) -> None:
    entries = many_entries(200)
    entries[100] = PLAIN
    reports = written(path, *entries)
    reports.report("day")
    entries[100] = an_entry(cost_usd=Decimal("0.0002335"))
    other = path.with_name("edited.csv")
    written(other, *entries, an_entry(call_id="2"))
    other.replace(path)
    assert reports.report("day").total == summed([*entries, an_entry(call_id="2")])


def test_a_block_does_not_end_inside_a_quoted_field(path: Path) -> None:
    lines = b"x\n" * (512 * 1024 - 1)
    path.write_bytes(lines + b'"a\nb"\nc\n')
    first, second = LedgerTail(path).new_blocks()
    assert first.data == lines + b'"a\nb"\n'
    assert second == Block(512 * 1024 + 2, b"c\n")


def test_a_file_that_was_moved_away_is_an_empty_ledger(path: Path) -> None:
    reports = written(path, PLAIN)
    assert reports.report("day").total == ONE_PLAIN
    path.unlink()
    assert reports.report("day") == Report("day", (), Totals(), ())
    CsvLedger(path).append(PLAIN)
    assert reports.report("day").total == ONE_PLAIN


def test_a_file_without_its_header_gives_no_figures_but_the_reason(path: Path) -> None:
    path.write_bytes(line_of(PLAIN, COLUMNS))
    report = UsageReports(path, BERLIN).report("day")
    assert report.total == Totals()
    assert report.problems == (
        LedgerProblem(
            1,
            "must name the columns, and lacks "
            "call_id, started_at, user, model, conversation_id, purpose, endpoint, key_owner, status, "
            "usage_source",
        ),
    )


def test_a_ledger_that_is_no_file_is_a_ledger_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError, match=r"Cannot read .*usage.csv: Is a directory"):
        UsageReports(path, BERLIN).report("day")


def test_other_orders_line_ends_and_marks_give_the_same(path: Path) -> None:
    entries = many_entries(2000)
    header = ["remark", *reversed(COLUMNS)]
    lines = [csv_line(header), *(line_of(entry, header) for entry in entries)]
    path.write_bytes(b"\xef\xbb\xbf" + b"".join(line.replace(b"\n", b"\r\n") for line in lines))
    assert UsageReports(path, BERLIN).report("day").total == summed(entries)


@pytest.mark.parametrize("text", ['a "b", c', "two\nlines", "a\r\nb"])
def test_quoted_fields_among_many_rows_are_read(path: Path, text: str) -> None:
    entries = [*many_entries(2000), an_entry(model=text), an_entry(call_id="2")]
    report = written(path, *entries).report("model")
    assert {row.key: row.totals for row in report.rows}[text] == ONE_PLAIN
    assert report.total == summed(entries)


def test_a_quote_left_open_costs_its_own_row_only(path: Path) -> None:
    entries = many_entries(2000)
    reports = written(path, *entries[:1000])
    with path.open("ab") as file:
        file.write(b'torn,"2026\n' + b"".join(line_of(entry, COLUMNS) for entry in entries[1000:]))
    report = reports.report("day")
    assert report.total == summed(entries)
    assert report.problems == (LedgerProblem(1002, "has 2 fields, expected 34"),)


@pytest.mark.parametrize("size", [0, 20, 2000])
def test_a_row_longer_than_all_before_it_is_read_as_any_other(path: Path, size: int) -> None:
    long = an_entry(call_id="long", model="m" * 1_200_000)
    entries = [*many_entries(size), long, PLAIN]
    assert written(path, *entries).report("model").total == summed(entries)


def test_whatever_goes_wrong_no_row_is_passed_over_at_the_next_look(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = many_entries(2000)
    reports = written(path, *entries)
    with monkeypatch.context() as patched:
        patched.setattr("usage.reports.running_table.batch_of_rows", lambda _: 1 // 0)
        patched.setattr("usage.reports.running_table._must_be_parsed", lambda _: True)
        with pytest.raises(ZeroDivisionError):
            reports.report("day")
    assert reports.report("day").total == summed(entries)
