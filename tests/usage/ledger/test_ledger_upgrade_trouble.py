"""An upgrade of the ledger file that is broken off, or made by two processes at once."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import OLD_HEADER, OLD_LINE, kept
from tests.helpers.processes import run_at_once
from usage.ledger.csv_ledger import CsvLedger
from usage.ledger.entry import LedgerError
from usage.ledger.upgrade import upgrade


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.csv"


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
