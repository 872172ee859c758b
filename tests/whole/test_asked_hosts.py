"""The hosts under which the real app answers, over raw HTTP: known names, and IP addresses."""

import socket
from pathlib import Path

import pytest

from tests.servers.app_process import AppProcess
from tests.servers.raw_http import EVIL, FORBIDDEN, LINK, LISTED, MISDIRECTED, asked, permissions


def port_of(open_app: AppProcess) -> str:
    return open_app.url.rpartition(":")[2]


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
def test_page_is_answered_under_known_hosts_only(open_app: AppProcess, host: str, status: int) -> None:
    asked_for = host.format(port=port_of(open_app), machine=socket.gethostname().partition(".")[0])
    for path in ("/", "/config"):
        answer = asked(open_app.url, "GET", path, {"Host": asked_for})
        assert answer.status == status
        assert permissions(answer) == []
    if status == MISDIRECTED:
        assert "TALLY_ALLOWED_HOSTS" in answer.body
        assert "evil" not in answer.body


def test_health_is_told_under_any_host_but_to_no_other_site(open_app: AppProcess) -> None:
    under = [
        asked(open_app.url, "GET", "/healthz", {"Host": host}).status for host in ("pod-7f9c", "evil.example")
    ]
    assert under == [200, 200]
    assert (
        asked(open_app.url, "GET", "/healthz", {"Host": "evil.example", "Origin": EVIL}).status == FORBIDDEN
    )
    assert asked(open_app.url, "GET", "/healthz/../config", {"Host": "evil.example"}).status == MISDIRECTED


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
    open_app: AppProcess, forwarded: dict[str, str], root: str
) -> None:
    headers = {"Host": "127.0.0.1:7860", **forwarded}
    for path in ("/", "/config"):
        body = asked(open_app.url, "GET", path, headers).body
        assert f'"root":"{root}"' in body
        assert "evil" not in body


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
