"""What other tests rest on: the scripted endpoint, a real llama.cpp, the app as a process.

What each behaviour of the scripted endpoint comes to is asserted in tests/chat/providers.
"""

import pytest

from tests.conftest import StartApp
from tests.servers.app_process import is_healthy
from tests.servers.asking import ask, chunks, client, text_of
from tests.servers.bodies import words
from tests.servers.llama import MODEL, running_llama
from tests.servers.scripted import ScriptedServer


def test_stream_sends_its_words_at_its_pace_and_usage_last(scripted: ScriptedServer) -> None:
    response = ask(scripted.url, "stream-20x5ms")
    received = chunks(response.text)
    assert response.text.endswith("data: [DONE]\n\n")
    assert text_of(received) == "".join(words(20))
    assert (received[-1]["choices"], received[-1]["usage"]["completion_tokens"]) == ([], 20)
    [seen] = scripted.chats
    scripted.wait_until(lambda: seen.answered)
    assert (seen.model, seen.disconnected_at) == ("stream-20x5ms", None)
    assert seen.last_event_at is not None
    assert seen.last_event_at - seen.received_at >= 0.1  # 22 events after the first, 5 ms apart


def test_held_reply_waits_after_three_words_until_it_is_released(scripted: ScriptedServer) -> None:
    asked = {"model": "held-6", "stream": True}
    text = ""
    with client(scripted.url) as asking, asking.stream("POST", "/chat/completions", json=asked) as response:
        for part in response.iter_text():
            text += part
            if "word3" in part:
                assert "word4" not in text
                scripted.release()
    assert text_of(chunks(text)) == "".join(words(6))


@pytest.mark.parametrize(
    ("model", "asked_for"), [("gpt-6-luna", {}), ("usage-none", {"include_usage": True})]
)
def test_usage_comes_only_when_asked_for(
    scripted: ScriptedServer, model: str, asked_for: dict[str, bool]
) -> None:
    answer = ask(scripted.url, model, stream_options=asked_for).text
    assert not any("usage" in chunk for chunk in chunks(answer))


def test_usage_every_chunk_grows(scripted: ScriptedServer) -> None:
    received = chunks(ask(scripted.url, "usage-every-chunk").text)
    assert [chunk["usage"]["completion_tokens"] for chunk in received] == [1, 2, 3, 4, 5, 6, 7, 8, 8]


def test_set_behaviour_goes_before_the_models_name(scripted: ScriptedServer) -> None:
    scripted.behaviour = "stream-3x0ms"
    received = chunks(ask(scripted.url, "gpt-6-luna").text)
    assert (text_of(received), received[0]["model"]) == ("".join(words(3)), "gpt-6-luna")


def test_reply_comes_whole_when_no_stream_is_asked_for(scripted: ScriptedServer) -> None:
    answer = ask(scripted.url, "gpt-6-luna", stream=False).json()
    assert answer["choices"][0]["message"]["content"] == "".join(words(8))
    assert answer["usage"] == {"prompt_tokens": 1234, "completion_tokens": 8, "total_tokens": 1242}


def test_requests_are_kept_with_headers_and_body(scripted: ScriptedServer) -> None:
    ask(scripted.url, "gpt-6-luna", "secret", messages=[], stream=False, stream_options=None)
    [seen] = scripted.chats
    assert seen.body == {"model": "gpt-6-luna", "messages": [], "stream": False, "stream_options": None}
    assert seen.headers["authorization"] == "Bearer secret"
    with client(scripted.url.removesuffix("/v1")) as asking:
        told = asking.get("/requests").json()["requests"]
    assert [request["body"] for request in told] == [seen.body]


def test_llama_streams_text_and_reports_usage_in_a_chunk_without_choices(llama: str) -> None:
    *received, last = chunks(ask(llama, MODEL, max_tokens=16).text)
    assert len([chunk for chunk in received if text_of([chunk])]) == 16
    assert received[-1]["choices"][0]["finish_reason"] == "length"
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 16
    assert last["usage"]["prompt_tokens"] + 16 == last["usage"]["total_tokens"]


def test_llama_lists_its_model(llama: str) -> None:
    with client(llama) as asking:
        listed = asking.get("/models").json()
    assert [row["id"] for row in listed["data"]] == [MODEL]


def test_llama_refuses_what_is_longer_than_its_context(llama: str) -> None:
    refused = ask(llama, MODEL, messages=[{"role": "user", "content": "word " * 2048}])
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "exceed_context_size_error")


def test_llama_wants_its_key() -> None:
    with running_llama("--api-key", "right") as address:
        assert [ask(address, MODEL, key).status_code for key in ("right", "wrong")] == [200, 401]


def test_app_is_ready_when_started_and_gone_when_stopped(app_process: StartApp) -> None:
    app = app_process()
    assert app.url in app.stdout
    assert is_healthy(app.url)
    assert app.data_dir.is_dir()
    assert app.stop() == 0
    assert not is_healthy(app.url)


def test_app_that_cannot_start_fails_the_test_with_what_it_said(app_process: StartApp) -> None:
    with pytest.raises(
        AssertionError, match=r"^the app ended with 1 before it printed its address"
    ) as failure:
        app_process(variables={"TALLY_DAILY_BUDGET_USD": "plenty"})
    assert "TALLY_DAILY_BUDGET_USD" in str(failure.value)


def test_app_sees_nothing_of_the_environment_outside(
    app_process: StartApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLY_DAILY_BUDGET_USD", "plenty")
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
    assert is_healthy(app_process().url)
