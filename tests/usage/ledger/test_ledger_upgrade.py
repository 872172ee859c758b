"""A ledger file that lacks columns: it gets them, once, and loses no byte on the way."""

import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import (
    BERLIN,
    HEADER,
    MORE_FIELDS,
    MORE_NAMES,
    OLD_COLUMNS,
    OLD_HEADER,
    OLD_LINE,
    OLD_PLAIN,
    ONE_PLAIN,
    PLAIN,
    PLAIN_LINE,
    an_entry,
    changed,
    kept,
    summed,
)
from tests.helpers.processes import run_at_once
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.csv_records import LedgerProblem
from usage.ledger.csv_rows import COLUMNS
from usage.ledger.entry import LedgerEntry, LedgerError
from usage.ledger.upgrade import upgrade
from usage.reports import Calls, Filter, total


def test_old_rows_get_empty_fields_and_new_rows_lose_nothing(path: Path) -> None:
    path.write_text(OLD_HEADER + OLD_LINE + OLD_LINE.replace("call-1", "call-2"))
    path.chmod(0o640)
    ledger = CsvLedger(path)
    ledger.check_writable()
    longer = OLD_LINE.replace("\n", MORE_FIELDS + "\n")
    assert path.read_text() == HEADER + longer + longer.replace("call-1", "call-2")
    assert [file.stat().st_mode & 0o777 for file in (path, kept(path))] == [0o640, 0o640]
    assert kept(path).read_text() == OLD_HEADER + OLD_LINE + OLD_LINE.replace("call-1", "call-2")
    new = an_entry(call_id="call-3", note="odd", recorded_at=datetime(2026, 11, 25, tzinfo=UTC))
    ledger.append(new)
    assert list(ledger.entries()) == [OLD_PLAIN, changed(OLD_PLAIN, call_id="call-2"), new]


def test_every_byte_stays_and_only_whole_records_grow(path: Path) -> None:
    head, line = OLD_HEADER.strip() + ",remark", OLD_LINE.strip() + ",by hand"
    quoted = line.replace("turn-1", '"turn\r\n""1"""')
    torn = 'call-7,2026-11-22T0\ncall-8,"20\n'
    strange = b"\xff\xfe," + line.encode() + b"\r\n\r\n"
    path.write_bytes(
        f"\ufeff{head}\r\n{line}\r\n{quoted}\n{torn}{line},too many\n".encode() + strange + line[:-3].encode()
    )
    before = list(CsvLedger(path).read())
    upgrade(path)
    assert path.read_bytes() == (
        f"\ufeff{head}{MORE_NAMES}\r\n{line}{MORE_FIELDS}\r\n{quoted}{MORE_FIELDS}\n{torn}{line},too many\n"
    ).encode() + strange + (line[:-3] + MORE_FIELDS).encode()  # fmt: skip
    after = list(CsvLedger(path).read())
    assert [number for number, _ in after] == [number for number, _ in before]
    assert [row for _, row in after if not isinstance(row, LedgerProblem)] == [
        row for _, row in before if not isinstance(row, LedgerProblem)
    ]


@pytest.mark.parametrize("tail", ['call-2,"torn', OLD_LINE.rstrip("\n").removesuffix("2400") + '"24'])
def test_a_torn_last_row_is_copied_as_it_is(path: Path, tail: str) -> None:
    path.write_text(OLD_HEADER + OLD_LINE + tail)
    upgrade(path)
    assert path.read_text().splitlines()[-1] == tail
    CsvLedger(path).append(an_entry(call_id="call-3"))
    assert list(CsvLedger(path).entries()) == [OLD_PLAIN, an_entry(call_id="call-3")]


@pytest.mark.parametrize(
    ("names", "values", "entry"),
    [
        # Columns that a spreadsheet moved stay where they are, and a file gets only what it lacks.
        (OLD_COLUMNS[::-1], OLD_LINE.strip().split(",")[::-1], OLD_PLAIN),
        (
            [*OLD_COLUMNS, "service_tier"],
            [*OLD_LINE.strip().split(","), "flex"],
            replace(OLD_PLAIN, service_tier="flex"),
        ),
    ],
)
def test_the_row_that_is_written_brings_the_columns_that_are_missing(
    path: Path, names: Sequence[str], values: list[str], entry: LedgerEntry
) -> None:
    old = f"{','.join(names)}\n{','.join(values)}\n"
    path.write_text(old)
    correction = an_entry(call_id="call-2", corrects="call-1", settled_usd=Decimal(5))
    ledger = CsvLedger(path)
    ledger.append(correction)
    missing = [name for name in COLUMNS if name not in names]
    assert path.read_text().splitlines()[0] == ",".join([*names, *missing])
    assert list(ledger.entries()) == [entry, correction]
    assert kept(path).read_text() == old


@pytest.mark.parametrize("content", [HEADER + PLAIN_LINE, HEADER.replace("note", "x,note"), "", "torn", '"'])
def test_a_file_that_lacks_nothing_or_is_no_ledger_is_left_alone(path: Path, content: str) -> None:
    path.write_text(content)
    before = path.stat()
    upgrade(path)
    after = path.stat()
    assert (path.read_text(), after.st_ino, after.st_mtime_ns) == (content, before.st_ino, before.st_mtime_ns)
    assert [file.name for file in path.parent.iterdir()] == ["usage.csv"]


def test_a_file_that_lacks_what_makes_a_ledger_is_refused_and_left_alone(path: Path) -> None:
    path.write_text(OLD_HEADER.replace("model,", "", 1))
    with pytest.raises(LedgerError, match="and lacks model: put the columns back"):
        CsvLedger(path).check_writable()
    assert path.read_text() == OLD_HEADER.replace("model,", "", 1)
    assert not kept(path).exists()


def test_what_has_the_name_of_the_kept_file_is_never_overwritten(path: Path) -> None:
    path.write_text(OLD_HEADER + OLD_LINE)
    kept(path).write_text("mine")
    kept(path, 2).write_text("mine, too")
    upgrade(path)
    kept_files = [kept(path, number).read_text() for number in (1, 2, 3)]
    assert kept_files == ["mine", "mine, too", OLD_HEADER + OLD_LINE]


def test_a_link_to_the_ledger_stays_a_link(path: Path) -> None:
    real = path.with_name("elsewhere")
    real.mkdir()
    (real / "costs.csv").write_text(OLD_HEADER)
    path.symlink_to(real / "costs.csv")
    CsvLedger(path).check_writable()
    assert path.is_symlink()
    assert (real / "costs.csv").read_text() == HEADER
    assert (real / "costs.csv.before-1").read_text() == OLD_HEADER


def test_reports_of_a_running_app_say_the_same_after_an_upgrade(path: Path) -> None:
    path.write_text(OLD_HEADER + OLD_LINE)
    reports = Calls(CsvLedger(path), BERLIN)
    assert total(reports, Filter()) == ONE_PLAIN
    upgrade(path)
    assert total(reports, Filter()) == ONE_PLAIN
    CsvLedger(path).append(an_entry(call_id="call-2"))
    assert total(reports, Filter()) == summed([PLAIN, PLAIN])


def test_a_header_that_a_power_cut_left_unfinished_is_finished(path: Path) -> None:
    for cut in range(len(HEADER)):
        path.write_text(HEADER[:cut])
        CsvLedger(path).append(PLAIN)
        assert path.read_text() == HEADER + PLAIN_LINE


def test_a_full_disk_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    path.write_text(OLD_HEADER + OLD_LINE)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
    try:
        with pytest.raises(LedgerError, match=r"Cannot write to .*usage.csv: File too large"):
            CsvLedger(path).check_writable()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == OLD_HEADER + OLD_LINE
    assert sorted(file.name for file in path.parent.iterdir()) == ["usage.csv", "usage.csv.lock"]


_DIE_AT_EVERY_LINE = """
import itertools, os, sys
from pathlib import Path
from usage.ledger.upgrade import upgrade

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
for step in itertools.count(1):
    path = folder / str(step) / "usage.csv"
    path.parent.mkdir()
    path.write_bytes(source.read_bytes())
    lines = itertools.count(1)

    def trace(frame, event, _):
        if frame.f_code.co_filename != upgrade.__code__.co_filename:
            return None
        if event == "line" and next(lines) == step:
            os._exit(9)
        return trace

    child = os.fork()
    if not child:
        sys.settrace(trace)
        upgrade(path)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        print(step)
        break
"""


@pytest.mark.slow
def test_killed_at_any_step_the_file_is_the_old_or_the_new_one_and_the_next_start_ends_it(
    path: Path, tmp_path: Path
) -> None:
    path.write_text(OLD_HEADER + OLD_LINE + OLD_LINE.replace("call-1", '"call,2"'))
    folder = tmp_path / "killed"
    folder.mkdir()
    command = [sys.executable, "-c", _DIE_AT_EVERY_LINE, str(path), str(folder)]
    steps = int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    old = path.read_bytes()
    upgrade(path)
    new = path.read_bytes()
    found = []
    for step in range(1, steps):
        died = folder / str(step) / "usage.csv"
        found.append(died.read_bytes())
        assert not kept(died).exists() or kept(died).read_bytes() == old
        upgrade(died)
        assert died.read_bytes() == new
        assert sorted(file.name for file in died.parent.iterdir()) == ["usage.csv", kept(died).name]
        assert kept(died).read_bytes() == old
    assert set(found) == {old, new}
    assert found == sorted(found, key=[old, new].index)


@pytest.mark.slow
def test_two_processes_that_start_at_once_upgrade_it_once(path: Path) -> None:
    lines = [OLD_LINE.replace("call-1", f"call-{number}") for number in range(3000)]
    path.write_text(OLD_HEADER + "".join(lines))
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.helpers.ledger_entries import an_entry; from usage.ledger.csv_ledger import CsvLedger\n"
        "ledger = CsvLedger(Path(sys.argv[1])); print(flush=True); sys.stdin.readline()\n"
        "ledger.check_writable(); ledger.append(an_entry(call_id=sys.argv[2]))\n"
    )
    run_at_once(script, [str(path), "a"], [str(path), "b"])
    entries = list(CsvLedger(path).entries())
    assert {entry.call.id for entry in entries[3000:]} == {"a", "b"}
    assert [entry.call.id for entry in entries[:3000]] == [f"call-{number}" for number in range(3000)]
    assert kept(path).read_text() == OLD_HEADER + "".join(lines)
    assert not kept(path, 2).exists()
