import io
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher

import access.users
from access import Guest, Users, UsersError, run_users_command
from tests.helpers.data_files import PASSWORD, QUICK, users_in

NO_NAME = "cannot be a user name: it takes 1 to 64 letters, digits or . _ @ -"
RESERVED = "cannot be a user name: it stands for whoever uses the app without sign-in."
EMPTY = "Nobody yet: python app.py users add NAME lets somebody sign in.\n"
NO_PASSWORD = "No password was given: use --password-stdin in a script.\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "users.json"


@pytest.fixture
def users(path: Path) -> Users:
    return Users(path, QUICK)


def test_at_first_there_is_nobody(users: Users, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert users.names() == ()
    assert run_users_command(users, "list") == 0
    assert capsys.readouterr() == ("", EMPTY)
    assert not path.parent.exists()


def test_people_stay_in_the_order_they_were_added_so_that_the_first_is_the_owner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    users = users_in(tmp_path, "zoe", "ana", "max")
    assert users.names() == ("zoe", "ana", "max")
    assert run_users_command(users, "list") == 0
    assert capsys.readouterr() == ("zoe\nana\nmax\n", "")
    users.remove("ana")
    assert users.names() == ("zoe", "max")
    assert not users.verify("ana", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "is_right"),
    [
        ("ana", "ana's password", True),
        ("ana", "max's password", False),
        ("ana", "", False),
        ("Ana", "ana's password", False),
        ("nobody", "ana's password", False),
        ("", "", False),
        ("ana", "\udcff" * 8, False),
    ],
)
def test_only_the_right_password_of_the_right_person_signs_in(
    users: Users, name: str, password: str, is_right: bool
) -> None:
    users.add("ana", "ana's password")
    users.add("max", "max's password")
    assert users.verify(name, password) == is_right


def test_an_unknown_name_takes_a_hash_to_refuse_as_a_known_one_does(path: Path) -> None:
    class Counting(PasswordHasher):
        def __init__(self) -> None:
            super().__init__(time_cost=1, memory_cost=8, parallelism=1)
            self.verified: list[str] = []

        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
            self.verified.append(str(hash)[:10])
            return super().verify(hash, password)

    hasher = Counting()
    users = Users(path, hasher)
    users.add("ana", PASSWORD)
    for number, name in enumerate(("ana", "nobody"), 1):
        assert not users.verify(name, "wrong")
        assert hasher.verified == ["$argon2id$"] * number


@pytest.mark.parametrize(
    ("name", "password"),
    [(name, PASSWORD) for name in ("a", "a" * 64, "ana@example.com", "A.b_c-d", "localhost")]
    + [("ana", "12345678")],
)
def test_these_names_and_passwords_are_taken(users: Users, name: str, password: str) -> None:
    users.add(name, password)
    assert users.names() == (name,)
    assert users.verify(name, password)


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        *((name, PASSWORD, f"{name!r} {NO_NAME}") for name in ("", "a" * 65, "ana maria", "ana\n", "añа")),
        *((name, PASSWORD, f"{name!r} {NO_NAME}") for name in ("../ana", "=ana")),
        *((name, PASSWORD, f"{name!r} {RESERVED}") for name in ("local", "Local")),
        *(
            (name, PASSWORD, f"There is a user {name!r} already: remove it first or take another name.")
            for name in ("max", "Max")
        ),
        ("ana", "1234567", "The password is too short: it takes at least 8 characters."),
        ("ana", "\udcff" * 8, "The password has characters that are not text."),
    ],
)
def test_these_names_and_passwords_are_refused(tmp_path: Path, name: str, password: str, reason: str) -> None:
    users = users_in(tmp_path, "max")
    with pytest.raises(UsersError) as caught:
        users.add(name, password)
    assert str(caught.value) == reason
    assert users.names() == ("max",)
    assert users.verify("max", PASSWORD)


def test_the_file_is_for_its_owner_only_and_holds_no_password(users: Users, path: Path) -> None:
    users.add("ana", PASSWORD)
    users.add("max", PASSWORD)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"users.json": 0o600, "users.json.lock": 0o600}
    assert PASSWORD not in path.read_text()
    hashes = [person["password_hash"] for person in json.loads(path.read_text()).values()]
    assert len(set(hashes)) == 2
    assert all(password_hash.startswith("$argon2id$") for password_hash in hashes)


def test_people_added_at_the_same_time_are_all_kept_and_seen_at_once(users: Users, path: Path) -> None:
    names = [f"person-{number}" for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: Users(path, QUICK).add(name, PASSWORD), names))
    assert sorted(users.names()) == sorted(names)
    assert users.verify("person-7", PASSWORD)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"ana": 1}', b'{"ana": {}}', b"\xff"])
def test_a_file_that_is_no_list_of_users_lets_nobody_in_and_stays(tmp_path: Path, content: bytes) -> None:
    users, path = users_in(tmp_path), tmp_path / "users.json"
    path.write_bytes(content)
    with pytest.raises(UsersError, match=r"users\.json is not a list of users: mend it or delete it\.$"):
        users.verify("ana", PASSWORD)
    with pytest.raises(UsersError, match=r"is not a list of users"):
        users.add("max", PASSWORD)
    assert path.read_bytes() == content


@pytest.mark.parametrize("password_hash", ['"long enough"', '""', "1", "null"])
def test_a_hash_that_is_none_lets_nobody_in(tmp_path: Path, password_hash: str) -> None:
    (tmp_path / "users.json").write_text(f'{{"ana": {{"password_hash": {password_hash}}}}}')
    assert not users_in(tmp_path).verify("ana", "long enough")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    blocker = tmp_path / "file"  # nobody can make a folder at a file, not even root
    blocker.touch()
    with pytest.raises(UsersError) as caught:
        users_in(blocker, "ana")
    assert str(caught.value) == f"{blocker / 'users.json'} cannot be changed: File exists"


def test_a_guest_s_password_is_long_and_new_each_time() -> None:
    passwords = {Guest().password for _ in range(100)}
    assert len(passwords) == 100
    assert {len(password) for password in passwords} == {16}


@pytest.mark.parametrize(
    ("action", "name", "typed", "code", "printed", "people"),
    [
        ("add", "ana", [PASSWORD, PASSWORD], 0, ("ana may sign in now.\n", ""), ("zoe", "ana")),
        ("add", "ana", [PASSWORD, "enuogh"], 1, ("", "The two passwords are not the same.\n"), ("zoe",)),
        ("add", "ana", [], 1, ("", NO_PASSWORD), ("zoe",)),
        # A bad name is refused before a password is asked for.
        ("add", "local", [], 1, ("", f"'local' {RESERVED}\n"), ("zoe",)),
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

    monkeypatch.setattr(access.users, "getpass", ask)
    users = users_in(tmp_path, "zoe")
    assert run_users_command(users, action, name) == code
    assert capsys.readouterr() == printed
    assert users.names() == people
    assert users.verify("ana", PASSWORD) == ("ana" in people)


@pytest.mark.parametrize("line", [f"{PASSWORD}\n", f"{PASSWORD}\r\n", PASSWORD, f"{PASSWORD}\nsecond line\n"])
def test_a_script_gives_the_password_on_one_line(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    users = users_in(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    assert run_users_command(users, "add", "ana", password_stdin=True) == 0
    assert capsys.readouterr() == ("ana may sign in now.\n", "")
    assert users.verify("ana", PASSWORD)
