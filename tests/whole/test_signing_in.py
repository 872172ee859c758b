"""Signing in and out of the real app: by password, for this site alone, and by a POST to get out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from access import Users
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.raw_http import EVIL, FORBIDDEN, IMAGE, LINK, LISTED, asked, session_cookie

PASSWORD = "correct horse battery"


def test_only_who_knows_a_password_gets_in(app_process: StartApp, tmp_path: Path) -> None:
    Users(tmp_path / "users.json").add("ada", PASSWORD)
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


PASSWORD = "correct horse battery"
SIGN_IN = f"username=ada&password={PASSWORD.replace(' ', '+')}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app with one person who may sign in."""
    home = tmp_path_factory.mktemp("home")
    Users(home / "data" / "users.json").add("ada", PASSWORD)
    running = AppProcess(home / "data", home, {"TALLY_ALLOWED_HOSTS": LISTED})
    yield running
    running.stop()


def sign_in(app: AppProcess, **headers: str) -> str:
    """Sign in as a browser of one's own; gives its cookies."""
    answer = asked(app.url, "POST", "/login", {**FORM, **headers}, SIGN_IN)
    assert answer.status == 200
    return session_cookie(answer)


def is_in(app: AppProcess, cookie: str) -> bool:
    return asked(app.url, "GET", "/config", {"Cookie": cookie}).status == 200


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({"Host": LISTED}, False),
        ({"Host": LISTED, "X-Forwarded-Proto": "https"}, True),
        ({"Host": LISTED, "Origin": f"https://{LISTED}"}, True),
    ],
    ids=str,
)
def test_cookies_are_for_this_site_alone(signed: AppProcess, headers: dict[str, str], secure: bool) -> None:
    answer = asked(signed.url, "POST", "/login", {**FORM, **headers}, SIGN_IN)
    cookies = answer.all("set-cookie")
    [token] = [cookie for cookie in cookies if cookie.startswith("access-token-")]
    assert all("; HttpOnly; SameSite=Lax" in cookie for cookie in cookies)
    assert ("; Secure" in token) is secure
    assert is_in(signed, session_cookie(answer))


def test_nobody_is_signed_in_by_another_site(signed: AppProcess) -> None:
    answer = asked(signed.url, "POST", "/login", {**FORM, "Origin": EVIL}, SIGN_IN)
    assert (answer.status, answer.all("set-cookie")) == (FORBIDDEN, [])


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/logout", {}, 405),
        ("HEAD", "/logout", {}, 405),
        ("GET", "/logout?all_session=false", {}, 405),
        ("GET", "/logout?all_session=true&_target_url=/", {}, 405),
        ("GET", "/logout/", {}, 307),
        ("GET", "//logout", {}, 404),
        ("GET", "/logout", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"}, 405),
        ("GET", "/logout", {"X-HTTP-Method-Override": "POST"}, 405),
        ("GET", "/logout", LINK, FORBIDDEN),
        ("GET", "/logout", IMAGE, FORBIDDEN),
        ("POST", "/logout", {"Origin": EVIL}, FORBIDDEN),
        ("POST", "/logout", {"Origin": "null"}, FORBIDDEN),
        ("POST", "/logout", {"Sec-Fetch-Site": "same-site"}, FORBIDDEN),
        ("PUT", "/logout", {}, 405),
    ],
    ids=str,
)
def test_nothing_but_a_post_of_the_page_signs_out(
    signed: AppProcess, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    cookie = sign_in(signed)
    answer = asked(signed.url, method, path, {"Cookie": cookie, **headers})
    assert (answer.status, answer.all("set-cookie")) == (status, [])
    assert is_in(signed, cookie)


@pytest.mark.parametrize(
    ("query", "other_stays"), [("", False), ("?all_session=true", False), ("?all_session=false", True)]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_signing_out_ends_the_session(signed: AppProcess, scheme: str, query: str, other_stays: bool) -> None:
    mine = sign_in(signed, **{"X-Forwarded-Proto": scheme})
    other = sign_in(signed)
    headers = {
        "Cookie": mine,
        "Origin": f"{scheme}://{signed.url.partition('://')[2]}",
        "X-Forwarded-Proto": scheme,
    }
    answer = asked(signed.url, "POST", f"/logout{query}", headers)
    assert (answer.status, answer.all("location")) == (303, ["./"])
    [ended] = answer.all("set-cookie")
    assert ended.partition("=")[0] in mine
    assert "max-age=0" in ended.lower()
    assert (is_in(signed, mine), is_in(signed, other)) == (False, other_stays)


def test_who_is_not_signed_in_signs_nobody_out(signed: AppProcess) -> None:
    cookie = sign_in(signed)
    assert asked(signed.url, "POST", "/logout", {"Cookie": "access-token-unsecure-x=None"}).status == 303
    assert is_in(signed, cookie)


def test_signing_out_means_nothing_where_nobody_signs_in(app_process: StartApp) -> None:
    app = app_process()
    assert asked(app.url, "POST", "/logout").status == 303
    assert asked(app.url, "GET", "/config").status == 200
