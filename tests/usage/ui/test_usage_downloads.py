"""Downloads: to each person what that person may see."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from tests.helpers.ledger_entries import PLAIN, an_entry
from usage.ledger import COLUMNS, CsvLedger, LedgerEntry
from usage.ledger.csv_rows import line_of
from usage.prices import OwnPrices, PriceBook
from usage.reports import Calls, PricedModels, usage_downloads_html
from usage.ui.routes import download_routes
from usage.units import Endpoint, TokenUsage

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVIL = "<img src=x onerror=alert(1)>\"'"


def ledger(tmp_path: Path, *entries: LedgerEntry) -> Path:
    made = CsvLedger(tmp_path / "usage.csv")
    for entry in entries:
        made.append(entry)
    return tmp_path / "usage.csv"


def client(path: Path, viewer: tuple[bool, str | None]) -> TestClient:
    def viewer_of(_: Request) -> tuple[bool, str | None]:
        return viewer

    models = PricedModels(PriceBook(OwnPrices), Endpoint("api.openai.com", "openai"))
    routes = download_routes(Calls(CsvLedger(path), BERLIN), viewer_of, lambda: NOON, models)
    return TestClient(Starlette(routes=routes))


def test_downloads_need_sign_in(tmp_path: Path) -> None:
    path = ledger(tmp_path, PLAIN)
    for address in ("/download/usage.csv", "/download/table.csv"):
        answer = client(path, (False, None)).get(address)
        assert (answer.status_code, answer.text) == (401, "Sign in to download this.")


def test_the_owner_gets_the_ledger_byte_for_byte(tmp_path: Path) -> None:
    path = ledger(tmp_path, PLAIN, an_entry(call_id="2", model="=1+1"))
    answer = client(path, (True, None)).get("/download/usage.csv")
    assert answer.content == path.read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="usage.csv"'
    assert answer.headers["cache-control"] == "no-store"


def test_others_get_their_own_rows_of_the_ledger(tmp_path: Path) -> None:
    own = an_entry(call_id="2", user="=ann", model="a\nb")
    path = ledger(tmp_path, PLAIN, own, an_entry(call_id="3", user="ann"))
    with path.open("ab") as file:
        file.write(b"torn,=ann\n")
    answer = client(path, (True, "=ann")).get("/download/usage.csv")
    assert answer.content == header_line() + line_of(own, COLUMNS)


def header_line() -> bytes:
    return ",".join(COLUMNS).encode() + b"\n"


def test_without_a_ledger_the_download_is_its_header(tmp_path: Path) -> None:
    for user in (None, "ann"):
        answer = client(tmp_path / "usage.csv", (True, user)).get("/download/usage.csv")
        assert answer.content == header_line()


def test_the_table_is_downloaded_as_it_is_shown(tmp_path: Path) -> None:
    old = an_entry(call_id="2", started_at=datetime(2026, 10, 1, tzinfo=UTC))
    path = ledger(tmp_path, an_entry(user="ann"), old, an_entry(call_id="3", usage=TokenUsage()))
    answer = client(path, (True, "ann")).get("/download/table.csv?by=model&period=30-days")
    assert answer.text.splitlines()[1:] == [
        "gpt-6-luna,1,1234,1000,400,100,0.0002334,0,0",
        "total,1,1234,1000,400,100,0.0002334,0,0",
    ]
    assert 'href="download/table.csv?by=model&amp;period=30-days"' in usage_downloads_html("model", "30-days")


@pytest.mark.parametrize("query", ["by=colour", "period=ever", "by=day&period="])
def test_other_tables_are_refused(tmp_path: Path, query: str) -> None:
    answer = client(ledger(tmp_path, PLAIN), (True, None)).get(f"/download/table.csv?{query}")
    assert answer.status_code == 400


def test_a_broken_ledger_gives_nobody_somebody_elses_rows(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_bytes(line_of(an_entry(), COLUMNS) * 2)
    answer = client(tmp_path / "usage.csv", (True, "ann")).get("/download/usage.csv")
    assert answer.content == b""


def test_a_table_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").mkdir()
    answer = client(tmp_path / "usage.csv", (True, None)).get("/download/table.csv")
    assert answer.status_code == 500
    assert answer.text == f"Cannot read {tmp_path / 'usage.csv'}: Is a directory."
