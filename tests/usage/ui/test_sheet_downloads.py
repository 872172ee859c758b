"""Every figure as CSV, to each person only what that person may see."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from tests.helpers.insight_entries import answer_of, varied_entries
from tests.helpers.ledger_entries import BERLIN, an_entry, written
from usage.ledger import CsvLedger, escaped
from usage.prices import OwnPrices, PriceBook
from usage.reports import SHEETS, Calls, Filter, PricedModels, balances, months_against, sheet_csv, statement
from usage.ui.routes import download_routes
from usage.units import Endpoint

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return written(tmp_path / "usage.csv", *varied_entries(600))


def client(calls: Calls, viewer: tuple[bool, str | None]) -> TestClient:
    """Somebody who asks: signed in or not, and whose calls that person may see."""

    def viewer_of(_: Request) -> tuple[bool, str | None]:
        return viewer

    models = PricedModels(PriceBook(OwnPrices), Endpoint("api.openai.com", "openai"))
    routes = download_routes(calls, viewer_of, lambda: NOON, models)
    return TestClient(Starlette(routes=routes))


@pytest.mark.parametrize("name", SHEETS)
def test_nobody_gets_any_without_sign_in(calls: Calls, name: str) -> None:
    answer = client(calls, (False, None)).get(f"/download/{name}.csv?user=ann")
    assert (answer.status_code, answer.text) == (401, "Sign in to download this.")


@pytest.mark.parametrize("name", ["dearest", "history", "cache", "estimates", "unpriced"])
@pytest.mark.parametrize("user", [None, "ann"])
def test_a_sheet_is_of_the_period_and_the_calls_that_one_may_see(
    calls: Calls, name: str, user: str | None
) -> None:
    answer = client(calls, (True, user)).get(f"/download/{name}.csv?period=last-month")
    expected = sheet_csv(answer_of(calls, name, Filter(date(2026, 10, 1), date(2026, 10, 31), user)))
    assert (answer.status_code, answer.text) == (200, expected)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}-last-month.csv"'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", [name for name in SHEETS if name != "statement"])
def test_whose_calls_others_are_is_in_nothing_that_a_person_gets(tmp_path: Path, name: str) -> None:
    mine = an_entry(user="ann", model="gpt-6-luna", cost_usd=None if name == "unpriced" else Decimal(1))
    theirs = an_entry(
        call_id="2", user="bob", conversation_id="secret", model="gpt-6.1-sol", endpoint="secret"
    )
    alone, together = written(tmp_path / "1.csv", mine), written(tmp_path / "2.csv", mine, theirs)
    answers = [client(each, (True, "ann")).get(f"/download/{name}.csv") for each in (alone, together)]
    assert answers[0].text == answers[1].text
    assert answers[0].status_code == 200


@pytest.mark.parametrize("user", [None, "bob"])
def test_months_are_held_against_the_price_in_the_address(calls: Calls, user: str | None) -> None:
    for query, usd in (("", Decimal(20)), ("?price=7.50", Decimal("7.5"))):
        answer = client(calls, (True, user)).get(f"/download/subscription.csv{query}")
        assert answer.text == sheet_csv(months_against(calls, Filter(user=user), usd, NOON.date()))


def test_what_if_is_of_the_models_in_the_address_else_of_those_used(calls: Calls) -> None:
    owner = client(calls, (True, None))
    named = owner.get("/download/what-if.csv?models=gpt-5.5,gpt-6-luna").text.splitlines()
    assert [line.split(",")[0] for line in named] == ["model", "as paid", "gpt-6-luna", "gpt-5.5"]
    used = owner.get("/download/what-if.csv").text.splitlines()
    assert [line.split(",")[0] for line in used] == ["model", "as paid", "gpt-6-luna", "gpt-6.1-sol"]


def test_everybodys_balances_are_the_owners_only(calls: Calls) -> None:
    expected = sheet_csv(balances(calls))
    assert client(calls, (True, None)).get("/download/settle.csv").text == expected
    own = client(calls, (True, "ann")).get("/download/settle.csv").text
    assert [line.split(",")[0] for line in own.splitlines()] == ["user", "ann", "total"]


@pytest.mark.parametrize("user", ["ann", "=1+1"])
def test_a_statement_is_for_its_person_and_the_owner(calls: Calls, user: str) -> None:
    days, months = sheet_csv(statement(calls, user)), sheet_csv(statement(calls, user, "month"))
    for viewer in (None, user):
        asking = client(calls, (True, viewer))
        assert asking.get("/download/statement.csv", params={"user": user}).text == days
        assert asking.get("/download/statement.csv", params={"user": user, "by": "month"}).text == months
    assert client(calls, (True, user)).get("/download/statement.csv").text == days


def test_nobody_else_gets_a_statement(calls: Calls) -> None:
    answer = client(calls, (True, "bob")).get("/download/statement.csv?user=ann")
    assert (answer.status_code, answer.text) == (403, "This is somebody else's statement.")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("statement.csv", 400),
        ("statement.csv?user=ann&by=year", 400),
        ("history.csv?period=ever", 400),
        ("settle.csv?period=ever", 400),
        ("subscription.csv?price=-1", 400),
        ("subscription.csv?price=a+lot", 400),
        ("what-if.csv?models=gpt-99", 400),
        ("secrets.csv", 404),
    ],
)
def test_what_there_is_not_is_refused_in_words(calls: Calls, address: str, status: int) -> None:
    answer = client(calls, (True, None)).get(f"/download/{address}")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.text) > 20


def test_names_that_a_spreadsheet_would_run_are_escaped(calls: Calls) -> None:
    lines = client(calls, (True, None)).get("/download/cache.csv").text.splitlines()
    assert escaped("=modèle") in {line.split(",")[0] for line in lines}


def test_a_ledger_that_cannot_be_read_is_an_answer_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").mkdir()
    broken = Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN)
    answer = client(broken, (True, None)).get("/download/history.csv")
    assert (answer.status_code, answer.text) == (
        500,
        f"Cannot read {tmp_path / 'usage.csv'}: Is a directory.",
    )
