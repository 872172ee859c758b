import io
from pathlib import Path

import pytest
from argon2 import PasswordHasher

import access.users_command
from access import Users, run_users_command


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "users.json", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def type_in(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Let these be what a person types when asked for a password."""
    waiting = iter(answers)
    monkeypatch.setattr(access.users_command, "getpass", lambda _: next(waiting))


@pytest.mark.parametrize(
    "line", ["long enough\n", "long enough\r\n", "long enough", "long enough\nsecond line\n"]
)
def test_a_script_gives_the_password_on_one_line(
    users: Users, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    assert run_users_command(users, "add", "ana", password_stdin=True) == 0
    assert capsys.readouterr() == ("ana may sign in now.\n", "")
    assert users.verify("ana", "long enough")


def test_a_person_types_the_password_twice(
    users: Users, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "long enough", "long enough")
    assert run_users_command(users, "add", "ana") == 0
    assert capsys.readouterr() == ("ana may sign in now.\n", "")
    assert users.verify("ana", "long enough")


def test_two_passwords_that_differ_are_refused(
    users: Users, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch, "long enough", "long enuogh")
    assert run_users_command(users, "add", "ana") == 1
    assert capsys.readouterr() == ("", "The two passwords are not the same.\n")
    assert users.names() == ()


def test_no_password_at_all_is_refused(
    users: Users, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody_there(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(access.users_command, "getpass", nobody_there)
    assert run_users_command(users, "add", "ana") == 1
    assert capsys.readouterr() == ("", "No password was given: use --password-stdin in a script.\n")


def test_a_bad_name_is_refused_before_a_password_is_asked_for(
    users: Users, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    type_in(monkeypatch)
    assert run_users_command(users, "add", "local") == 1
    assert capsys.readouterr() == (
        "",
        "'local' cannot be a user name: it stands for whoever uses the app without sign-in.\n",
    )


def test_people_are_listed_one_a_line(users: Users, capsys: pytest.CaptureFixture[str]) -> None:
    users.add("zoe", "long enough")
    users.add("ana", "long enough")
    assert run_users_command(users, "list") == 0
    assert capsys.readouterr() == ("zoe\nana\n", "")


def test_an_empty_list_says_how_to_add_somebody(users: Users, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_users_command(users, "list") == 0
    assert capsys.readouterr() == ("", "Nobody yet: python app.py users add NAME lets somebody sign in.\n")


def test_a_person_is_removed(users: Users, capsys: pytest.CaptureFixture[str]) -> None:
    users.add("ana", "long enough")
    assert run_users_command(users, "remove", "ana") == 0
    assert capsys.readouterr() == ("ana may no longer sign in.\n", "")
    assert users.names() == ()


def test_removing_somebody_unknown_fails_with_one_line(
    users: Users, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_users_command(users, "remove", "ana") == 1
    assert capsys.readouterr() == ("", "There is no user 'ana'.\n")
