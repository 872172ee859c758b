"""The provider against the scripted endpoint: what comes of every behaviour in its list."""

import asyncio
import ssl
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from chat.providers.openai_provider import OpenAIProvider
from chat.providers.seam import (
    Answered,
    Completed,
    CompletionEvent,
    CompletionRequest,
    Parameters,
    ReasoningDelta,
    Remark,
    ReplyBroken,
    RequestRefused,
    Retrying,
    Sending,
    TextDelta,
)
from chat.providers.sending.request_fields import Quirks
from tests.helpers.provider_calls import (
    ANSWERED,
    END,
    THREE,
    URL,
    answer,
    as_values,
    hello,
    no_protocol,
    provider_at,
    stream,
    text,
    transport,
)
from tests.servers.bodies import MODELS, RICH_TEXT, words
from tests.servers.scripted import ScriptedServer
from usage.forecast import Prompt
from usage.units import TokenUsage

EIGHT = TextDelta("".join(words(8)))
USAGE = TokenUsage(input=1234, output=8)
BUSY = Retrying("127.0.0.1 answered with status 503", 0.5)
LIMITED = Retrying("127.0.0.1 answered with status 429", 1.0)
SAMPLING = Parameters(temperature=0.5, top_p=0.5, presence_penalty=0.5, frequency_penalty=0.5)


LENGTH = "This reply stops here because it reached its maximum length."
FILTERED = "The endpoint’s content filter ended this reply."
TOO_MANY = "cached input and cache write tokens (1235) cannot be more than the total (1234)"
NEGATIVE = "output tokens cannot be negative: -1"
THOUGHT = ReasoningDelta("First I think, then I answer.")


def impossible(model: str, why: str) -> list[CompletionEvent]:
    """Return eight words and an end whose counts are not believed."""
    remark = f"The endpoint reported impossible counts ({why})."
    return [EIGHT, Remark(remark), Completed(None, model, impossible=why)]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("stream-3x0ms", [THREE, Completed(replace(USAGE, output=3), "stream-3x0ms")]),
        *(
            (model, [EIGHT, Completed(USAGE, model)])
            for model in ("slow-first-20ms", "usage-with-choices", "usage-every-chunk", "usage-null-details")
        ),
        ("usage-none", [EIGHT, Completed(None, "usage-none")]),
        ("usage-details", [EIGHT, Completed(TokenUsage(1234, 1000, 200, 8, 5), "usage-details")]),
        ("usage-negative", impossible("usage-negative", NEGATIVE)),
        ("usage-cached-too-many", impossible("usage-cached-too-many", TOO_MANY)),
        ("reasoning-content", [THOUGHT, EIGHT, Completed(USAGE, "reasoning-content")]),
        ("reasoning", [THOUGHT, EIGHT, Completed(USAGE, "reasoning")]),
        ("resolved-other", [EIGHT, Completed(USAGE, "resolved-other-2026-01-01")]),
        ("service-tier-flex", [EIGHT, Completed(USAGE, "service-tier-flex", "flex")]),
        ("length", [EIGHT, Remark(LENGTH), Completed(USAGE, "length")]),
        ("filter-finish", [EIGHT, Remark(FILTERED), Completed(USAGE, "filter-finish")]),
        ("markdown", [TextDelta(RICH_TEXT), Completed(USAGE, "markdown")]),
        ("refusal", [TextDelta("I cannot help with that."), Completed(USAGE, "refusal")]),
        ("rate-limit-twice", [LIMITED, LIMITED, EIGHT, Completed(USAGE, "rate-limit-twice")]),
        ("status-503-once", [BUSY, EIGHT, Completed(USAGE, "status-503-once")]),
    ],
)
async def test_a_reply_comes_as_events(
    scripted: ScriptedServer, model: str, expected: list[CompletionEvent]
) -> None:
    async with provider_at(scripted.url) as provider:
        assert await answer(provider, model) == expected


@pytest.mark.parametrize(
    ("model", "parameters", "refused"),
    [
        ("refuses-temperature", Parameters(temperature=0.5), "temperature"),
        ("refuses-value-temperature", Parameters(temperature=0.5), "temperature"),
        ("refuses-sampling", SAMPLING, "temperature or top_p or presence penalty or frequency penalty"),
        ("refuses-reasoning-effort", Parameters(reasoning_effort="low"), "reasoning effort"),
        ("refuses-value-service-tier", Parameters(service_tier="flex"), "service tier"),
        ("old-server-strict", Parameters(verbosity="low", seed=7, max_output_tokens=5), "verbosity or seed"),
    ],
)
async def test_what_a_model_refuses_is_left_out_and_told_each_time(
    scripted: ScriptedServer, model: str, parameters: Parameters, refused: str
) -> None:
    usage = None if model == "old-server-strict" else USAGE
    expected = [
        Remark(f"Sent without {refused}, which {model} does not accept."),
        EIGHT,
        Completed(usage, model),
    ]
    async with provider_at(scripted.url) as provider:
        assert await answer(provider, model, parameters) == expected
        asked_so_far = len(scripted.chats)
        assert await answer(provider, model, parameters) == expected
    assert (asked_so_far > 1, len(scripted.chats)) == (True, asked_so_far + 1)


@pytest.mark.parametrize("model", ["old-server", "refuses-max-completion-tokens"])
async def test_a_server_that_knows_the_older_name_of_the_limit_is_asked_with_it(
    scripted: ScriptedServer, model: str
) -> None:
    async with provider_at(scripted.url) as provider:
        came = await answer(provider, model, Parameters(max_output_tokens=5))
    assert came == [EIGHT, Completed(USAGE, model)]
    assert [chat.body.get("max_tokens") for chat in scripted.chats] == [None, 5]


async def test_a_reply_that_a_budget_rests_on_is_not_asked_for_without_its_limit(
    scripted: ScriptedServer,
) -> None:
    request = CompletionRequest(
        "refuses-max-tokens",
        Prompt.of_texts(("user", "Hello")),
        Parameters(max_output_tokens=5),
        must_be_limited=True,
    )
    quirks = Quirks()
    quirks.refused_by("127.0.0.1", "refuses-max-tokens").add("max_completion_tokens")
    provider = OpenAIProvider(scripted.url, "any", "openai", quirks)
    for _ in range(2):
        with pytest.raises(RequestRefused, match="does not accept a maximum reply length"):
            [event async for event in provider.stream(request)]
    assert len(scripted.chats) == 1
    await provider._client.close()


async def test_what_is_asked_is_sent_as_the_protocol_has_it(scripted: ScriptedServer) -> None:
    prompt = Prompt.of_texts(("system", "Be short."), ("user", "Why?"))
    request = CompletionRequest("gpt-6-luna", prompt, Parameters(seed=7, stop=("END",)))
    async with provider_at(scripted.url, key="secret") as provider:
        [event async for event in provider.stream(request)]
    [chat] = scripted.chats
    assert chat.headers["authorization"] == "Bearer secret"
    assert chat.body == {
        "model": "gpt-6-luna",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Why?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": 7,
        "stop": ["END"],
    }


async def test_cache_marks_that_an_endpoint_refuses_are_left_out_from_then_on(
    scripted: ScriptedServer,
) -> None:
    scripted.behaviour = "refuses-parts"
    plain = {"role": "user", "content": "Hello"}
    marked = {"type": "text", "text": "Hello", "cache_control": {"type": "ephemeral"}}
    request = replace(hello("anthropic/claude-sonnet-4.5"), is_worth_caching=True)
    async with provider_at(scripted.url, billed_by="openrouter") as provider:
        for _ in range(2):
            *_begun, last = [event async for event in provider.stream(request)]
            assert last == Completed(USAGE, "anthropic/claude-sonnet-4.5")
    sent = [chat.body["messages"] for chat in scripted.chats]
    assert sent == [[{"role": "user", "content": [marked]}], [plain], [plain]]


async def test_where_flex_has_no_capacity_no_other_tier_is_asked_for(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        *retries, refused = await answer(provider, "no-capacity", Parameters(service_tier="flex"))
    assert retries == [replace(LIMITED, delay_s=0.5), LIMITED]
    assert isinstance(refused, RequestRefused)
    assert str(refused).startswith("127.0.0.1 has no Flex capacity right now and charged nothing. ")
    assert [chat.body["service_tier"] for chat in scripted.chats] == ["flex"] * 3


async def test_an_answer_at_flex_may_take_longer_than_openai_takes_for_it() -> None:
    waits: list[Any] = []

    def answer_it(request: httpx2.Request) -> httpx2.Response:
        waits.append(request.extensions["timeout"])
        return stream(text("Hi"), END)

    async with provider_at(URL, transport=httpx2.MockTransport(answer_it)) as provider:
        for tier in (None, "priority", "flex"):
            assert await answer(provider, "m", Parameters(service_tier=tier)) == ANSWERED
    assert [(wait["read"], wait["connect"]) for wait in waits] == [(60, 10), (60, 10), (1200, 10)]


async def test_leaving_a_reply_closes_its_connection_at_once(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        events = provider.stream(hello("endless-1ms"))
        came = [await anext(events) for _ in range(3)]
        assert came == [Sending(), Answered("endless-1ms", reply_id="chatcmpl-scripted"), TextDelta("word1 ")]
        await events.aclose()
        await asyncio.to_thread(scripted.wait_until, lambda: scripted.chats[0].disconnected_at is not None)


async def test_cancelling_a_call_that_nobody_answers_leaves_it_at_once(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        asking = asyncio.create_task(answer(provider, "hangs"))
        await asyncio.to_thread(scripted.wait_until, lambda: scripted.chats != [])
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.to_thread(scripted.wait_until, lambda: scripted.chats[0].disconnected_at is not None)


async def test_an_address_of_a_web_site_is_no_endpoint(scripted: ScriptedServer) -> None:
    url = scripted.url.removesuffix("/v1")
    async with provider_at(url) as provider:
        assert as_values(await answer(provider, "any")) == [(ReplyBroken, no_protocol(url))]
        with pytest.raises(RequestRefused, match="is not an OpenAI-compatible endpoint"):
            await provider.models()


async def test_models_are_those_that_the_endpoint_lists(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        assert await provider.models() == MODELS


async def test_models_are_not_listed_for_a_wrong_key(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url, key="wrong-key") as provider:
        with pytest.raises(RequestRefused, match=r"refused the key \(401\)"):
            await provider.models()


@pytest.mark.parametrize("answer", [httpx2.Response(504), httpx2.ReadTimeout("no"), httpx2.ReadError("no")])
async def test_a_list_of_models_that_does_not_come_is_nothing_that_may_be_billed(
    answer: httpx2.Response | Exception,
) -> None:
    async with provider_at(URL, transport=transport(answer)) as provider:
        with pytest.raises(ReplyBroken, match=r"api.example.com (did not answer|was lost)") as caught:
            await provider.models()
    assert "billed" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [{"data": None}, {"data": []}, {"data": [{}, {"id": 7}, 7, {"id": ""}, {"id": " "}]}, {}, []],
)
async def test_a_list_without_models_is_said(body: Any) -> None:
    async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
        with pytest.raises(RequestRefused, match=r"api.example.com does not list its models. Type a"):
            await provider.models()


@pytest.mark.parametrize(
    "listed", [[{"id": "one"}, {"id": "two"}], [{"id": "one", "owner": None}, 7, {"id": "two"}]]
)
async def test_a_list_of_models_may_be_bare(listed: Any) -> None:
    for body in (listed, {"data": listed}):
        async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
            assert await provider.models() == ("one", "two")


async def test_an_error_in_place_of_a_list_is_told_in_the_endpoints_words() -> None:
    body = {"error": {"message": "no project"}}
    async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
        with pytest.raises(ReplyBroken, match=r"broke off with an error: “no project”"):
            await provider.models()


async def test_what_follows_the_path_of_an_address_follows_each_path() -> None:
    asked: list[str] = []

    def answer_it(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return (
            stream(text("Hi"), END) if request.method == "POST" else httpx2.Response(200, json=[{"id": "m"}])
        )

    url = f"{URL}?api-version=2026-01-01&empty="
    async with provider_at(url, transport=httpx2.MockTransport(answer_it)) as provider:
        assert await provider.models() == ("m",)
        assert await answer(provider, "m") == ANSWERED
    query = "?api-version=2026-01-01&empty="
    assert asked == [f"{URL}/models{query}", f"{URL}/chat/completions{query}"]


async def test_a_certificate_that_is_not_trusted_is_called_that() -> None:
    why = ssl.SSLCertVerificationError()
    why.verify_message = "self-signed certificate"
    refused = httpx2.ConnectError("TLS")
    refused.__cause__ = why
    said = (
        "The certificate of api.example.com is not trusted (self-signed certificate). "
        "If it is your own server, set SSL_CERT_FILE to the file of its certificate."
    )
    async with provider_at(URL, transport=transport(refused)) as provider:
        assert as_values(await answer(provider, "m")) == [(RequestRefused, said)]


async def test_an_endpoint_cannot_fill_the_page_with_its_list_of_models() -> None:
    names = ["", "a\nb", "x" * 201, "x" * 200, *(f"model-{number}" for number in range(6_000))]
    body = {"data": [{"id": name} for name in names]}
    async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
        assert await provider.models() == tuple(names[3:5_003])


@pytest.mark.parametrize("body", [{"data": 7}, {"data": {}}, 7, "text"])
async def test_a_list_of_models_of_another_shape_is_no_endpoint(body: Any) -> None:
    async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
        with pytest.raises(RequestRefused) as caught:
            await provider.models()
    assert str(caught.value) == no_protocol(URL)


async def test_an_endpoint_without_a_list_of_models_is_said() -> None:
    async with provider_at(URL, transport=transport(httpx2.Response(404, json={}))) as provider:
        with pytest.raises(RequestRefused, match=r"api.example.com does not list its models. Type a"):
            await provider.models()
