"""Other sites, over raw HTTP against the real app and a Space: they are refused, and the page works."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator

import itsdangerous
import pytest

from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.raw_http import (
    EVIL,
    FORBIDDEN,
    FRAME,
    IMAGE,
    LINK,
    LISTED,
    MISDIRECTED,
    asked,
    permissions,
    session_cookie,
)

JSON = {"Content-Type": "application/json"}
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
PATHS = [
    ("GET", "/config"),
    ("GET", "/download/usage.csv"),
    ("GET", "/statement?user=local&by=day"),
    ("GET", "/gradio_api/queue/data?session_hash=abc"),
    ("GET", "/gradio_api/heartbeat/abc"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/file=/etc/hostname"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/theme.css"),
    ("GET", "/nowhere"),
    ("GET", "/logout"),
    ("HEAD", "/config"),
    ("POST", "/"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/run/send"),
    ("POST", "/gradio_api/call/send"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/import"),
    ("GET", "/export/everything.zip"),
    ("PUT", "/config"),
    ("DELETE", "/config"),
    ("OPTIONS", "/config"),
]


@pytest.mark.parametrize(
    "foreign",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "file://"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "chrome-extension://abcdefgh"},
        {"Origin": ""},
        {"Origin": "http://["},
        IMAGE,
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": f"https://{LISTED}"},
        {"Origin": f"http://{LISTED}", "Host": f"{LISTED}:7860"},
        {"Origin": f"https://{LISTED}", "Host": f"{LISTED}:7860"},
        {"Origin": f"https://{LISTED}/", "Host": LISTED},
        {"Origin": f"https://ada@{LISTED}", "Host": LISTED},
        {"Origin": EVIL, "Host": "localhost"},
        {"Origin": EVIL, "Host": "192.168.1.5:7860"},
        {"Origin": EVIL, "Host": LISTED},
        {"Origin": "null", "Host": LISTED},
        {"Origin": f"http://{LISTED}:8000", "Host": LISTED},
        {"Origin": f"https://{LISTED}.evil.example", "Host": LISTED},
        {"Origin": EVIL, "Host": LISTED, "X-Forwarded-Host": "evil.example"},
    ],
    ids=str,
)
def test_other_site_is_refused_at_every_address(open_app: AppProcess, foreign: dict[str, str]) -> None:
    for method, path in PATHS:
        answer = asked(open_app.url, method, path, foreign)
        assert (answer.status, permissions(answer)) == (FORBIDDEN, []), (method, path)


@pytest.mark.parametrize("path", ["/", "/?c=abc", "/config", "/healthz", "/gradio_api/queue/join", "/logout"])
@pytest.mark.parametrize("host", ["127.0.0.1", LISTED])
def test_no_preflight_of_another_site_is_granted(open_app: AppProcess, path: str, host: str) -> None:
    wanted = {
        "Host": host,
        "Origin": EVIL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = asked(open_app.url, "OPTIONS", path, wanted)
    assert (answer.status, permissions(answer)) == (FORBIDDEN, [])


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/data", "/config"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": EVIL}, FORBIDDEN), ({"Origin": "null"}, FORBIDDEN), ({"Host": "evil.example"}, MISDIRECTED)],
    ids=str,
)
def test_no_websocket_is_opened_for_another_site(
    open_app: AppProcess, path: str, headers: dict[str, str], status: int
) -> None:
    answer = asked(open_app.url, "GET", path, {**WEBSOCKET, **headers})
    # Before it is opened, a websocket can be refused in one way only.
    assert answer.status in {status, FORBIDDEN}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (LINK, 200),
        ({**LINK, "Sec-Fetch-Site": "same-site"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 200),
        ({"Origin": EVIL}, 200),
        ({**LINK, "Sec-Fetch-Dest": "iframe"}, FORBIDDEN),
        ({**LINK, "Sec-Fetch-Dest": "embed"}, FORBIDDEN),
        ({**LINK, "Sec-Fetch-Dest": "object"}, FORBIDDEN),
        ({"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, FORBIDDEN),
        (IMAGE, FORBIDDEN),
    ],
    ids=str,
)
def test_link_from_elsewhere_opens_the_page_and_nothing_else(
    open_app: AppProcess, headers: dict[str, str], status: int
) -> None:
    for path in ("/", "/?c=abc"):
        for method in ("GET", "HEAD"):
            answer = asked(open_app.url, method, path, headers)
            assert (answer.status, permissions(answer)) == (status, [])
    for path in ("/config", "/statement", "/download/usage.csv", "/gradio_api/heartbeat/abc"):
        assert asked(open_app.url, "GET", path, headers).status == FORBIDDEN


@pytest.mark.parametrize(
    "own",
    [
        {},
        {"Origin": "{url}", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "{url}"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Host": "192.168.1.5:7860", "Origin": "http://192.168.1.5:7860"},
        {"Host": "[::1]:7860", "Origin": "http://[::1]:7860"},
        {"Host": LISTED, "Origin": f"https://{LISTED}"},
        {"Host": LISTED, "Origin": f"https://{LISTED}", "X-Forwarded-Proto": "https"},
        {"Host": LISTED, "Origin": f"http://{LISTED}"},
        {"Host": f"{LISTED}:443", "Origin": f"https://{LISTED}"},
        {"Host": f"{LISTED}:8443", "Origin": f"https://{LISTED}:8443"},
        {"Origin": f"https://{LISTED}", "X-Forwarded-Host": LISTED},
        {"Origin": f"https://{LISTED}:8443", "X-Forwarded-Host": f"{LISTED}:8443"},
    ],
    ids=str,
)
def test_page_itself_and_programs_are_answered(open_app: AppProcess, own: dict[str, str]) -> None:
    headers = {name: value.format(url=open_app.url) for name, value in own.items()}
    config = asked(open_app.url, "GET", "/config", headers)
    assert (config.status, permissions(config)) == (200, [])
    assert asked(open_app.url, "GET", "/gradio_api/heartbeat/abc", headers).status == 200
    forged = asked(open_app.url, "POST", "/gradio_api/queue/join", {**headers, **JSON}, '{"data": 7}')
    assert forged.status in {400, 422}  # it was read, and is no event


def test_page_of_http_does_not_ask_an_app_of_https(open_app: AppProcess) -> None:
    headers = {"Host": LISTED, "X-Forwarded-Proto": "https", "Origin": f"http://{LISTED}"}
    assert asked(open_app.url, "POST", "/logout", headers).status == FORBIDDEN


def test_every_answer_tells_browsers_what_is_allowed(open_app: AppProcess) -> None:
    answers = [
        asked(open_app.url, "GET", "/"),
        asked(open_app.url, "GET", "/nowhere"),
        asked(open_app.url, "GET", "/", {"Host": "evil.example"}),
        asked(open_app.url, "POST", "/", {"Origin": EVIL}),
        asked(open_app.url, "OPTIONS", "/", {"Origin": EVIL, "Access-Control-Request-Method": "POST"}),
    ]
    for answer in answers:
        [policy] = answer.all("content-security-policy")
        assert "frame-ancestors 'self'" in policy.split("; ")
        assert "frame-src 'none'" in policy.split("; ")
        assert "default-src 'self'" in policy.split("; ")
        assert answer.all("x-frame-options") == ["SAMEORIGIN"]
        assert answer.all("cross-origin-resource-policy") == ["same-origin"]
        assert answer.all("x-content-type-options") == ["nosniff"]
        assert answer.all("referrer-policy") == ["same-origin"]


def test_description_of_all_addresses_is_told_to_nobody(open_app: AppProcess) -> None:
    assert asked(open_app.url, "GET", "/openapi.json").status == 404


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


def test_who_signed_in_at_hugging_face_has_a_key_for_themselves(space: AppProcess) -> None:
    with HttpPage(space.url) as page:
        page.client.headers.update({**HOST, "Cookie": cookie_of("ada")})
        assert "for you alone, until Tally stops" in page.fire("take_key", {"key": "sk-own-12345678"}).text


def test_page_opens_for_somebody_who_has_yet_to_sign_in_at_hugging_face(space: AppProcess) -> None:
    with HttpPage(space.url) as page:
        page.client.headers.update(HOST)
        at_start = [
            each["api_name"]
            for each in page.events.values()
            if any(target[1] in ("load", "then") for target in each["targets"])
        ]
        assert len(at_start) > 5
        assert [event for event in [*at_start, "relist"] if not page.fire(event).success] == []


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
