"""Sessions: who is signed in, until they are removed or get another password."""

from pathlib import Path
from types import SimpleNamespace

from argon2 import PasswordHasher
from starlette.requests import Request

from access import Users, Visitors
from access.sessions import Sessions

PASSWORD = "correct horse"


def test_session_ends_with_the_access_or_the_password_of_its_person(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("ada", "bob"):
        users.add(name, PASSWORD)
    visitors = Visitors(users, None, on_space=False, anyone="local")
    app = SimpleNamespace(cookie_id="abc", tokens=None)
    visitors.attend(app)
    app.tokens.update({"one": "ada", "two": "bob"})

    def person(token: str) -> str | None:
        cookie = f"access-token-abc={token}".encode()
        return visitors.person_asking(Request({"type": "http", "headers": [(b"cookie", cookie)]}))

    assert [person(token) for token in ("one", "two", "three")] == ["ada", "bob", None]
    users.remove("ada")
    users.add("ada", PASSWORD)
    assert [person(token) for token in ("one", "two")] == [None, "bob"]
    assert dict(app.tokens) == {"two": "bob"}


def test_somebody_s_oldest_session_ends_when_they_have_too_many() -> None:
    sessions = Sessions(lambda: {"ada": "1", "bob": "2"}, most_each=3)
    sessions["bobs"] = "bob"
    for token in "abcde":
        sessions[token] = "ada"
    assert list(sessions) == ["bobs", "c", "d", "e"]
    assert [sessions.get(token) for token in ("a", "e", "bobs", "nobody's")] == [None, "ada", "bob", None]
    sessions.pop("bobs")
    assert len(sessions) == 3
