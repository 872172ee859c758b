"""`python -m usage`: what it prints, and how it ends."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import PLAIN, an_entry
from usage.__main__ import main
from usage.ledger import COLUMNS, CsvLedger
from usage.ledger.csv_rows import line_of


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TALLY_TIMEZONE", "Europe/Berlin")
    monkeypatch.chdir(tmp_path)
    ledger = CsvLedger(tmp_path / "usage.csv")
    ledger.append(PLAIN)
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    ledger.append(an_entry(call_id="call-2", started_at=late, model="llama 3", cost_usd=None))
    return tmp_path


def usage(capsys: pytest.CaptureFixture[str], data_dir: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of `python -m usage`."""
    code = main([*arguments, "--data-dir", str(data_dir)])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_the_report_is_a_table_by_local_day(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert usage(capsys, data_dir, "report") == (
        0,
        "Day         Calls  Input  Cached  Output  Reasoning   Cost USD  Estimated USD  No price\n"
        "---------------------------------------------------------------------------------------\n"
        "2026-11-22      1  1,234   1,000     400        100  0.0002334           0.00         0\n"
        "2026-11-23      1  1,234   1,000     400        100  0.0000000           0.00         1\n"
        "---------------------------------------------------------------------------------------\n"
        "total           2  2,468   2,000     800        200  0.0002334           0.00         1\n",
        "",
    )


def test_days_grouping_and_format_can_be_chosen(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("report", "--by", "model", "--from", "2026-11-23", "--to", "2026-11-23", "--format")
    code, csv_text, _ = usage(capsys, data_dir, *arguments, "csv")
    assert (code, csv_text.splitlines()[1:]) == (
        0,
        ["llama 3,1,1234,1000,400,100,0,0,1", "total,1,1234,1000,400,100,0,0,1"],
    )
    code, json_text, _ = usage(capsys, data_dir, *arguments, "json")
    assert (code, [row["model"] for row in json.loads(json_text)["rows"]]) == (0, ["llama 3"])


def test_no_ledger_yet_is_a_report_without_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output, errors = usage(capsys, tmp_path / "new", "report", "--format", "csv")
    assert (code, output.splitlines()[1:], errors) == (0, ["total,0,0,0,0,0,0,0,0"], "")


def test_rows_left_out_are_named_on_stderr(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (data_dir / "usage.csv").open("ab") as file:
        file.write(b"torn\n" * 7)
    code, _, errors = usage(capsys, data_dir, "report")
    assert (code, errors) == (
        0,
        "Left out, unreadable or twice: line 4, 5, 6, 7, 8, … of usage.csv (7 in all); "
        "`python -m usage recount` says more.\n",
    )


def test_recount_names_what_is_wrong_and_leaves_the_file_alone(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data_dir / "usage.csv"
    with path.open("ab") as file:
        file.write(b"torn\n" + line_of(an_entry(cost_usd=Decimal(5)), COLUMNS))
    content = path.read_bytes()
    assert usage(capsys, data_dir, "recount") == (
        0,
        "unreadable rows: 1\n"
        "  line 4: has 1 fields, expected 34\n"
        "duplicate rows: 1\n"
        "  line 5: call call-1 is in line 2 already\n"
        "corrections that correct nothing: 0\n"
        "calls: 2, of them with unknown price: 1\n"
        "corrections: 0\n"
        "settlements: 0, together 0 USD\n"
        "total: 0.0002334 USD\n",
        "",
    )
    assert path.read_bytes() == content


@pytest.mark.parametrize("command", ["report", "recount"])
def test_a_ledger_without_its_header_ends_with_1(
    data_dir: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (data_dir / "usage.csv").write_bytes(line_of(PLAIN, COLUMNS))
    code, output, errors = usage(capsys, data_dir, command)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "first line" in errors
    assert "call_id" in errors


def test_a_wrong_setting_ends_with_1(
    data_dir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLY_TIMEZONE", "Mars/Olympus")
    code, output, errors = usage(capsys, data_dir, "report")
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "TALLY_TIMEZONE" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["report", "--by", "colour"],
        ["report", "--from", "22.11.2026"],
        ["report", "--from", "2026-11-23", "--to", "2026-11-22"],
        ["report", "--format", "xml"],
        ["recount", "--by", "day"],
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.slow
def test_it_runs_as_a_module_and_bears_a_reader_that_goes_away(data_dir: Path) -> None:
    command = [sys.executable, "-m", "usage", "report", "--data-dir", str(data_dir)]
    root = Path(__file__).parents[3]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (1, b"")
