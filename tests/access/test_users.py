import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher

from access import Guest, Users, UsersError

# As weak as it goes: what is tested here is not argon2.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "users.json"


@pytest.fixture
def users(path: Path) -> Users:
    return Users(path, QUICK)


@pytest.fixture
def impossible_path(tmp_path: Path) -> Path:
    """A path that no folder can be made at, also by root."""
    blocker = tmp_path / "file"
    blocker.touch()
    return blocker / "users.json"


def test_at_first_there_is_nobody(users: Users, path: Path) -> None:
    assert users.names() == ()
    assert not path.parent.exists()


def test_people_stay_in_the_order_they_were_added_so_that_the_first_is_the_owner(users: Users) -> None:
    for name in ("zoe", "ana", "max"):
        users.add(name, "long enough")
    assert users.names() == ("zoe", "ana", "max")


def test_only_the_right_password_of_the_right_person_signs_in(users: Users) -> None:
    users.add("ana", "ana's password")
    users.add("max", "max's password")
    answers = [
        users.verify("ana", "ana's password"),
        users.verify("ana", "max's password"),
        users.verify("ana", ""),
        users.verify("Ana", "ana's password"),
        users.verify("nobody", "ana's password"),
        users.verify("", ""),
    ]
    assert answers == [True, False, False, False, False, False]


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
    users.add("ana", "long enough")
    assert not users.verify("ana", "wrong")
    assert hasher.verified == ["$argon2id$"]
    assert not users.verify("nobody", "wrong")
    assert hasher.verified == ["$argon2id$"] * 2


def test_a_removed_person_no_longer_signs_in(users: Users) -> None:
    users.add("ana", "long enough")
    users.add("max", "long enough")
    users.remove("ana")
    assert users.names() == ("max",)
    assert not users.verify("ana", "long enough")


def test_removing_somebody_unknown_is_refused(users: Users) -> None:
    with pytest.raises(UsersError, match=r"^There is no user 'ana'\.$"):
        users.remove("ana")


@pytest.mark.parametrize("name", ["ana", "Ana"])
def test_a_name_is_taken_once(users: Users, name: str) -> None:
    users.add("ana", "long enough")
    with pytest.raises(UsersError, match=f"^There is a user '{name}' already"):
        users.add(name, "another one")
    assert users.verify("ana", "long enough")


@pytest.mark.parametrize("name", ["a", "a" * 64, "ana@example.com", "A.b_c-d", "localhost"])
def test_these_names_are_taken(users: Users, name: str) -> None:
    users.add(name, "long enough")
    assert users.names() == (name,)


@pytest.mark.parametrize("name", ["", "a" * 65, "ana maria", "ana\n", "añа", "../ana", "=ana"])
def test_these_names_are_refused(users: Users, name: str) -> None:
    with pytest.raises(
        UsersError, match=r"cannot be a user name: it takes 1 to 64 letters, digits or \. _ @ -$"
    ):
        users.add(name, "long enough")


@pytest.mark.parametrize("name", ["local", "Local"])
def test_the_name_of_whoever_uses_the_app_without_sign_in_is_reserved(users: Users, name: str) -> None:
    with pytest.raises(UsersError, match=f"^'{name}' cannot be a user name: it stands for whoever"):
        users.add(name, "long enough")


def test_a_password_of_eight_characters_is_the_shortest(users: Users) -> None:
    with pytest.raises(UsersError, match=r"^The password is too short: it takes at least 8 characters\.$"):
        users.add("ana", "1234567")
    users.add("ana", "12345678")
    assert users.verify("ana", "12345678")


def test_a_password_that_is_no_text_neither_signs_in_nor_is_taken(users: Users) -> None:
    users.add("ana", "long enough")
    assert not users.verify("ana", "\udcff" * 8)
    with pytest.raises(UsersError, match=r"^The password has characters that are not text\.$"):
        users.add("max", "\udcff" * 8)


def test_the_file_is_for_its_owner_only_and_holds_no_password(users: Users, path: Path) -> None:
    users.add("ana", "long enough")
    users.add("max", "long enough")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"users.json": 0o600, "users.json.lock": 0o600}
    assert "long enough" not in path.read_text()
    hashes = [person["password_hash"] for person in json.loads(path.read_text()).values()]
    assert len(set(hashes)) == 2
    assert all(password_hash.startswith("$argon2id$") for password_hash in hashes)


def test_another_process_s_people_are_seen_at_once(users: Users, path: Path) -> None:
    Users(path, QUICK).add("ana", "long enough")
    assert users.verify("ana", "long enough")


def test_people_added_at_the_same_time_are_all_kept(path: Path) -> None:
    names = [f"person-{number}" for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: Users(path, QUICK).add(name, "long enough"), names))
    assert sorted(Users(path, QUICK).names()) == sorted(names)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"ana": 1}', b'{"ana": {}}', b"\xff"])
def test_a_file_that_is_no_list_of_users_lets_nobody_in_and_stays(
    users: Users, path: Path, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UsersError, match=r"users\.json is not a list of users: mend it or delete it\.$"):
        users.verify("ana", "long enough")
    with pytest.raises(UsersError, match=r"is not a list of users"):
        users.add("max", "long enough")
    assert path.read_bytes() == content


@pytest.mark.parametrize("password_hash", ['"long enough"', '""', "1", "null"])
def test_a_hash_that_is_none_lets_nobody_in(users: Users, path: Path, password_hash: str) -> None:
    path.parent.mkdir()
    path.write_text(f'{{"ana": {{"password_hash": {password_hash}}}}}')
    assert not users.verify("ana", "long enough")


def test_a_folder_that_cannot_be_made_is_named(impossible_path: Path) -> None:
    with pytest.raises(UsersError) as caught:
        Users(impossible_path, QUICK).add("ana", "long enough")
    assert str(caught.value) == f"{impossible_path} cannot be changed: File exists"


def test_a_guest_s_password_is_long_and_new_each_time() -> None:
    passwords = {Guest().password for _ in range(100)}
    assert len(passwords) == 100
    assert {len(password) for password in passwords} == {16}
