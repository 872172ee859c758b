"""What strangers can do to a running app: sign in, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from access import Users
from access.gate import LARGEST_BODY, LARGEST_FORM
from tests.conftest import StartApp
from tests.servers.app_process import wait_for
from tests.servers.http_page import HttpPage
from tests.servers.raw_http import RawRequest, cookie_of
from tests.servers.scripted import ScriptedServer
from tests.whole.house import PASSWORD, House

CLOSED = [
    ("GET", "/config"),
    ("GET", "/config/"),
    ("GET", "/gradio_api/heartbeat/stranger"),
    ("GET", "/gradio_api/queue/data?session_hash=stranger"),
    ("GET", "/gradio_api/queue/status"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/gradio_api/token"),
    ("GET", "/gradio_api/user"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/theme.css"),
    ("GET", "/gradio_api/stream/s/r/1/playlist.m3u8"),
    ("GET", "/gradio_api/custom_component/1/client/a/b"),
    ("GET", "/gradio_api/nothing-yet"),
    ("GET", "/gradio_api/file=usage.csv"),
    ("GET", "/gradio_api/file/usage.csv"),
    ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
    ("GET", "/gradio_api/deep_link?session_hash=x"),
    ("GET", "/gradio_api/call/send/x"),
    ("GET", "/gradio_api/upload_progress?upload_id=x"),
    ("GET", "/openapi.json"),
    ("GET", "/monitoring/key"),
    ("GET", "/monitoring/summary"),
    ("GET", "/download/usage.csv"),
    ("GET", "/download/table.csv"),
    ("GET", "/export/everything.zip"),
    ("GET", "/export/x.json"),
    ("POST", "/import"),
    ("GET", "/message?turn=x&part=question"),
    ("GET", "/conversations"),
    ("GET", "/pwa_icon/100000"),
    ("GET", "/nothing-yet"),
    ("GET", "//config"),
    ("HEAD", "/config"),
    ("DELETE", "/"),
    ("POST", "/"),
    ("POST", "/assets/x"),
    ("POST", "/healthz"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/reset"),
    ("POST", "/gradio_api/stream/event"),
    ("POST", "/gradio_api/stream/event/close"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/process_recording"),
    ("POST", "/gradio_api/call/send"),
    ("POST", "/gradio_api/run/send"),
]
OPEN = ["/", "/?c=1", "/healthz", "/theme.css", "/manifest.json", "/favicon.ico", "/robots.txt"]
HUGE = 400_000_000


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_strangers_are_refused_before_their_request_is_read(method: str, path: str, house: House) -> None:
    with RawRequest(house.app.url, method, path, [f"Content-Length: {HUGE}"]) as request:
        assert request.status == 401


@pytest.mark.parametrize("path", OPEN)
def test_strangers_get_the_sign_in_page_and_what_a_browser_asks_for_by_itself(
    path: str, house: House
) -> None:
    with HttpPage(house.app.url) as stranger:
        answer = stranger.client.get(path)
        assert answer.status_code == 200
        for behind in ("gradio_config", "gpt-6-luna", "conversation-id"):
            assert behind not in answer.text
        assert 'action="login?c=1"' in stranger.client.get("/?c=1").text  # what one came for is shown then


@pytest.mark.parametrize(
    ("path", "declared", "is_signed_in", "status"),
    [
        ("/login", LARGEST_FORM + 1, False, 413),
        ("/login", HUGE, False, 413),
        ("/gradio_api/queue/join", HUGE, False, 401),
        ("/gradio_api/queue/join", LARGEST_BODY + 1, True, 413),
        ("/gradio_api/call/send", LARGEST_BODY + 1, True, 413),
        ("/gradio_api/component_server", LARGEST_BODY + 1, True, 413),
        ("/gradio_api/upload", LARGEST_BODY + 1, True, 413),
        ("/login", LARGEST_BODY + 1, True, 413),
        ("/nowhere", LARGEST_BODY + 1, True, 413),
    ],
)
def test_too_large_a_request_is_refused_unread(
    path: str, declared: int, is_signed_in: bool, status: int, house: House
) -> None:
    headers = [cookie_of(house.bob)] if is_signed_in else []
    with RawRequest(house.app.url, "POST", path, [*headers, f"Content-Length: {declared}"]) as request:
        assert request.status == status


def test_body_of_unknown_length_is_read_no_further_than_allowed(house: House) -> None:
    headers = [cookie_of(house.bob), "Transfer-Encoding: chunked"]
    with RawRequest(house.app.url, "POST", "/gradio_api/queue/join", headers) as request:
        for _ in range(LARGEST_BODY // 1_000_000 + 1):
            request.send_chunk(b"x" * 1_000_000)
        assert request.status == 413
    with RawRequest(house.app.url, "POST", "/login", ["Transfer-Encoding: chunked"]) as request:
        request.send_chunk(b"x" * (LARGEST_FORM + 1))
        assert request.status == 413


def test_event_as_large_as_is_allowed_is_taken_in(house: House) -> None:
    body = json.dumps({"session_hash": "large", "fn_index": 0, "data": []})
    headers = {"Content-Type": "application/json"}
    content = body.ljust(LARGEST_BODY)
    answer = house.bob.client.post("/gradio_api/queue/join", content=content, headers=headers)
    assert answer.status_code == 200


def test_forged_requests_leave_a_line_each_and_no_traceback(house: House) -> None:
    forged = [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"data":',
        b"\xff\xfe",
        b"null",
        b'{"data": [], "fn_index": 1e999}',
    ]
    for body in forged:
        for path in ("queue/join", "call/send", "call/v2/send", "run/send", "cancel", "component_server"):
            answer = house.bob.client.post(f"/gradio_api/{path}", content=body)
            assert 400 <= answer.status_code <= 500 or path == "call/send"
    odd_values: list[Any] = [None, {"a": 1}, [[]], "x"]
    for odd in odd_values:
        house.bob.fire_raw("retry", [odd], odd)
    wait_for(lambda: "An event of the page failed: " in house.app.stderr)
    assert "Traceback" not in house.app.stderr


def test_removed_person_is_out_and_stays_out_when_somebody_of_that_name_is_added(
    app_process: StartApp, tmp_path: Path, scripted: ScriptedServer
) -> None:
    users = Users(tmp_path / "users.json")
    for name in ("ada", "bob"):
        users.add(name, PASSWORD)
    app = app_process(data_dir=tmp_path, variables=scripted.variables)
    with HttpPage(app.url) as bob:
        assert bob.sign_in("bob", PASSWORD) == 200
        conversation = bob.begin("Hello", "endless-20ms")
        bob.join("follow", bob.inputs("follow", {"conversation-id": conversation}))
        watching = {"session_hash": bob.session}
        with bob.client.stream("GET", "/gradio_api/queue/data", params=watching) as stream:
            lines = stream.iter_lines()
            assert any("word3" in line for line in lines)
            users.remove("bob")
            assert not any("process_completed" in line for line in lines)  # it ends all the same
        assert scripted.chats[0].disconnected_at is None
        refused = bob.fire("send", {"message": "Still here?", "model-chosen": "gpt-6-luna"})
        assert "You are not signed in." in refused.text
        assert len(scripted.chats) == 1
        for password in (None, "another password"):
            if password is not None:
                users.add("bob", password)
            for path in ("/config", "/gradio_api/heartbeat/x", "/download/usage.csv"):
                assert bob.client.get(path).status_code == 401
            assert "Sign in to Tally" in bob.client.get("/").text
        assert bob.sign_in("bob", PASSWORD) == 400
        assert bob.sign_in("bob", "another password") == 200
        assert bob.client.get("/config").status_code == 200


def test_broken_list_of_people_lets_nobody_in_and_is_a_line_in_the_log(
    app_process: StartApp, tmp_path: Path
) -> None:
    users = tmp_path / "users.json"
    Users(users).add("ada", PASSWORD)
    app = app_process(data_dir=tmp_path)
    whole = users.read_text()
    with HttpPage(app.url) as ada:
        assert ada.sign_in("ada", PASSWORD) == 200
        for broken in ("", "[", "[1]", '{"ada": 1}', '{"ada": {}}', "null"):
            users.write_text(broken)
            for path in ("/config", "/download/usage.csv"):
                assert ada.client.get(path).status_code == 401
            assert ada.sign_in("ada", PASSWORD) == 503
        users.write_text(whole)
        assert ada.client.get("/config").status_code == 200
    app.stop()
    assert f"{users} is not a list of users: mend it or delete it." in app.stderr
    assert "Traceback" not in app.stderr


def test_empty_list_of_people_is_not_taken_for_no_list(app_process: StartApp, tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("{}")
    with pytest.raises(
        AssertionError, match=r"ended with 1 .*\n\n.*users.json lists nobody, so nobody [^\n]+\n$"
    ):
        app_process(data_dir=tmp_path)
