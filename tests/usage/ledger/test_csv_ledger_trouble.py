"""usage.csv when the disk is full, a row is torn, the header is gone, or another copy of the app hangs."""

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from tests.helpers.ledger_entries import HEADER, PLAIN, PLAIN_LINE, an_entry, kept
from usage.forecast import Tokenizer
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.csv_rows import COLUMNS
from usage.ledger.entry import LedgerEntry, LedgerError
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook


def test_a_short_write_leaves_nothing_and_is_said_plainly(path: Path) -> None:
    ledger = CsvLedger(path)
    ledger.append(PLAIN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 40, limits[1]))
    try:
        with pytest.raises(LedgerError, match=r"Cannot write to .*usage.csv: only 40 of \d+ bytes fitted"):
            ledger.append(an_entry(call_id="call-2"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == HEADER + PLAIN_LINE
    ledger.append(an_entry(call_id="call-2"))
    assert [entry.call.id for entry in ledger.entries()] == ["call-1", "call-2"]


@pytest.mark.parametrize(
    ("tail", "repaired"), [("call-0,2026", "call-0,2026\n"), ('call-0,"20,26', 'call-0,"20,26"\n')]
)
def test_a_torn_last_line_is_ended_before_the_next_row(path: Path, tail: str, repaired: str) -> None:
    path.write_text(HEADER + tail)
    ledger = CsvLedger(path)
    ledger.append(PLAIN)
    assert path.read_text() == HEADER + repaired + PLAIN_LINE
    assert list(ledger.read()) == [
        (2, LedgerProblem(2, f"has 2 fields, expected {len(COLUMNS)}")),
        (3, PLAIN),
    ]


def test_a_last_line_within_a_longer_quoted_field_is_ended_without_a_quote(path: Path) -> None:
    row = PLAIN_LINE.replace("turn-1", '"turn\n1"').rstrip("\n")
    path.write_text(HEADER + row)
    ledger = CsvLedger(path)
    ledger.append(an_entry(call_id="call-2"))
    assert [(line, type(entry)) for line, entry in ledger.read()] == [(2, LedgerEntry), (4, LedgerEntry)]
    assert [entry.call.turn_id for entry in ledger.entries()] == ["turn\n1", "turn-1"]


def test_a_quote_left_open_long_ago_stays_as_it_is(path: Path) -> None:
    path.write_text(HEADER + 'by "hand\n' + PLAIN_LINE.replace("turn-1", '"turn\n1"'))
    before = path.read_text()
    CsvLedger(path).append(an_entry(call_id="call-2"))
    assert path.read_text() == before + PLAIN_LINE.replace("call-1", "call-2")


def test_nothing_is_written_without_the_lock(path: Path) -> None:
    path.with_name("usage.csv.lock").mkdir()
    with pytest.raises(LedgerError, match="Cannot write to"):
        CsvLedger(path).append(PLAIN)
    assert not path.exists()


def test_a_file_without_its_header_is_refused(path: Path) -> None:
    path.write_text(PLAIN_LINE)
    with pytest.raises(
        LedgerError, match="first line of the ledger must name the columns, and lacks call_id, started_at"
    ):
        CsvLedger(path).check_writable()
    assert path.read_text() == PLAIN_LINE


QUOTED = ";".join(f'"{name}"' for name in COLUMNS)
ROW = '"call-1";"2026-11-22T08:30:00.123Z";"local";12;3,00E+05;"reply";"api.openai.com";"app";0,1\n'


@pytest.mark.parametrize(
    ("saved", "separators"),
    [
        (HEADER.replace(",", ";") + PLAIN_LINE.replace(",", ";"), "semicolons"),
        (QUOTED + "\n" + ROW, "semicolons"),
        (QUOTED + "\r\n" + ROW, "semicolons"),
        ("\ufeff" + QUOTED + "\n" + ROW, "semicolons"),
        ("sep=;\n" + HEADER.replace(",", ";"), "semicolons"),
        ("\ufeffsep=;\r\n" + QUOTED + "\r\n" + ROW, "semicolons"),
        (HEADER.replace(",", "\t") + PLAIN_LINE.replace(",", "\t"), "tabs"),
        ("sep=\t\n" + HEADER.replace(",", "\t"), "tabs"),
        ("call_id;cost_usd\n", "semicolons"),
    ],
)
def test_a_file_saved_with_other_separators_is_said_to_be_that_and_left_alone(
    path: Path, saved: str, separators: str
) -> None:
    path.write_bytes(saved.encode())
    ledger = CsvLedger(path)
    uses: tuple[Callable[[], object], ...] = (
        ledger.check_writable,
        partial(ledger.append, PLAIN),
        partial(ledger.append_missing, [PLAIN]),
        partial(ledger.find, ["call-1"]),
        partial(list, ledger.entries()),
        partial(ledger.as_csv, "local"),
    )
    for use in uses:
        with pytest.raises(LedgerError) as said:
            use()
        assert str(said.value) == (
            f"usage.csv was saved with {separators} between the columns, as some spreadsheets do. Put back a "
            "copy from before, or open it there again and save it as CSV with commas between the columns and "
            "points in the numbers. Until then nothing is recorded in it."
        )
    assert path.read_bytes() == saved.encode()
    assert not kept(path).exists()


@pytest.mark.parametrize("first_line", ["day;cost", "call_id", "sep=,", "sep=", ";;;", "call_id,user"])
def test_a_file_that_was_not_saved_from_a_ledger_is_not_said_to_be(path: Path, first_line: str) -> None:
    path.write_text(first_line + "\n")
    with pytest.raises(LedgerError, match="first line of the ledger must name the columns, and lacks "):
        CsvLedger(path).check_writable()


def test_a_column_of_ones_own_may_have_a_semicolon(path: Path) -> None:
    path.write_text(HEADER.replace("\n", ",mine;model\n") + PLAIN_LINE.replace("\n", ",\n"))
    assert list(CsvLedger(path).entries()) == [PLAIN]


def test_what_stands_in_the_way_of_the_file_is_said_plainly(path: Path) -> None:
    path.mkdir()
    with pytest.raises(LedgerError, match=r"^Cannot write to .*usage.csv: Is a directory\.$"):
        CsvLedger(path).check_writable()


@contextmanager
def a_copy_that_hangs(path: Path) -> Iterator[None]:
    """Another process that has the ledger's lock and does nothing with it."""
    script = (
        "import sys; from pathlib import Path; from usage.ledger.csv_ledger import lock_of\n"
        "with lock_of(Path(sys.argv[1]), -1): print(flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield
    process.communicate(b"\n")
    assert process.returncode == 0


@pytest.mark.slow
def test_a_copy_that_hangs_makes_no_other_hang_and_nothing_is_lost(path: Path) -> None:
    ledger = CsvLedger(path, lock_timeout_s=0.01)
    meter = Meter(ledger, PriceBook(OwnPrices), Tokenizer())
    with a_copy_that_hangs(path):
        for write in (partial(meter.append, PLAIN), ledger.check_writable):
            with pytest.raises(
                LedgerError,
                match=r"Cannot write to .*usage\.csv: for 0\.01 seconds something else has held "
                r".*usage\.csv\.lock\. Stop the copy of Tally that no longer answers, then try again\.",
            ):
                write()
        assert list(ledger.entries()) == []
    meter.append(PLAIN)
    assert list(ledger.entries()) == [PLAIN]


@pytest.mark.slow
def test_threads_behind_one_that_waits_do_not_hang_either(path: Path) -> None:
    ledger = CsvLedger(path, lock_timeout_s=0.01)
    reasons = []

    def append(number: int) -> None:
        try:
            ledger.append(an_entry(call_id=f"call-{number}"))
        except LedgerError as exc:
            reasons.append(str(exc))

    with a_copy_that_hangs(path):
        threads = [Thread(target=append, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(reasons) == 8
    append(9)
    assert [entry.call.id for entry in ledger.entries()] == ["call-9"]


@pytest.mark.slow
def test_a_copy_that_was_killed_holds_nothing(path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from usage.ledger.csv_ledger import lock_of\n"
        "lock_of(Path(sys.argv[1]), -1).acquire(); os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == -9
    CsvLedger(path, lock_timeout_s=0).append(PLAIN)
    assert list(CsvLedger(path).entries()) == [PLAIN]
