"""`python -m usage`: what it prints, and how it ends."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import PLAIN, an_entry, written
from tests.usage.cli.conftest import Usage
from usage.__main__ import main
from usage.ledger import COLUMNS
from usage.ledger.csv_rows import line_of
from usage.units import ecb_currencies, exact_usd

LATE = an_entry(
    call_id="call-2", started_at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC), model="llama 3", cost_usd=None
)


def test_the_report_is_a_table_by_local_day(usage: Usage, path: Path) -> None:
    written(path, PLAIN, LATE)
    assert usage("report") == (
        0,
        "Day         Cost USD  Calls  Input  Cached  Output  Reasoning  No price\n"
        "-----------------------------------------------------------------------\n"
        "2026-11-22   0.00023      1  1,234   1,000     400        100         –\n"
        "2026-11-23   0.00         1  1,234   1,000     400        100         1\n"
        "-----------------------------------------------------------------------\n"
        "total        0.00023      2  2,468   2,000     800        200         1\n",
        "",
    )


def test_the_report_has_the_cost_in_another_currency_too(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    code, table, _ = usage("report", "--currency", "eur", "--rate", "0,9")
    assert (code, table) == (
        0,
        "Day         Cost USD      EUR  Calls  Input  Cached  Output  Reasoning\n"
        "----------------------------------------------------------------------\n"
        "2026-11-22   0.00023  0.00021      1  1,234   1,000     400        100\n"
        "\nAt 1 USD = 0.9 EUR, set by hand; the ledger is in USD.\n",
    )
    _, csv_text, _ = usage("report", "--currency", "EUR", "--format", "csv")
    euro = ecb_currencies()["EUR"]
    assert csv_text.splitlines()[1].endswith(f",{exact_usd(euro.rate)},{euro.day}")


def test_the_currency_of_the_settings_is_shown_until_another_is_asked_for(
    usage: Usage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(path, PLAIN)
    plain = usage("dearest")
    monkeypatch.setenv("TALLY_CURRENCY", "CHF")
    monkeypatch.setenv("TALLY_CURRENCY_RATE", "0.8")
    assert "At 1 USD = 0.8 CHF, set by hand;" in usage("dearest")[1].replace("\n", " ")
    assert "chf_per_usd" in usage("settle", "--format", "csv")[1]
    assert usage("dearest", "--currency", "USD") == plain


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--currency", "euro"], "argument --currency: 'euro': expected a currency code, such as EUR"),
        (
            ["--currency", "EUR", "--rate", "0"],
            "argument --rate: '0': expected the value of 1 USD, such as 0.92",
        ),
        (["--rate", "0.92"], "argument --rate: only with --currency"),
    ],
)
def test_a_currency_that_cannot_be_read_is_a_wrong_argument(
    usage: Usage, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        usage("report", *arguments)
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_currency_without_a_rate_is_said_in_one_line(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    code, output, errors = usage("report", "--currency", "UAH")
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert errors.startswith("--currency is UAH: expected one of AUD, ")


def test_days_grouping_and_format_can_be_chosen(usage: Usage, path: Path) -> None:
    written(path, PLAIN, LATE)
    arguments = ("report", "--by", "model", "--from", "2026-11-23", "--to", "2026-11-23", "--format")
    code, csv_text, _ = usage(*arguments, "csv")
    assert (code, csv_text.splitlines()[1:]) == (
        0,
        ["llama 3,1,1234,1000,400,100,0,0,1", "total,1,1234,1000,400,100,0,0,1"],
    )
    code, json_text, _ = usage(*arguments, "json")
    assert (code, [row["model"] for row in json.loads(json_text)["rows"]]) == (0, ["llama 3"])


@pytest.mark.parametrize("command", ["report", "cache", "settle", "price", "recount"])
def test_a_folder_without_a_ledger_is_said(usage: Usage, path: Path, command: str) -> None:
    said = f"No ledger at {path}. Either there are no calls yet, or --data-dir points elsewhere.\n"
    assert usage(command) == (1, "", said)


@pytest.mark.parametrize("arguments", [["report", "--user", "eve"], ["settle", "--statement", "eve"]])
def test_a_person_whom_the_ledger_does_not_name_is_said(
    usage: Usage, path: Path, arguments: list[str]
) -> None:
    written(path, PLAIN, an_entry(call_id="2", user="ann"))
    said = "No calls by 'eve'. People in the ledger: ann, local.\n"
    assert usage(*arguments) == (1, "", said)


@pytest.mark.parametrize(
    ("arguments", "days"),
    [
        (["--from", "2026-11"], ["2026-11-22", "2026-11-23"]),
        (["--to", "2026-11-22"], ["2026-10-01", "2026-11-22"]),
        (["--from", "2026-10", "--to", "2026-10"], ["2026-10-01"]),
    ],
)
def test_a_day_or_a_month_says_where_to_begin_and_to_end(
    usage: Usage, path: Path, arguments: list[str], days: list[str]
) -> None:
    october = an_entry(call_id="old", started_at=datetime(2026, 10, 1, tzinfo=UTC))
    written(path, PLAIN, LATE, october)
    code, output, _ = usage("report", *arguments, "--format", "json")
    assert (code, [row["day"] for row in json.loads(output)["rows"]]) == (0, days)


def test_a_first_day_after_the_last_is_a_wrong_argument(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    code, output, errors = usage("cache", "--from", "2026-11-23", "--to", "2026-11-22")
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert errors == "--from is after --to.\n"


def test_a_first_or_last_day_is_no_range(usage: Usage, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        usage("report", "--from", "2026-11-01..2026-11-22")
    assert "--from: '2026-11-01..2026-11-': expected one day or one month" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "torn", "lines"),
    [("report", 7, "3, 4, 5, 6, 7, … of usage.csv (7 in all)"), ("cache", 1, "3 of usage.csv (1 in all)")],
)
def test_rows_left_out_are_named_on_stderr(
    usage: Usage, path: Path, command: str, torn: int, lines: str
) -> None:
    written(path, PLAIN)
    with path.open("ab") as file:
        file.write(b"torn\n" * torn)
    code, _, errors = usage(command)
    assert (code, errors) == (
        0,
        f"Left out, unreadable or duplicate: line {lines}; `python -m usage recount` says more.\n",
    )


def test_recount_names_what_is_wrong_and_leaves_the_file_alone(usage: Usage, path: Path) -> None:
    written(path, PLAIN, LATE)
    with path.open("ab") as file:
        file.write(b"torn\n" + line_of(an_entry(cost_usd=Decimal(5)), COLUMNS))
        file.write(line_of(an_entry(call_id="saved", cost_usd=Decimal(12)), COLUMNS))
    content = path.read_bytes()
    assert usage("recount") == (
        0,
        "unreadable rows: 1\n"
        f"  line 4: has 1 fields, expected {len(COLUMNS)}\n"
        "duplicate rows: 1\n"
        "  line 5: call call-1 is in line 2 already\n"
        "corrections that correct nothing: 0\n"
        "rows whose cost does not fit: 1\n"
        "  line 6: costs 12 USD, but its counts and rates come to 0.0002334\n"
        "calls: 3, without a price: 1\n"
        "corrections: 0\n"
        "settlements: 0, 0 USD in all\n"
        "total: 12.0002334 USD (1 row does not fit; corrected, it would be 0.0004668 USD)\n",
        "",
    )
    assert path.read_bytes() == content


COSTS = "start_time_iso,amount_value,amount_currency,line_item\n2026-11-22T00:00:00Z,1,usd,other\n"


@pytest.mark.parametrize(
    "command", ["report", "recount", "dearest", "what-if", "subscription", "settle", "price", "bill"]
)
def test_a_ledger_without_its_header_ends_with_1(usage: Usage, path: Path, command: str) -> None:
    path.write_bytes(line_of(PLAIN, COLUMNS))
    path.with_name("costs.csv").write_text(COSTS)
    arguments = ["--file", str(path.with_name("costs.csv"))] if command == "bill" else []
    code, output, errors = usage(command, *arguments)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("The first line of the ledger must name the columns, and lacks call_id, ")
    path.write_text(";".join(COLUMNS) + "\n")
    code, output, errors = usage(command, *arguments)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("usage.csv was saved with semicolons between the columns")


def test_a_wrong_setting_ends_with_1(usage: Usage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_TIMEZONE", "Mars/Olympus")
    code, output, errors = usage("report")
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "TALLY_TIMEZONE" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["report", "--by", "colour"],
        ["report", "--from", "22.11.2026"],
        ["report", "--from", "tomorrow"],
        ["report", "--to", "2026-13"],
        ["report", "--format", "xml"],
        ["recount", "--by", "day"],
        ["dearest", "--number", "0"],
        ["dearest", "--number", "1001"],
        ["dearest", "--number", "ten"],
        ["history", "--by", "day"],
        ["subscription", "--price", "-1"],
        ["subscription", "--price", ""],
        ["settle", "--usd", "5"],
        ["settle", "--paid", "ann", "--statement", "ann"],
        ["settle", "--paid", "ann", "--usd", "five"],
        ["bill"],
        ["bill", "--api", "--file", "costs.csv"],
        ["bill", "--api", "sk-admin-1"],
        ["price", "--app"],
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.slow
def test_it_runs_as_a_module_and_bears_a_reader_that_goes_away(path: Path) -> None:
    written(path, PLAIN)
    command = [sys.executable, "-m", "usage", "report", "--data-dir", str(path.parent)]
    root = Path(__file__).parents[3]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (1, b"")
