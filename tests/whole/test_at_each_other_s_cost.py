"""What one person can do to the others in a running app: not much, however much they ask for."""

import contextlib
import json
from collections import Counter

import pytest

from access.bounds import FOR_A_PERSON
from tests.conftest import StartApp
from tests.servers.app_process import wait_for
from tests.servers.http_page import HttpPage
from tests.servers.raw_http import RawRequest, cookie_of
from tests.servers.scripted import ScriptedServer
from tests.whole.house import PASSWORD, House

BOB_IS_ANSWERED = "word8"


def test_one_person_has_so_many_streams_at_once_and_others_go_on(house: House) -> None:
    with contextlib.ExitStack() as streams:
        statuses = []
        for number in range(FOR_A_PERSON.requests + 1):
            headers = [cookie_of(house.bob)]
            stream = RawRequest(house.app.url, "GET", f"/gradio_api/heartbeat/page-{number}", headers)
            statuses.append(streams.enter_context(stream).status)
        assert Counter(statuses) == {200: FOR_A_PERSON.requests, 429: 1}
        assert house.ada.fire("estimate", {"message": "Hello", "model": "gpt-6-luna"}).success
    wait_for(lambda: house.bob.client.get("/config").status_code == 200)


def test_one_person_s_events_do_not_fill_the_queue_for_others(house: House) -> None:
    inputs = house.ada.inputs("follow", {"conversation-id": house.running})
    accepted, statuses = [], Counter[int]()
    for _ in range(FOR_A_PERSON.events + 10):
        statuses[house.ada.join("follow", inputs).status_code] += 1
        accepted.append(house.ada.session)
    assert statuses == {200: FOR_A_PERSON.events, 429: 10}
    assert BOB_IS_ANSWERED in house.bob.follow(house.bobs)
    assert house.bob.fire("estimate", {"message": "Hello", "model": "gpt-6-luna"}).success
    refused = house.ada.join("follow", inputs)
    assert refused.json() == {
        "detail": "You have sent too many requests at once. Wait a moment and try again."
    }
    for page in accepted:  # who listens and leaves gives it all back
        listen = f"/gradio_api/queue/data?session_hash={page}"
        with RawRequest(house.app.url, "GET", listen, [cookie_of(house.ada)]) as stream:
            assert stream.status == 200
    wait_for(lambda: house.ada.join("follow", inputs).status_code == 200)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/gradio_api/queue/data?session_hash=adas-page", None),
        ("GET", "/gradio_api/heartbeat/adas-page", None),
        ("GET", "/gradio_api/deep_link?session_hash=adas-page", None),
        ("GET", "/gradio_api/stream/adas-page/run/1/playlist.m3u8", None),
        ("POST", "/gradio_api/queue/join", {"session_hash": "adas-page", "fn_index": 0, "data": []}),
        ("POST", "/gradio_api/cancel", {"session_hash": "adas-page", "fn_index": 0, "event_id": "x"}),
        ("POST", "/gradio_api/run/send", {"session_hash": "adas-page", "data": []}),
        ("POST", "/gradio_api/component_server", {"session_hash": "adas-page", "data": []}),
        ("GET", "/gradio_api/call/send/{event}", None),
        ("GET", "/gradio_api/call/v2/send/{event}", None),
        ("POST", "/gradio_api/stream/{event}", {"data": []}),
        ("POST", "/gradio_api/stream/{event}/close", None),
        ("POST", "/gradio_api/cancel", {"session_hash": "other", "fn_index": 0, "event_id": "{event}"}),
    ],
)
def test_page_and_event_of_one_person_are_of_no_use_to_another(
    method: str, path: str, body: dict[str, object] | None, house: House
) -> None:
    join = {"session_hash": "adas-page", "fn_index": 0, "data": []}
    house.ada.client.post("/gradio_api/queue/join", json=join)
    event = house.ada.client.post("/gradio_api/call/send", json={"data": []}).json()["event_id"]
    content = json.dumps(body).replace("{event}", event) if body is not None else None
    answer = house.bob.client.request(method, path.replace("{event}", event), content=content)
    assert answer.status_code == 404


def test_page_is_of_use_to_its_own_person_in_each_of_their_sessions(house: House) -> None:
    join = {"session_hash": "bobs-page", "fn_index": house.bob.events["estimate"]["id"]}
    with HttpPage(house.app.url) as elsewhere:
        assert elsewhere.sign_in("bob", PASSWORD) == 200
        body = {**join, "data": house.bob.inputs("estimate", {})}
        assert house.bob.client.post("/gradio_api/queue/join", json=body).status_code == 200
        assert (
            "process_completed" in elsewhere.client.get("/gradio_api/queue/data?session_hash=bobs-page").text
        )


def test_everybody_s_reply_begins_while_those_of_44_others_run(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    with contextlib.ExitStack() as pages:
        for _ in range(45):
            page = pages.enter_context(HttpPage(app.url))
            inputs = page.inputs("send", {"message": "Count", "model": "endless-20ms"})
            assert page.join("send", inputs).status_code == 200
            stream = page.client.stream(
                "GET", "/gradio_api/queue/data", params={"session_hash": page.session}
            )
            lines = pages.enter_context(stream).iter_lines()
            assert any("word1 " in line for line in lines)
        assert all(chat.disconnected_at is None for chat in scripted.chats)
        assert len(scripted.chats) == 45
