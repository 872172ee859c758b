"""Several processes at once: one script in each, or `python -m tests.helpers.processes usage.csv NAME`."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from tests.helpers.ledger_entries import an_entry
from usage.ledger import CsvLedger, LedgerEntry


def run_at_once(script: str, *arguments: Sequence[str]) -> list[str]:
    """Return what each process prints, one for each list of arguments.

    The script prints a line when it is ready and goes on once it has read one.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, *each], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for each in arguments
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return outputs


THREADS = 8
ROWS_A_THREAD = 625
# Plain texts, and ones that need quotes: the last is longer than what a system writes or reads in one piece.
_NOTES = ("", "", "plain", 'with "quotes", commas', "two\nlines", f'"{"x" * 700}",\r\n' * 8)


def rows_of(name: str, thread: int) -> list[LedgerEntry]:
    """Return what one thread of the process with this name appends."""
    return [
        an_entry(call_id=f"{name}-{thread}-{number}", note=_NOTES[number % len(_NOTES)])
        for number in range(ROWS_A_THREAD)
    ]


def main(path: Path, name: str) -> None:
    """Append the rows of all threads at the same time, every fifth of them by two threads."""
    ledger = CsvLedger(path)

    def append(thread: int) -> None:
        neighbours = rows_of(name, (thread + 1) % THREADS)
        for row, other in zip(rows_of(name, thread), neighbours, strict=True):
            ledger.append(row)
            if row.call.id.endswith(("0", "5")):
                ledger.append(other)

    threads = [Thread(target=append, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
