"""Runs the same script in several processes at once: each gets ready, then all go on together."""

import subprocess
import sys
from collections.abc import Sequence


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
