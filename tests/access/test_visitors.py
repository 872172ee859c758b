from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from access import Guest, Users, UsersError, Visitors
from access.visitors import Sessions
from tests.helpers.data_files import PASSWORD, users_in

APP = SimpleNamespace(cookie_id="abc", tokens={"token-1": "ada", "token-2": "bob"})


def request(cookie: str = "") -> Request:
    """Return a request with these cookies."""
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def visitors_of(
    users: Users, guest: Guest | None = None, *, on_space: bool = False, only_here: bool = True
) -> Visitors:
    """Return the visitors of a running app."""
    visitors = Visitors(users, guest, on_space=on_space, anyone="local", only_here=only_here)
    visitors.app = APP
    return visitors


def test_without_people_everybody_is_the_same_person(tmp_path: Path) -> None:
    visitors = visitors_of(users_in(tmp_path))
    assert not visitors.asks_for_password
    assert visitors.person(None, {}) == "local"
    assert visitors.person_asking(request()) == "local"


@pytest.mark.parametrize(
    ("cookie", "person"),
    [
        ("access-token-abc=token-1", "ada"),
        ("access-token-unsecure-abc=token-2", "bob"),
        ("access-token-abc=gone; access-token-unsecure-abc=token-2", "bob"),
        ("access-token-other=token-1", None),
        ("access-token-abc=ada", None),
        ("access-token-abc=", None),
        ("", None),
    ],
)
def test_who_is_signed_in_is_told_by_the_token_in_a_cookie(
    tmp_path: Path, cookie: str, person: str | None
) -> None:
    visitors = visitors_of(users_in(tmp_path, "ada", "bob"))
    assert visitors.asks_for_password
    assert visitors.person_asking(request(cookie)) == person


def test_nobody_is_signed_in_before_there_is_an_app(tmp_path: Path) -> None:
    visitors = Visitors(users_in(tmp_path, "ada"), None, on_space=False, anyone="local", only_here=True)
    assert visitors.person_asking(request("access-token-abc=token-1")) is None


def test_who_was_removed_is_nobody_at_once(tmp_path: Path) -> None:
    users = users_in(tmp_path, "ada", "bob")
    visitors = visitors_of(users)
    users.remove("bob")
    assert [visitors.person(name, {}) for name in ("ada", "bob", None)] == ["ada", None, None]


def test_nobody_is_known_while_the_list_of_people_is_broken(tmp_path: Path) -> None:
    visitors = visitors_of(users_in(tmp_path, "ada"))
    (tmp_path / "users.json").write_text("[")
    assert visitors.person("ada", {}) is None
    with pytest.raises(UsersError, match="is not a list of users"):
        visitors.may_enter("ada", PASSWORD)


def test_people_enter_with_their_password_and_the_guest_with_the_one_that_was_told(tmp_path: Path) -> None:
    visitors = visitors_of(users_in(tmp_path, "ada"), Guest("told once"))
    tried = [
        ("ada", PASSWORD),
        ("ada", "told once"),
        ("guest", "told once"),
        ("guest", PASSWORD),
    ]
    assert [visitors.may_enter(*each) for each in tried] == [True, False, True, False]
    assert visitors.person("guest", {}) == "guest"


@pytest.mark.parametrize("only_here", [True, False])
@pytest.mark.parametrize(
    ("names", "guest", "on_space", "person", "are_many"),
    [
        ((), None, False, "local", "from elsewhere"),
        ((), Guest("told once"), False, "guest", "always"),
        ((), Guest("told once"), False, "ada", "never"),
        (("ada",), None, False, "ada", "never"),
        (("ada", "guest"), None, False, "guest", "never"),
        ((), None, True, "hugger", "never"),
    ],
)
def test_whoever_has_a_name_alone_is_told_from_those_who_share_one(
    names: tuple[str, ...],
    guest: Guest | None,
    on_space: bool,
    person: str,
    are_many: str,
    only_here: bool,
    tmp_path: Path,
) -> None:
    visitors = visitors_of(users_in(tmp_path, *names), guest, on_space=on_space, only_here=only_here)
    expected = {"always": True, "never": False, "from elsewhere": not only_here}[are_many]
    assert visitors.may_be_many(person) is expected
    assert visitors.is_open is (are_many == "from elsewhere" and not only_here)


def test_on_a_space_the_name_is_the_one_at_hugging_face(tmp_path: Path) -> None:
    visitors = visitors_of(users_in(tmp_path, "ada"), on_space=True)
    session = {"oauth_info": {"userinfo": {"preferred_username": "hugger"}}}
    assert not visitors.asks_for_password
    assert visitors.person("ada", session) == "hugger"
    assert visitors.person("ada", {}) is None


@pytest.mark.parametrize(
    ("cookie", "everywhere", "left"),
    [
        ("access-token-abc=token-1", False, {"token-2": "ada", "token-3": "bob"}),
        ("access-token-unsecure-abc=token-1", False, {"token-2": "ada", "token-3": "bob"}),
        ("access-token-unsecure-abc=token-1", True, {"token-3": "bob"}),
        ("access-token-abc=token-1; access-token-unsecure-abc=token-2", False, {"token-3": "bob"}),
        ("access-token-abc=gone", True, {"token-1": "ada", "token-2": "ada", "token-3": "bob"}),
        ("", True, {"token-1": "ada", "token-2": "ada", "token-3": "bob"}),
    ],
)
def test_signing_out_ends_the_sessions_of_who_asks(
    tmp_path: Path, cookie: str, everywhere: bool, left: dict[str, str]
) -> None:
    visitors = visitors_of(users_in(tmp_path, "ada", "bob"))
    visitors.app = SimpleNamespace(
        cookie_id="abc", tokens={"token-1": "ada", "token-2": "ada", "token-3": "bob"}
    )
    visitors.sign_out(request(cookie), everywhere=everywhere)
    assert visitors.app.tokens == left


def test_session_ends_with_the_access_or_the_password_of_its_person(tmp_path: Path) -> None:
    users = users_in(tmp_path, "ada", "bob")
    visitors = visitors_of(users)
    app = SimpleNamespace(cookie_id="abc", tokens=None)
    visitors.attend(app)
    app.tokens.update({"one": "ada", "two": "bob"})

    def person(token: str) -> str | None:
        return visitors.person_asking(request(f"access-token-abc={token}"))

    assert [person(token) for token in ("one", "two", "three")] == ["ada", "bob", None]
    users.remove("ada")
    users.add("ada", PASSWORD)
    assert [person(token) for token in ("one", "two")] == [None, "bob"]
    assert dict(app.tokens) == {"two": "bob"}


def test_somebody_s_oldest_session_ends_when_they_have_too_many() -> None:
    sessions = Sessions(
        lambda: {"ada": "1", "bob": "2"},
    )
    sessions["bobs"] = "bob"
    for number in range(52):
        sessions[f"ada's {number}"] = "ada"
    tokens = ("ada's 1", "ada's 2", "ada's 51", "bobs", "nobody's")
    assert [sessions.get(token) for token in tokens] == [None, "ada", "ada", "bob", None]
    assert len(sessions) == 51
    sessions.pop("bobs")
    assert len(sessions) == 50
