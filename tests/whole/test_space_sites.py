"""A Space and other sites, over raw HTTP: in its frame, back from the sign-in, signed out."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator

import itsdangerous
import pytest

from tests.servers.app_process import AppProcess
from tests.servers.raw_http import FORBIDDEN, FRAME, LINK, MISDIRECTED, asked, permissions, session_cookie

HOST = {"Host": "ada-tally.hf.space", "X-Forwarded-Proto": "https"}
CLIENT_SECRET = "secret of the Space"


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """A Space on which people sign in with Hugging Face."""
    variables = {
        "SYSTEM": "spaces",
        "SPACE_ID": "ada/tally",
        "SPACE_HOST": "ada-tally.hf.space",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "OAUTH_CLIENT_ID": "client",
        "OAUTH_CLIENT_SECRET": CLIENT_SECRET,
        "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": "http://127.0.0.1:9",
    }
    home = tmp_path_factory.mktemp("home")
    running = AppProcess(home / "data", home, variables)
    yield running
    running.stop()


def cookie_of(person: str) -> str:
    """Return the cookie of somebody who signed in, as Gradio signs it."""
    secret = hashlib.sha256(f"{CLIENT_SECRET}-v4".encode()).hexdigest()
    session = {"oauth_info": {"userinfo": {"preferred_username": person}}}
    signed = itsdangerous.TimestampSigner(secret).sign(b64encode(json.dumps(session).encode()))
    return f"session={signed.decode()}"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", FRAME, 200),
        ("/", LINK, 200),
        ("/config", FRAME, FORBIDDEN),
        ("/config", {"Origin": "https://huggingface.co"}, FORBIDDEN),
        ("/config", {"Origin": "https://eve-tally.hf.space"}, FORBIDDEN),
        ("/config", {"Origin": "https://ada-tally.hf.space"}, 200),
        ("/config", {"Host": "eve-tally.hf.space"}, MISDIRECTED),
        ("/login/huggingface", LINK, FORBIDDEN),
    ],
    ids=str,
)
def test_space_answers_its_own_page_and_shows_it_in_its_frame(
    space: AppProcess, path: str, headers: dict[str, str], status: int
) -> None:
    answer = asked(space.url, "GET", path, {**HOST, **headers})
    assert (answer.status, permissions(answer)) == (status, [])
    [policy] = answer.all("content-security-policy")
    assert "frame-ancestors 'self' https://huggingface.co" in policy.split("; ")
    assert answer.all("x-frame-options") == []


def test_way_back_from_the_sign_in_is_open_to_a_link_only(space: AppProcess) -> None:
    back = "/login/callback?error=access_denied"
    assert asked(space.url, "GET", back, {**HOST, **LINK}).status != FORBIDDEN
    assert (
        asked(
            space.url, "GET", back, {**HOST, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
        ).status
        == FORBIDDEN
    )
    assert asked(space.url, "POST", back, {**HOST, **LINK}).status == FORBIDDEN


def test_signing_out_of_a_space_takes_a_post_and_ends_the_cookie(space: AppProcess) -> None:
    signed_in = {**HOST, "Cookie": cookie_of("ada")}
    looked = asked(space.url, "GET", "/logout", signed_in)
    assert (looked.status, session_cookie(looked).startswith("session=null")) == (405, False)
    answer = asked(space.url, "POST", "/logout", {**signed_in, "Origin": "https://ada-tally.hf.space"})
    cookies = [cookie for cookie in answer.all("set-cookie") if cookie.startswith("session=")]
    assert answer.status == 303
    assert len(cookies) == 1
    assert cookies[0].startswith("session=null")
    assert "samesite=lax" in cookies[0].lower()
    assert "samesite=none" not in cookies[0].lower()
