"""Signing in: people are added by command, and only who knows a password gets in."""

import io
from pathlib import Path

import pytest

from app import main
from tests.conftest import StartApp
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

PASSWORD = "correct horse battery"


def users(data_dir: Path, *command: str, password: str = "") -> int:
    """Run a `users` command as the terminal does, the password on standard input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        return main(["--data-dir", str(data_dir), "users", *command])


def test_people_are_added_listed_and_removed_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert users(tmp_path, "add", "ada", "--password-stdin", password=PASSWORD) == 0
    assert users(tmp_path, "add", "bob", "--password-stdin", password=PASSWORD) == 0
    assert users(tmp_path, "list") == 0
    assert users(tmp_path, "remove", "ada") == 0
    assert users(tmp_path, "list") == 0
    assert capsys.readouterr().out.splitlines() == [
        "ada may sign in now.",
        "bob may sign in now.",
        "ada",
        "bob",
        "ada may no longer sign in.",
        "bob",
    ]
    assert PASSWORD not in (tmp_path / "users.json").read_text()


def test_only_who_knows_a_password_gets_in(app_process: StartApp, tmp_path: Path) -> None:
    users(tmp_path, "add", "ada", "--password-stdin", password=PASSWORD)
    app = app_process(data_dir=tmp_path)
    assert app.stdout == f"Tally runs at {app.url}\n"
    with HttpPage(app.url) as page:
        assert page.client.get("/config").status_code == 401
        for name, password in (
            ("ada", "wrong"),
            ("ada", ""),
            ("eve", PASSWORD),
            ("guest", PASSWORD),
            ("local", ""),
        ):
            assert page.sign_in(name, password) in (400, 422)
            assert page.client.get("/config").status_code == 401
        assert page.sign_in("ada", PASSWORD) == 200
        assert page.client.get("/config").status_code == 200
    app.stop()
    assert PASSWORD not in app.stderr + app.stdout


def test_who_is_removed_is_out_at_once_and_who_is_added_gets_in_without_a_restart(
    app_process: StartApp, tmp_path: Path, scripted: ScriptedServer
) -> None:
    for name in ("ada", "bob"):
        users(tmp_path, "add", name, "--password-stdin", password=PASSWORD)
    app = app_process(data_dir=tmp_path, variables=scripted.variables)
    with HttpPage(app.url) as bob, HttpPage(app.url) as eve:
        assert bob.sign_in("bob", PASSWORD) == 200
        bob.follow(bob.begin("Hello", "gpt-6-luna"))
        assert len(scripted.chats) == 1
        users(tmp_path, "remove", "bob")
        refused = bob.fire("send", {"message": "Still here?", "model": "gpt-6-luna"})
        assert "You are not signed in." in refused.text
        assert bob.client.get("/download/usage.csv").status_code == 401
        assert len(scripted.chats) == 1
        users(tmp_path, "add", "eve", "--password-stdin", password=PASSWORD)
        assert eve.sign_in("eve", PASSWORD) == 200
