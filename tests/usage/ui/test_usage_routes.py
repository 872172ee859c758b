"""Every figure, the ledger and statements at addresses, to each person only what that person may see."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from tests.helpers.insight_entries import answer_of, varied_entries
from tests.helpers.ledger_entries import BERLIN, PLAIN, an_entry, written
from tests.helpers.usage_tab import EVIL
from usage.ledger import COLUMNS, CsvLedger, escaped
from usage.ledger.csv_rows import line_of
from usage.prices import OwnPrices, PriceBook
from usage.reports import (
    SHEETS,
    Calls,
    Filter,
    PricedModels,
    balances,
    months_against,
    sheet_csv,
    statement,
    usage_downloads_html,
)
from usage.ui.routes import statement_links_html, usage_routes
from usage.ui.routes.statement_page import statement_html
from usage.units import Currency, Endpoint, TokenUsage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEADER = ",".join(COLUMNS).encode() + b"\n"


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return written(tmp_path / "usage.csv", *varied_entries(600))


def client(calls: Calls, viewer: str | None = None, *, signed_in: bool = True) -> TestClient:
    """Return somebody who asks, and may see one person's calls or with None everybody's."""

    def viewer_of(_: Request) -> tuple[bool, str | None]:
        return signed_in, viewer

    models = PricedModels(PriceBook(OwnPrices), Endpoint("api.openai.com", "openai"))
    return TestClient(Starlette(routes=usage_routes(calls, viewer_of, lambda: NOON, models)))


def names_in(table: str) -> list[str]:
    """Return what stands in the first column of a CSV table."""
    return [line.split(",")[0] for line in table.splitlines()]


@pytest.mark.parametrize("address", ["statement", *(f"download/{name}.csv" for name in ["usage", *SHEETS])])
def test_nobody_gets_any_without_sign_in(calls: Calls, address: str) -> None:
    answer = client(calls, signed_in=False).get(f"/{address}?user=ann")
    assert (answer.status_code, answer.text) == (401, "Sign in to see this.")


def test_the_owner_gets_the_ledger_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    answer = client(written(path, PLAIN, an_entry(call_id="2", model="=1+1"))).get("/download/usage.csv")
    assert answer.content == path.read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="usage.csv"'
    assert answer.headers["cache-control"] == "no-store"


def test_others_get_their_own_rows_of_the_ledger(tmp_path: Path) -> None:
    own = an_entry(call_id="2", user="=ann", model="a\nb")
    calls = written(tmp_path / "usage.csv", PLAIN, own, an_entry(call_id="3", user="ann"))
    with (tmp_path / "usage.csv").open("ab") as file:
        file.write(b"torn,=ann\n")
    answer = client(calls, "=ann").get("/download/usage.csv")
    assert answer.content == HEADER + line_of(own, COLUMNS)


@pytest.mark.parametrize("viewer", [None, "ann"])
def test_without_a_ledger_the_download_is_its_header(tmp_path: Path, viewer: str | None) -> None:
    asked = client(Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN), viewer)
    assert asked.get("/download/usage.csv").content == HEADER


def test_a_broken_ledger_gives_nobody_somebody_elses_rows(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_bytes(line_of(an_entry(), COLUMNS) * 2)
    asked = client(Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN), "ann")
    answer = asked.get("/download/usage.csv")
    assert (answer.status_code, "name the columns" in answer.text) == (500, True)


def test_the_table_is_downloaded_as_it_is_shown(tmp_path: Path) -> None:
    old = an_entry(call_id="2", started_at=datetime(2026, 10, 1, tzinfo=UTC))
    unused = an_entry(call_id="3", usage=TokenUsage())
    calls = written(tmp_path / "usage.csv", an_entry(user="ann"), old, unused)
    answer = client(calls, "ann").get("/download/table.csv?by=model&period=30-days")
    assert answer.text.splitlines()[1:] == [
        "gpt-6-luna,1,1234,1000,400,100,0.0002334,0,0",
        "total,1,1234,1000,400,100,0.0002334,0,0",
    ]
    assert 'href="download/table.csv?by=model&amp;period=30-days"' in usage_downloads_html("model", "30-days")


@pytest.mark.parametrize("name", ["dearest", "history", "cache", "estimates", "unpriced"])
@pytest.mark.parametrize("user", [None, "ann"])
def test_a_sheet_is_of_the_period_and_the_calls_that_one_may_see(
    calls: Calls, name: str, user: str | None
) -> None:
    answer = client(calls, user).get(f"/download/{name}.csv?period=last-month")
    expected = sheet_csv(answer_of(calls, name, Filter(date(2026, 10, 1), date(2026, 10, 31), user)))
    assert (answer.status_code, answer.text) == (200, expected)
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}-last-month.csv"'
    assert answer.headers["cache-control"] == "no-store"
    from_to = client(calls, user).get(f"/download/{name}.csv?period=2026-10-01..2026-10-31")
    assert from_to.text == expected
    assert f'filename="{name}-2026-10-01..2026-10-31.csv"' in from_to.headers["content-disposition"]


@pytest.mark.parametrize("name", [name for name in SHEETS if name != "statement"])
def test_whose_calls_others_are_is_in_nothing_that_a_person_gets(tmp_path: Path, name: str) -> None:
    mine = an_entry(user="ann", model="gpt-6-luna", cost_usd=None if name == "unpriced" else Decimal(1))
    theirs = an_entry(
        call_id="2", user="bob", conversation_id="secret", model="gpt-6.1-sol", endpoint="secret"
    )
    alone, together = written(tmp_path / "1.csv", mine), written(tmp_path / "2.csv", mine, theirs)
    answers = [client(each, "ann").get(f"/download/{name}.csv") for each in (alone, together)]
    assert answers[0].text == answers[1].text
    assert answers[0].status_code == 200


@pytest.mark.parametrize("name", ["table", "dearest", "cache", "what-if", "subscription", "settle"])
def test_a_download_has_the_currency_that_its_address_names(calls: Calls, name: str) -> None:
    plain, both = (
        client(calls).get(f"/download/{name}.csv{query}").text.splitlines()
        for query in ("", "?currency=eur&rate=0.92")
    )
    added = [column for column in both[0].split(",") if column not in plain[0].split(",")]
    assert added == ["saved_eur" if name == "cache" else "cost_eur", "eur_per_usd", "rate_day"]
    assert all(line.endswith(",0.92,") for line in both[1:])
    assert names_in("\n".join(both)) == names_in("\n".join(plain))


def test_a_statement_has_the_currency_that_its_address_names_and_what_is_due_in_usd(tmp_path: Path) -> None:
    owner = client(written(tmp_path / "usage.csv", an_entry(user="ann", cost_usd=Decimal("9.2508"))))
    html = owner.get("/statement?user=ann&currency=EUR&rate=0.9").text
    assert '<th scope="col">Cost (USD)</th><th scope="col">EUR</th>' in html
    assert "<td>9.25</td><td>8.33</td>" in html
    assert "Total open, exactly: $9.2508." in html
    assert html.count("exactly") == 1
    assert "At 1 USD = 0.9 EUR, set by hand; the ledger is in USD." in html
    links = statement_links_html("ann", Currency("EUR", Decimal("0.9")))
    assert links.count("&amp;currency=EUR&amp;rate=0.9") == 4


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("currency=%E2%82%AC", "currency is '€': expected a currency code, such as EUR."),
        ("currency=EUR&rate=nan", "rate is 'nan': expected the value of 1 USD, such as 0.92."),
    ],
)
def test_a_currency_that_cannot_be_read_is_refused_in_words(calls: Calls, query: str, says: str) -> None:
    answer = client(calls).get(f"/download/table.csv?{query}")
    assert (answer.status_code, answer.text) == (400, says)


@pytest.mark.parametrize("user", [None, "bob"])
def test_months_are_held_against_the_price_in_the_address(calls: Calls, user: str | None) -> None:
    for query, usd in (("", Decimal(20)), ("?price=7.50", Decimal("7.5"))):
        answer = client(calls, user).get(f"/download/subscription.csv{query}")
        assert answer.text == sheet_csv(months_against(calls, Filter(user=user), usd, NOON.date()))


def test_what_if_is_of_the_models_in_the_address_else_of_those_used(calls: Calls) -> None:
    owner = client(calls)
    named = owner.get("/download/what-if.csv?models=gpt-5.5,gpt-6-luna").text
    assert names_in(named) == ["model", "as paid", "gpt-6-luna", "gpt-5.5"]
    used = owner.get("/download/what-if.csv").text
    assert names_in(used) == ["model", "as paid", "gpt-6-luna", "gpt-6.1-sol"]


def test_everybodys_balances_are_the_owners_only(calls: Calls) -> None:
    assert client(calls).get("/download/settle.csv").text == sheet_csv(balances(calls))
    assert names_in(client(calls, "ann").get("/download/settle.csv").text) == ["user", "ann", "total"]


@pytest.mark.parametrize("user", ["ann", "=1+1"])
def test_a_statement_is_for_its_person_and_the_owner(calls: Calls, user: str) -> None:
    today = NOON.date()
    for by in ("day", "month"):
        sheet = statement(calls, user, by)
        for viewer in (None, user):
            asking, query = client(calls, viewer), {"user": user, "by": by}
            assert asking.get("/download/statement.csv", params=query).text == sheet_csv(sheet)
            printed = asking.get("/statement", params=query)
            assert printed.text == statement_html(sheet, today)
            assert printed.headers["cache-control"] == "no-store"
    own = statement(calls, user)
    assert client(calls, user).get("/download/statement.csv").text == sheet_csv(own)
    assert client(calls, user).get("/statement").text == statement_html(own, today)


@pytest.mark.parametrize("address", ["statement", "download/statement.csv"])
def test_nobody_else_gets_a_statement(calls: Calls, address: str) -> None:
    answer = client(calls, "bob").get(f"/{address}?user=ann")
    assert (answer.status_code, answer.text) == (403, "This is somebody else’s statement.")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("statement", 400),
        ("download/statement.csv", 400),
        ("download/statement.csv?user=ann&by=year", 400),
        ("download/table.csv?by=colour", 400),
        ("download/table.csv?by=day&period=", 400),
        ("download/history.csv?period=ever", 400),
        ("download/history.csv?period=2026-13-01..", 400),
        ("download/settle.csv?period=ever", 400),
        ("download/subscription.csv?price=-1", 400),
        ("download/subscription.csv?price=a+lot", 400),
        ("download/what-if.csv?models=gpt-99", 400),
        ("download/secrets.csv", 404),
    ],
)
def test_what_there_is_not_is_refused_in_words(calls: Calls, address: str, status: int) -> None:
    answer = client(calls).get(f"/{address}")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.text) > 20


def test_names_that_a_spreadsheet_would_run_are_escaped(calls: Calls) -> None:
    assert escaped("=modèle") in names_in(client(calls).get("/download/cache.csv").text)


@pytest.mark.parametrize("address", ["download/history.csv", "download/table.csv", "statement?user=ann"])
def test_a_ledger_that_cannot_be_read_is_an_answer_that_says_so(tmp_path: Path, address: str) -> None:
    (tmp_path / "usage.csv").mkdir()
    answer = client(Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN)).get(f"/{address}")
    said = f"Cannot read {tmp_path / 'usage.csv'}: Is a directory."
    assert (answer.status_code, answer.text) == (500, said)


def test_a_statement_to_print_has_its_points_in_line_and_no_script(tmp_path: Path) -> None:
    entries = [
        an_entry(user=EVIL, cost_usd=Decimal("1.5000000001")),
        an_entry(call_id="2", user=EVIL, cost_usd=Decimal(1000)),
        an_entry(
            call_id="3", user=EVIL, cost_usd=Decimal("0.0011"), started_at=datetime(2026, 11, 20, tzinfo=UTC)
        ),
    ]
    html = statement_html(statement(written(tmp_path / "usage.csv", *entries), EVIL), date(2026, 11, 23))
    assert "<img" not in html
    assert "<script" not in html
    assert "<title>Statement for &lt;img" in html
    assert "<p>From Nov 20, 2026 to Nov 23, 2026, in USD.</p>" in html
    assert '<tr><th scope="row">Nov 22, 2026</th><td>2</td>' in html
    assert (
        '<th scope="row">Amount due</th><td>3</td><td>3,702</td><td>1,200</td>'
        '<td data-room="00">1,001.50</td>' in html
    )
    assert "<p>Total open, exactly: $1,001.5011000001.</p>" in html


def test_a_statement_of_nothing_has_no_first_day(tmp_path: Path) -> None:
    html = statement_html(statement(written(tmp_path / "usage.csv"), "ann"), date(2026, 11, 23))
    assert "<p>As of Nov 23, 2026, in USD.</p>" in html
    assert "<td>0.00</td>" in html


def test_names_in_links_to_statements_are_escaped() -> None:
    html = statement_links_html('a&b="<i>')
    assert "<i>" not in html
    assert 'href="statement?user=a%26b%3D%22%3Ci%3E&amp;by=day"' in html
