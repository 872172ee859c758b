"""The provider against an endpoint that repeats its key or password: nothing of it gets out."""

import base64
import logging
import socket
import traceback

import httpx2
import pytest

from chat.providers.seam import (
    Answered,
    ChatError,
    Completed,
    CompletionRequest,
    ReasoningDelta,
    RequestRefused,
    TextDelta,
)
from tests.helpers.provider_calls import END, answer, as_values, chunk, provider_at, stream, text, transport
from tests.servers.scripted import ScriptedServer
from usage.forecast import Prompt

KEY, PASSWORD = "sk-of-the-app-9f3b1c", "s3cret of ada"
REPEATING = ("error", "error-event", "model", "tier", "count", "text")


@pytest.mark.parametrize("where", REPEATING)
@pytest.mark.parametrize("user", ["", "ada:s3cret%20of%20ada@"])
async def test_what_an_endpoint_repeats_is_masked_before_it_gets_out(
    scripted: ScriptedServer, caplog: pytest.LogCaptureFixture, where: str, user: str
) -> None:
    caplog.set_level(logging.DEBUG)
    request = CompletionRequest(f"repeats-in-{where}", Prompt.of_texts(("user", "Hello")))
    events: list[object] = []
    async with provider_at(scripted.url.replace("//", f"//{user}"), key=KEY) as provider:
        try:
            events += [event async for event in provider.stream(request)]
        except ChatError as exc:
            events += [exc, exc.__dict__, *traceback.format_exception(exc)]
    sent = scripted.chats[0].headers["authorization"].rpartition(" ")[2]
    assert sent == (base64.b64encode(f"ada:{PASSWORD}".encode()).decode() if user else KEY)
    everything = repr(events) + caplog.text
    assert "***" in everything
    assert not [each for each in (KEY, PASSWORD, sent, "s3cret") if each in everything]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["", "/v1", "/v1/chat/completions"])
async def test_no_error_shows_the_password_of_an_address(path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with provider_at(f"http://user:secret@127.0.0.1:{port}{path}") as provider:
            said = as_values(await answer(provider, "any"))
            with pytest.raises(RequestRefused) as caught:
                await provider.models()
    assert f"(http://***@127.0.0.1:{port}{path})" in str(said[-1])
    assert "secret" not in f"{said} {caught.value} {caplog.text}"


async def test_an_address_that_is_none_is_shown_without_its_password(scripted: ScriptedServer) -> None:
    url = scripted.url.removesuffix("/v1").replace("//", "//user:secret@")
    async with provider_at(url) as provider:
        [error] = await answer(provider, "any")
    assert f"protocol: {url.replace('user:secret', '***')}." in str(error)


async def test_a_password_in_the_address_is_sent_in_place_of_the_key_and_only_in_its_header() -> None:
    asked: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return stream(text("Hi"), END)

    url = "https://ada:p%40ss@api.example.com/v1"
    async with provider_at(url, transport=httpx2.MockTransport(handle)) as provider:
        await answer(provider, "m")
    assert str(asked[0].url) == "https://api.example.com/v1/chat/completions"
    assert asked[0].headers["authorization"] == f"Basic {base64.b64encode(b'ada:p@ss').decode()}"
    assert provider.endpoint.host == "api.example.com"


async def test_a_list_of_models_repeats_no_key() -> None:
    names = httpx2.Response(200, json={"data": [{"id": f"for-{KEY}"}, {"id": "gpt-6-luna"}]})
    async with provider_at("https://api.example.com/v1", key=KEY, transport=transport(names)) as provider:
        assert await provider.models() == ("for-***", "gpt-6-luna")


async def test_a_model_that_is_named_like_a_key_of_no_account_can_be_asked() -> None:
    names = httpx2.Response(200, json={"data": [{"id": "ollama/llama3.2"}]})
    async with provider_at("http://localhost:1/v1", key="ollama", transport=transport(names)) as provider:
        assert await provider.models() == ("ollama/llama3.2",)


@pytest.mark.parametrize("apart", ["", ";", "\u200b", "\n"], ids=ascii)
async def test_who_answers_is_named_without_the_key(apart: str) -> None:
    key = f"{KEY[:5]}{apart}{KEY[5:]}"
    said = {**text("Hi"), "model": f"m-{key}", "service_tier": key}
    async with provider_at(
        "https://a.example/v1", key=KEY, transport=transport(stream(said, END))
    ) as provider:
        asked = CompletionRequest("m", Prompt.of_texts(("user", "Hello")))
        answered = [event async for event in provider.stream(asked) if isinstance(event, Answered)]
    assert answered[0] == Answered("m-***", "***")


@pytest.mark.parametrize("field", ["content", "reasoning"])
async def test_a_key_that_comes_in_pieces_is_masked_in_what_a_model_says(field: str) -> None:
    said = [chunk(index=0, delta={field: each}) for each in ("It is ", *KEY, " or ", KEY[:5])]
    async with provider_at(
        "https://a.example/v1", key=KEY, transport=transport(stream(*said, END))
    ) as provider:
        asked = CompletionRequest("m", Prompt.of_texts(("user", "Hello")))
        events = [event async for event in provider.stream(asked)]
    deltas = [each for each in events if isinstance(each, TextDelta | ReasoningDelta)]
    assert "".join(each.text for each in deltas) == f"It is {KEY[:2]}*** or {KEY[:5]}"
    assert isinstance(events[-1], Completed)
