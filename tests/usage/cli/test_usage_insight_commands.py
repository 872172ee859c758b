"""`python -m usage`: a command for each insight."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import answer_of, varied_entries
from tests.helpers.ledger_entries import BERLIN, PLAIN, written
from tests.helpers.usage_command import Usage, usage_of
from usage.__main__ import main
from usage.cli.arguments import COMMANDS
from usage.reports import Filter, balances, months_against, sheet_csv, statement

COSTS = "start_time_iso,amount_value,amount_currency,line_item\n2026-11-22T00:00:00Z,1,usd,other\n"


@pytest.fixture
def usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Usage:
    return usage_of(tmp_path, monkeypatch, capsys)


def test_the_readme_has_every_command() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"| `{name}` |" not in readme] == []


@pytest.mark.parametrize("name", ["dearest", "history", "cache", "estimates", "unpriced"])
def test_each_sheet_is_a_command(usage: Usage, path: Path, name: str) -> None:
    calls = written(path, *varied_entries(300))
    everything = sheet_csv(answer_of(calls, name, Filter()))
    anns = sheet_csv(answer_of(calls, name, Filter(date(2026, 10, 1), date(2026, 10, 31), "ann")))
    assert usage(name, "--format", "csv") == (0, everything, "")
    narrowed = ("--from", "2026-10-01", "--to", "2026-10-31", "--user", "ann", "--format", "csv")
    assert usage(name, *narrowed) == (0, anns, "")


def test_as_many_dearest_calls_as_asked_for(usage: Usage, path: Path) -> None:
    written(path, *varied_entries(300))
    _, output, _ = usage("dearest", "--number", "3", "--format", "json")
    assert len(json.loads(output)["rows"]) == 3


def test_what_if_takes_the_models_named_else_those_used(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    _, output, _ = usage("what-if", "--models", "gpt-5.5, gpt-6-luna", "--format", "json")
    named = [row["model"] for row in json.loads(output)["rows"]]
    _, output, _ = usage("what-if", "--format", "json")
    used = [row["model"] for row in json.loads(output)["rows"]]
    assert (named, used) == (["as paid", "gpt-6-luna", "gpt-5.5"], ["as paid", "gpt-6-luna"])


def test_a_model_without_a_price_is_named(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    code, output, errors = usage("what-if", "--models", "gpt-99")
    assert (code, output) == (1, "")
    assert errors == "No price is known for 'gpt-99' at api.openai.com: check the name, or give one.\n"


def test_the_price_of_the_subscription_can_be_given(usage: Usage, path: Path) -> None:
    today = datetime.now(BERLIN).date()
    calls = written(path, PLAIN)
    expected = [
        sheet_csv(months_against(calls, Filter(), usd, today)) for usd in (Decimal(20), Decimal("7.5"))
    ]
    assert usage("subscription", "--format", "csv")[1] == expected[0]
    assert usage("subscription", "--price", "7.5", "--format", "csv")[1] == expected[1]


def test_balances_and_statements(usage: Usage, path: Path) -> None:
    calls = written(path, *varied_entries(300))
    expected = [balances(calls), balances(calls, "ann"), statement(calls, "ann", "month")]
    asked: tuple[list[str], ...] = ([], ["--user", "ann"], ["--statement", "ann", "--by", "month"])
    for arguments, sheet in zip(asked, expected, strict=True):
        assert usage("settle", *arguments, "--format", "csv") == (0, sheet_csv(sheet), "")


@pytest.mark.parametrize("command", ["dearest", "what-if", "subscription", "settle", "price", "bill"])
def test_a_ledger_without_its_header_ends_with_1(usage: Usage, path: Path, command: str) -> None:
    path.write_bytes(b"no header\n" * 2)
    path.with_name("costs.csv").write_text(COSTS)
    arguments = ["--file", str(path.with_name("costs.csv"))] if command == "bill" else []
    code, output, errors = usage(command, *arguments)
    assert (code, output, errors.count("\n")) == (1, "", 1)
    assert "first line" in errors


def test_rows_left_out_are_named_beside_a_sheet(usage: Usage, path: Path) -> None:
    written(path, PLAIN)
    with path.open("ab") as file:
        file.write(b"torn\n")
    code, _, errors = usage("cache")
    assert code == 0
    assert errors.startswith("Left out, unreadable or twice: line 3 of usage.csv (1 in all)")


@pytest.mark.parametrize(
    "arguments",
    [
        ["dearest", "--number", "0"],
        ["dearest", "--number", "1001"],
        ["dearest", "--number", "ten"],
        ["history", "--by", "day"],
        ["cache", "--from", "2026-11-23", "--to", "2026-11-22"],
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
