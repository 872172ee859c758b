"""Other sites, over raw HTTP against the real app: all that they ask is refused, and the page works."""

import pytest

from tests.servers.app_process import AppProcess
from tests.servers.raw_http import EVIL, FORBIDDEN, IMAGE, LINK, LISTED, MISDIRECTED, asked, permissions

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
