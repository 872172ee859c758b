"""The scripted endpoint keeps to its script: streams, usage, and the record of what it was asked."""

from typing import Any

import pytest

from tests.servers.asking import ask, chunks, client, text_of
from tests.servers.bodies import RICH_TEXT, words
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
    with (
        client(scripted.url) as asking,
        asking.stream("POST", "/chat/completions", json=asked) as response,
    ):
        for part in response.iter_text():
            text += part
            if "word3" in part:
                assert "word4" not in text
                scripted.release()
    assert text_of(chunks(text)) == "".join(words(6))


def test_usage_comes_only_when_asked_for(scripted: ScriptedServer) -> None:
    assert all(
        "usage" not in chunk for chunk in chunks(ask(scripted.url, "gpt-6-luna", stream_options={}).text)
    )
    assert all("usage" not in chunk for chunk in chunks(ask(scripted.url, "usage-none").text))


COUNTS: dict[str, Any] = {"prompt_tokens": 1234, "completion_tokens": 8, "total_tokens": 1242}
DETAILS: dict[str, Any] = {
    "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 200},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("usage-with-choices", COUNTS),
        ("usage-every-chunk", COUNTS),
        ("usage-null-details", COUNTS | dict.fromkeys(DETAILS)),
        ("usage-details", COUNTS | DETAILS),
        ("usage-negative", COUNTS | {"completion_tokens": -1, "total_tokens": 1233}),
        ("usage-cached-too-many", COUNTS | {"prompt_tokens_details": {"cached_tokens": 1235}}),
    ],
)
def test_each_kind_of_usage_is_in_the_last_chunk(
    scripted: ScriptedServer, model: str, expected: dict[str, Any]
) -> None:
    last = chunks(ask(scripted.url, model).text)[-1]
    assert last["usage"] == expected
    assert bool(last["choices"]) == (model in {"usage-with-choices", "usage-every-chunk"})


def test_usage_every_chunk_grows(scripted: ScriptedServer) -> None:
    counts = [
        chunk["usage"]["completion_tokens"] for chunk in chunks(ask(scripted.url, "usage-every-chunk").text)
    ]
    assert counts == [1, 2, 3, 4, 5, 6, 7, 8, 8]


@pytest.mark.parametrize(
    ("model", "field", "text"),
    [
        ("reasoning-content", "reasoning_content", "First I think, then I answer."),
        ("reasoning", "reasoning", "First I think, then I answer."),
        ("refusal", "refusal", "I cannot help with that."),
        ("markdown", "content", RICH_TEXT),
    ],
)
def test_special_texts_arrive_in_their_field(
    scripted: ScriptedServer, model: str, field: str, text: str
) -> None:
    assert text_of(chunks(ask(scripted.url, model).text), field) == text


@pytest.mark.parametrize(
    ("model", "reason"), [("gpt-6-luna", "stop"), ("length", "length"), ("filter-finish", "content_filter")]
)
def test_stream_ends_for_a_reason(scripted: ScriptedServer, model: str, reason: str) -> None:
    assert chunks(ask(scripted.url, model).text)[-2]["choices"][0]["finish_reason"] == reason


def test_resolved_model_differs_from_the_one_asked_for(scripted: ScriptedServer) -> None:
    assert {chunk["model"] for chunk in chunks(ask(scripted.url, "resolved-other").text)} == {
        "resolved-other-2026-01-01"
    }


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
