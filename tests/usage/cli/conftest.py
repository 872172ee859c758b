"""Runs `python -m usage` in a test's own process."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from usage.__main__ import main

# The exit code, stdout and stderr.
Usage: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Usage:
    """Run commands on the ledger in a folder of its own, with Berlin's days."""
    monkeypatch.setenv("TALLY_TIMEZONE", "Europe/Berlin")
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments, "--data-dir", str(tmp_path)])
        output = capsys.readouterr()
        return code, output.out, output.err

    return run_command
