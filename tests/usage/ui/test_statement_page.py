"""The address of a statement: to each person only their own."""

from decimal import Decimal
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from tests.helpers.ledger_entries import an_entry, written
from tests.helpers.usage_tab import NOON, services
from usage.ui.routes import statement_route


def client(tmp_path: Path, *, signed_in: bool = True, sees: str | None = None) -> TestClient:
    """Somebody who asks for statements of ann's and bob's calls."""
    reports = written(
        tmp_path / "usage.csv",
        an_entry(user="ann", cost_usd=Decimal("1.5")),
        an_entry(call_id="2", user="bob", cost_usd=Decimal("0.25")),
    )

    def viewer(_: Request) -> tuple[bool, str | None]:
        return signed_in, sees

    models = services(reports, tmp_path).models
    return TestClient(Starlette(routes=[statement_route(reports, viewer, lambda: NOON, models)]))


def test_the_owner_sees_any_statement(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/statement?user=ann&by=month")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "<title>Statement for ann</title>" in answer.text
    assert '<th scope="row">2026-11</th>' in answer.text
    assert "bob" not in answer.text


def test_a_person_sees_the_own_statement_only(tmp_path: Path) -> None:
    bob = client(tmp_path, sees="bob")
    assert "Statement for bob" in bob.get("/statement").text
    assert "Statement for bob" in bob.get("/statement?user=bob").text
    refused = bob.get("/statement?user=ann")
    assert (refused.status_code, refused.text) == (403, "This is somebody else's statement.")


def test_without_sign_in_or_name_there_is_none(tmp_path: Path) -> None:
    assert client(tmp_path, signed_in=False).get("/statement?user=ann").status_code == 401
    assert client(tmp_path).get("/statement").status_code == 400


def test_a_ledger_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    asked = client(tmp_path)
    (tmp_path / "usage.csv").unlink()
    (tmp_path / "usage.csv").mkdir()
    answer = asked.get("/statement?user=ann")
    assert answer.status_code == 500
    assert "Cannot read" in answer.text
