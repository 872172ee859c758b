"""The scripted endpoint keeps to its script: refusals, broken streams, and what is no completion."""

import socket
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.servers.asking import ask, chunks, client, text_of
from tests.servers.bodies import MODELS, words
from tests.servers.scripted import ScriptedServer


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("wrong-key", 401, "invalid_api_key"),
        ("no-model", 404, "model_not_found"),
        ("no-quota", 429, "insufficient_quota"),
        ("rate-limit", 429, "rate_limit_exceeded"),
        ("status-500", 500, None),
        ("status-503", 503, "server_is_overloaded"),
        ("context-openai", 400, "context_length_exceeded"),
        ("context-llama", 400, 400),
        ("filter-error", 400, "content_policy_violation"),
    ],
)
def test_refusal_has_its_status_and_code(
    scripted: ScriptedServer, model: str, status: int, code: str | int | None
) -> None:
    response = ask(scripted.url, model)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_passing_trouble_passes(scripted: ScriptedServer) -> None:
    assert [ask(scripted.url, "rate-limit-twice").status_code for _ in range(3)] == [429, 429, 200]
    assert [ask(scripted.url, "status-503-once").status_code for _ in range(2)] == [503, 200]
    assert ask(scripted.url, "rate-limit").headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("model", "field", "code"),
    [
        ("refuses-temperature", "temperature", "unsupported_parameter"),
        ("refuses-max-completion-tokens", "max_completion_tokens", "unsupported_parameter"),
        ("refuses-value-temperature", "temperature", "unsupported_value"),
        ("refuses-sampling", "top_p", "unsupported_parameter"),
    ],
)
def test_refused_field_is_named_and_without_it_all_is_fine(
    scripted: ScriptedServer, model: str, field: str, code: str
) -> None:
    refused = ask(scripted.url, model, **{field: 1})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, field)
    assert refused.json()["error"]["code"] == code
    assert ask(scripted.url, model).status_code == 200


def test_old_server_knows_no_max_completion_tokens(scripted: ScriptedServer) -> None:
    refused = ask(scripted.url, "old-server", max_completion_tokens=5)
    message = "Unrecognized request argument supplied: max_completion_tokens"
    assert refused.json()["error"] == {
        "message": message,
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    assert ask(scripted.url, "old-server", max_tokens=5).status_code == 200
    assert ask(scripted.url, "old-server-strict").status_code == 400


def test_request_is_read_and_the_connection_closed_without_an_answer(scripted: ScriptedServer) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(scripted.url, "cut-before-answer-once")
    assert ask(scripted.url, "cut-before-answer-once").status_code == 200
    assert [chat.model for chat in scripted.chats] == ["cut-before-answer-once"] * 2


def test_gateway_gives_up_waiting_and_then_does_not(scripted: ScriptedServer) -> None:
    assert [ask(scripted.url, "gateway-timeout-once").status_code for _ in range(2)] == [504, 200]


@pytest.mark.parametrize("model", ["cut-reset", "cut-close"])
def test_cut_breaks_the_connection_after_three_words(scripted: ScriptedServer, model: str) -> None:
    parts: list[str] = []
    with (
        pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)),
        client(scripted.url) as asking,
        asking.stream("POST", "/chat/completions", json={"model": model, "stream": True}) as response,
    ):
        parts.extend(response.iter_text())
    assert text_of(chunks("".join(parts))) == "".join(words(3))


def test_clean_cut_has_neither_an_end_nor_a_reason(scripted: ScriptedServer) -> None:
    response = ask(scripted.url, "cut-clean")
    assert text_of(chunks(response.text)) == "".join(words(3))
    assert "[DONE]" not in response.text
    reasons = {choice["finish_reason"] for chunk in chunks(response.text) for choice in chunk["choices"]}
    assert reasons == {None}


@pytest.mark.parametrize(
    ("model", "ending"),
    [
        ("error-event", '"error": {"message": "The server had an error.", "type": "server_error"}}\n\n'),
        ("broken-json", 'data: {"choices": [{"delta": \n\n'),
    ],
)
def test_stream_goes_wrong_after_three_words(scripted: ScriptedServer, model: str, ending: str) -> None:
    response = ask(scripted.url, model)
    assert response.text.endswith(ending)
    assert response.text.count("word") == 3


@pytest.mark.parametrize(
    ("model", "status", "text"),
    [
        ("html", 200, "<!doctype html>"),
        ("empty-body", 200, ""),
        ("done-only", 200, "data: [DONE]\n\n"),
        ("error-not-json", 502, "<html>502 Bad Gateway</html>"),
    ],
)
def test_what_is_no_completion_at_all(scripted: ScriptedServer, model: str, status: int, text: str) -> None:
    response = ask(scripted.url, model)
    assert response.status_code == status
    assert response.text[: len(text) or None] == text


def test_pages_outside_the_api_are_a_web_site(scripted: ScriptedServer) -> None:
    with client(scripted.url.removesuffix("/v1")) as asking:
        response = asking.post("/chat/completions", json={})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html")


def test_endless_stream_lasts_until_the_client_leaves(scripted: ScriptedServer) -> None:
    asked = {"model": "endless-1ms", "stream": True}
    with client(scripted.url) as asking:
        with asking.stream("POST", "/chat/completions", json=asked) as response:
            assert "word1 " in next(response.iter_text())
        scripted.wait_until(lambda: scripted.chats[0].disconnected_at is not None)
    [seen] = scripted.chats
    assert not seen.answered
    assert seen.events_sent >= 1


def test_silence_lasts_until_the_client_leaves(scripted: ScriptedServer) -> None:
    body = b'{"model": "hangs"}'
    address = urlsplit(scripted.url)
    with socket.create_connection((address.hostname, address.port)) as asking:
        asking.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        scripted.wait_until(lambda: scripted.chats != [])
    scripted.wait_until(lambda: scripted.chats[0].disconnected_at is not None)
    assert (scripted.chats[0].answered, scripted.chats[0].events_sent) == (False, 0)


def test_models_are_listed_for_a_right_key_only(scripted: ScriptedServer) -> None:
    with client(scripted.url) as asking:
        listed = asking.get("/models").json()
        refused = asking.get("/models", headers={"Authorization": "Bearer wrong-key"})
    assert [row["id"] for row in listed["data"]] == list(MODELS)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
