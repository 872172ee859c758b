"""Runs `python -m usage` in a test's process."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from usage.__main__ import main

# The exit code, stdout and stderr.
Usage: TypeAlias = Callable[..., tuple[int, str, str]]


def usage_of(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Usage:
    """Make what runs commands on the ledger in this folder, with Berlin's days."""
    monkeypatch.setenv("TALLY_TIMEZONE", "Europe/Berlin")
    monkeypatch.chdir(folder)

    def run_command(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--data-dir", str(folder)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run_command
