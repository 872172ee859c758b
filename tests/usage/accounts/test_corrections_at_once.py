"""Two processes that correct the same calls, and what the ledger looks for before it writes."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from tests.helpers.ledger_entries import HEADER, an_entry, changed
from tests.helpers.processes import run_at_once
from usage.accounts.corrections import Applied, apply
from usage.ledger import COLUMNS, CsvLedger, LedgerEntry, csv_line
from usage.ledger.csv_rows import line_of
from usage.units import Price, free_price

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
UNKNOWN = an_entry(cost_usd=None)
CORRECTION = an_entry(call_id="call-1:price", purpose="correction", corrects="call-1", cost_usd=Decimal(0))


def free(_: LedgerEntry) -> Price:
    """Every call costs nothing."""
    return free_price("local")


def ids(path: Path) -> list[str]:
    """Return the ids of all rows."""
    return [entry.call.id for entry in CsvLedger(path).entries()]


@pytest.mark.slow
def test_two_processes_that_apply_a_price_at_once_correct_each_call_once(
    path: Path,
) -> None:
    ledger = CsvLedger(path)
    for number in range(500):
        ledger.append(changed(UNKNOWN, call_id=f"call-{number}", model='a "b",\nc' if number % 2 else "luna"))
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.usage.accounts.test_corrections_at_once import NOW, free\n"
        "from usage.accounts.corrections import apply; from usage.ledger.csv_ledger import CsvLedger\n"
        "ledger = CsvLedger(Path(sys.argv[1])); print(flush=True); sys.stdin.readline()\n"
        "print(apply(ledger, free, NOW).count)\n"
    )
    counts = run_at_once(script, [str(path)], [str(path)])
    assert sum(map(int, counts)) == 500
    found = ids(path)
    assert len(found) == len(set(found)) == 1000
    assert {f"call-{number}:price" for number in range(500)} <= set(found)


def test_what_another_process_corrected_in_the_meantime_is_not_corrected_twice(path: Path) -> None:
    class Shared(CsvLedger):
        def entries(self) -> Iterator[LedgerEntry]:
            yield from list(super().entries())
            self.append(CORRECTION)

    CsvLedger(path).append(UNKNOWN)
    assert apply(Shared(path), free, NOW) == Applied(0, Decimal(0))
    assert ids(path) == ["call-1", "call-1:price"]


@pytest.mark.slow
def test_the_ledger_looks_for_what_is_missing_when_nobody_else_can_write(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from usage.ledger.csv_ledger import lock_of\n"
        "with lock_of(Path(sys.argv[1]), -1), open(sys.argv[1], 'ab') as file:\n"
        "    print(flush=True); file.write(sys.stdin.buffer.readline())\n"
    )
    CsvLedger(path).append(UNKNOWN)
    command = [sys.executable, "-c", script, str(path)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    written: list[LedgerEntry] = []
    thread = Thread(target=lambda: written.extend(CsvLedger(path).append_missing([CORRECTION])))
    thread.start()
    other.communicate(line_of(CORRECTION, COLUMNS))
    thread.join()
    assert written == []
    assert ids(path) == ["call-1", "call-1:price"]


@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS[::-1]], ids=["in order", "moved"])
def test_rows_with_quotes_commas_and_line_breaks_are_found(path: Path, columns: Sequence[str]) -> None:
    path.write_bytes(csv_line(columns))
    plain = [
        an_entry(call_id="1", model="two\nlines"),
        an_entry(call_id="2", note='"'),
        an_entry(call_id="3"),
    ]
    quoted = [an_entry(call_id='"4", and\nso on'), an_entry(call_id="=5"), an_entry(call_id="6:price")]
    assert CsvLedger(path).append_missing([*plain, *quoted]) == [*plain, *quoted]
    assert CsvLedger(path).append_missing(plain) == []
    new = an_entry(call_id="7")
    assert CsvLedger(path).append_missing([*quoted, new, *plain, new]) == [new]
    assert ids(path) == ["1", "2", "3", '"4", and\nso on', "=5", "6:price", "7"]


def test_a_torn_row_is_missing_and_hides_no_other(path: Path) -> None:
    torn = line_of(changed(CORRECTION, model="two\nlines"), COLUMNS)
    second = changed(CORRECTION, call_id="call-2:price")
    path.write_bytes(HEADER.encode() + torn[: torn.index(b"two") + 3] + b"\n" + line_of(second, COLUMNS))
    assert CsvLedger(path).append_missing([CORRECTION, second]) == [CORRECTION]
    assert ids(path) == ["call-2:price", "call-1:price"]


def test_nothing_to_write_writes_nothing(path: Path) -> None:
    assert CsvLedger(path).append_missing([]) == []
    assert not path.exists()
    assert CsvLedger(path).append_missing([CORRECTION]) == [CORRECTION]
