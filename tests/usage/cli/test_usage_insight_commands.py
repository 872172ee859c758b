"""`python -m usage`: a command for each insight."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.insight_entries import answer_of, varied_entries
from tests.helpers.ledger_entries import BERLIN, PLAIN, written
from tests.usage.cli.conftest import Usage
from usage.cli.arguments import COMMANDS
from usage.reports import Filter, balances, months_against, sheet_csv, statement


def test_the_docs_have_every_command() -> None:
    page = (Path(__file__).parents[3] / "docs" / "terminal.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"| `{name}` |" not in page] == []


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
