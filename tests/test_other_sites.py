"""Other sites, over raw HTTP against the real app: all that they ask is refused, and the page works."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from access.users import Users
from tests.servers.app_process import AppProcess
from tests.servers.raw_http import Answer, asked, session_cookie

PASSWORD = "correct horse battery"
LISTED = "tally.example"
EVIL = "https://evil.example"
SIGN_IN = f"username=ada&password={PASSWORD.replace(' ', '+')}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
FORBIDDEN, MISDIRECTED = 403, 421
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
    ("PUT", "/config"),
    ("DELETE", "/config"),
    ("OPTIONS", "/config"),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on every address of the machine, open to whoever is there."""
    home = tmp_path_factory.mktemp("home")
    running = AppProcess(home / "data", home, {"TALLY_ALLOWED_HOSTS": LISTED}, "--host", "0.0.0.0")
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.stderr


def permissions(answer: Answer) -> list[str]:
    """The headers that let another site read an answer."""
    return [name for name, _ in answer.headers if name.startswith("access-control-")]


def port_of(app: AppProcess) -> str:
    """The port that the app listens on."""
    return app.url.rpartition(":")[2]


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
def test_other_site_is_refused_at_every_address(app: AppProcess, foreign: dict[str, str]) -> None:
    for method, path in PATHS:
        answer = asked(app.url, method, path, foreign)
        assert (answer.status, permissions(answer)) == (FORBIDDEN, []), (method, path)


@pytest.mark.parametrize("path", ["/", "/?c=abc", "/config", "/healthz", "/gradio_api/queue/join", "/logout"])
@pytest.mark.parametrize("host", ["127.0.0.1", LISTED])
def test_no_preflight_of_another_site_is_granted(app: AppProcess, path: str, host: str) -> None:
    wanted = {
        "Host": host,
        "Origin": EVIL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = asked(app.url, "OPTIONS", path, wanted)
    assert (answer.status, permissions(answer)) == (FORBIDDEN, [])


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/data", "/config"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": EVIL}, FORBIDDEN), ({"Origin": "null"}, FORBIDDEN), ({"Host": "evil.example"}, MISDIRECTED)],
    ids=str,
)
def test_no_websocket_is_opened_for_another_site(
    app: AppProcess, path: str, headers: dict[str, str], status: int
) -> None:
    answer = asked(app.url, "GET", path, {**WEBSOCKET, **headers})
    # Before it is opened, a websocket can be refused in one way only.
    assert answer.status in {status, FORBIDDEN}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:{port}", 200),
        ("127.0.0.1", 200),
        ("127.0.0.1:80", 200),
        ("192.168.1.5:7860", 200),
        ("0.0.0.0:7860", 200),
        ("[::1]:7860", 200),
        ("[fe80::1]", 200),
        ("localhost:{port}", 200),
        ("LOCALHOST", 200),
        ("localhost.", 200),
        ("tally.localhost:{port}", 200),
        ("{machine}:{port}", 200),
        ("{machine}.local", 200),
        (LISTED, 200),
        (f"{LISTED}.", 200),
        (f"Tally.Example:{8443}", 200),
        ("evil.example", MISDIRECTED),
        ("evil.example:{port}", MISDIRECTED),
        ("{machine}.evil.example", MISDIRECTED),
        (f"sub.{LISTED}", MISDIRECTED),
        (f"{LISTED}.evil.example", MISDIRECTED),
        (f"evil{LISTED}", MISDIRECTED),
        ("localhost.evil.example", MISDIRECTED),
        ("evillocalhost", MISDIRECTED),
        ("127.0.0.1.evil.example", MISDIRECTED),
        ("127.0.0.1.nip.io:{port}", MISDIRECTED),
        ("127.0.0.1@evil.example", MISDIRECTED),
        ("evil.example#127.0.0.1", MISDIRECTED),
        ("127.0.0.1, evil.example", MISDIRECTED),
        ("127.0.0.1:99999", MISDIRECTED),
        ("127.0.0.1:port", MISDIRECTED),
        ("[::1]evil", MISDIRECTED),
        ("[::1", MISDIRECTED),
        ("*", MISDIRECTED),
        (".", MISDIRECTED),
        ("", MISDIRECTED),
    ],
)
def test_page_is_answered_under_known_hosts_only(app: AppProcess, host: str, status: int) -> None:
    asked_for = host.format(port=port_of(app), machine=socket.gethostname().partition(".")[0])
    for path in ("/", "/config"):
        answer = asked(app.url, "GET", path, {"Host": asked_for})
        assert answer.status == status
        assert permissions(answer) == []
    if status == MISDIRECTED:
        assert "TALLY_ALLOWED_HOSTS" in answer.body
        assert "evil" not in answer.body


def test_health_is_told_under_any_host_but_to_no_other_site(app: AppProcess) -> None:
    under = [
        asked(app.url, "GET", "/healthz", {"Host": host}).status for host in ("pod-7f9c", "evil.example")
    ]
    assert under == [200, 200]
    assert asked(app.url, "GET", "/healthz", {"Host": "evil.example", "Origin": EVIL}).status == FORBIDDEN
    assert asked(app.url, "GET", "/healthz/../config", {"Host": "evil.example"}).status == MISDIRECTED


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
    app: AppProcess, headers: dict[str, str], status: int
) -> None:
    for path in ("/", "/?c=abc"):
        for method in ("GET", "HEAD"):
            answer = asked(app.url, method, path, headers)
            assert (answer.status, permissions(answer)) == (status, [])
    for path in ("/config", "/statement", "/download/usage.csv", "/gradio_api/heartbeat/abc"):
        assert asked(app.url, "GET", path, headers).status == FORBIDDEN


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
        {"Origin": f"https://{LISTED}"},
    ],
    ids=str,
)
def test_page_itself_and_programs_are_answered(app: AppProcess, own: dict[str, str]) -> None:
    headers = {name: value.format(url=app.url) for name, value in own.items()}
    config = asked(app.url, "GET", "/config", headers)
    assert (config.status, permissions(config)) == (200, [])
    assert asked(app.url, "GET", "/gradio_api/heartbeat/abc", headers).status == 200
    forged = asked(app.url, "POST", "/gradio_api/queue/join", {**headers, **JSON}, '{"data": 7}')
    assert forged.status == 422  # it was read, and is no event


def test_page_of_http_does_not_ask_an_app_of_https(app: AppProcess) -> None:
    headers = {"Host": LISTED, "X-Forwarded-Proto": "https", "Origin": f"http://{LISTED}"}
    assert asked(app.url, "POST", "/logout", headers).status == FORBIDDEN


@pytest.mark.parametrize(
    ("forwarded", "root"),
    [
        ({"X-Forwarded-Host": "evil.example"}, "http://127.0.0.1:7860"),
        ({"X-Forwarded-Host": "10.0.0.1"}, "http://127.0.0.1:7860"),
        ({"X-Forwarded-Host": f"{LISTED}.evil.example"}, "http://127.0.0.1:7860"),
        ({"X-Gradio-Server": "http://evil.example"}, "http://127.0.0.1:7860"),
        ({"Forwarded": "host=evil.example"}, "http://127.0.0.1:7860"),
        ({"X-Forwarded-Host": LISTED}, f"http://{LISTED}"),
        ({"X-Forwarded-Host": f"{LISTED}, 10.0.0.1", "X-Forwarded-Proto": "https"}, f"https://{LISTED}"),
    ],
    ids=str,
)
def test_only_a_listed_host_is_believed_when_a_proxy_names_it(
    app: AppProcess, forwarded: dict[str, str], root: str
) -> None:
    headers = {"Host": "127.0.0.1:7860", **forwarded}
    for path in ("/", "/config"):
        body = asked(app.url, "GET", path, headers).body
        assert f'"root":"{root}"' in body
        assert "evil" not in body


def test_every_answer_tells_browsers_what_is_allowed(app: AppProcess) -> None:
    answers = [
        asked(app.url, "GET", "/"),
        asked(app.url, "GET", "/nowhere"),
        asked(app.url, "GET", "/", {"Host": "evil.example"}),
        asked(app.url, "POST", "/", {"Origin": EVIL}),
        asked(app.url, "OPTIONS", "/", {"Origin": EVIL, "Access-Control-Request-Method": "POST"}),
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


def test_description_of_all_addresses_is_told_to_nobody(app: AppProcess) -> None:
    assert asked(app.url, "GET", "/openapi.json").status == 404


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
    """Whether somebody is signed in by these cookies."""
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
    [cookie] = answer.all("set-cookie")
    attributes = {each.strip().lower() for each in cookie.split(";")[1:]}
    wanted = {"path=/", "httponly", "samesite=lax", *({"secure"} if secure else ())}
    assert attributes == wanted
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
    assert ended.partition("=")[0] == mine.partition("=")[0]
    assert "max-age=0" in ended.lower()
    assert (is_in(signed, mine), is_in(signed, other)) == (False, other_stays)


def test_who_is_not_signed_in_signs_nobody_out(signed: AppProcess) -> None:
    cookie = sign_in(signed)
    assert asked(signed.url, "POST", "/logout", {"Cookie": "access-token-unsecure-x=None"}).status == 303
    assert is_in(signed, cookie)


def test_signing_out_means_nothing_where_nobody_signs_in(app: AppProcess) -> None:
    assert asked(app.url, "POST", "/logout").status == 303
    assert asked(app.url, "GET", "/config").status == 200


@pytest.mark.parametrize("root", ["/tally", "https://tally.example/tally"])
def test_page_works_below_a_path_of_another_name(tmp_path: Path, root: str) -> None:
    app = AppProcess(tmp_path / "data", tmp_path, {"GRADIO_ROOT_PATH": root})
    host = {"Host": LISTED} if "://" in root else {}
    origin = {"Origin": f"https://{LISTED}" if "://" in root else app.url}
    try:
        for prefix in ("", "/tally") if root == "/tally" else ("",):
            assert asked(app.url, "GET", f"{prefix}/", {**host, **LINK}).status == 200
            assert asked(app.url, "GET", f"{prefix}/config", {**host, **origin}).status == 200
            assert asked(app.url, "GET", f"{prefix}/config", LINK).status == FORBIDDEN
            assert asked(app.url, "GET", f"{prefix}/config", {**host, "Origin": EVIL}).status == FORBIDDEN
            assert asked(app.url, "GET", f"{prefix}/healthz", {"Host": "pod"}).status == 200
            assert asked(app.url, "GET", f"{prefix}/logout", host).status == 405
            assert asked(app.url, "POST", f"{prefix}/logout", {**host, **origin}).status == 303
    finally:
        app.stop()
