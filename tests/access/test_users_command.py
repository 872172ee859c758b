import io
from pathlib import Path

import pytest

import access.users_command
from access import run_users_command
from tests.helpers.data_files import users_in

GIVEN = "long enough"
EMPTY = "Nobody yet: python app.py users add NAME lets somebody sign in.\n"
RESERVED = "'local' cannot be a user name: it stands for whoever uses the app without sign-in.\n"
NO_PASSWORD = "No password was given: use --password-stdin in a script.\n"


@pytest.mark.parametrize(
    ("action", "name", "typed", "code", "printed", "people"),
    [
        ("add", "ana", [GIVEN, GIVEN], 0, ("ana may sign in now.\n", ""), ("zoe", "ana")),
        ("add", "ana", [GIVEN, "enuogh"], 1, ("", "The two passwords are not the same.\n"), ("zoe",)),
        ("add", "ana", [], 1, ("", NO_PASSWORD), ("zoe",)),
        # A bad name is refused before a password is asked for.
        ("add", "local", [], 1, ("", RESERVED), ("zoe",)),
        ("list", None, [], 0, ("zoe\n", ""), ("zoe",)),
        ("remove", "zoe", [], 0, ("zoe may no longer sign in.\n", ""), ()),
        ("remove", "ana", [], 1, ("", "There is no user 'ana'.\n"), ("zoe",)),
    ],
)
def test_command_does_what_it_says_or_why_not(
    action: str,
    name: str | None,
    typed: list[str],
    code: int,
    printed: tuple[str, str],
    people: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ask(_: str) -> str:
        if not typed:
            raise EOFError
        return typed.pop(0)

    monkeypatch.setattr(access.users_command, "getpass", ask)
    users = users_in(tmp_path, "zoe")
    assert run_users_command(users, action, name) == code
    assert capsys.readouterr() == printed
    assert users.names() == people
    assert users.verify("ana", GIVEN) == ("ana" in people)


@pytest.mark.parametrize(
    "line", ["long enough\n", "long enough\r\n", "long enough", "long enough\nsecond line\n"]
)
def test_a_script_gives_the_password_on_one_line(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    users = users_in(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    assert run_users_command(users, "add", "ana", password_stdin=True) == 0
    assert capsys.readouterr() == ("ana may sign in now.\n", "")
    assert users.verify("ana", GIVEN)


def test_people_are_listed_one_a_line_and_an_empty_list_says_how_to_add_somebody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_users_command(users_in(tmp_path), "list") == 0
    assert capsys.readouterr() == ("", EMPTY)
    assert run_users_command(users_in(tmp_path, "zoe", "ana"), "list") == 0
    assert capsys.readouterr() == ("zoe\nana\n", "")
