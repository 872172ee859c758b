"""The provider against the scripted endpoint where it refuses, breaks off, or is no endpoint at all."""

import socket

import pytest

from chat.providers.seam import NOT_REPEATED, ReplyBroken, RequestRefused, Retrying
from tests.helpers.provider_calls import BUSY, LIMITED, THREE, answer, as_values, provider_at
from tests.servers.scripted import ScriptedServer

NO_KEY = (
    "127.0.0.1 does not accept this API key. "
    "Check that it is whole, still valid, and belongs to this endpoint."
)
NO_CREDIT = (
    "The account at 127.0.0.1 has no credit left, or has reached its spending limit. "
    "Add credit or raise the limit there, then retry."
)
TOO_LONG = (
    "This conversation is too long for {}. Start a new chat, or choose a model with a larger context. "
    "127.0.0.1 says: “{}”"
)


def no_protocol(url: str) -> str:
    """What is said of an address that is no endpoint."""
    return (
        f"This address does not speak the OpenAI protocol: {url}. "
        "Check OPENAI_BASE_URL; it often ends in /v1."
    )


@pytest.mark.parametrize(
    ("model", "retries", "said"),
    [
        ("wrong-key", (), NO_KEY),
        (
            "no-model",
            (),
            "127.0.0.1 has no model named no-model, or this key may not use it. Choose another model.",
        ),
        ("no-quota", (), NO_CREDIT),
        (
            "rate-limit",
            (LIMITED, LIMITED),
            "127.0.0.1 is limiting how fast it can be asked. Wait a moment, then retry.",
        ),
        ("status-503", BUSY, "127.0.0.1 has a problem of its own (status 503). Retry in a while."),
        (
            "status-500",
            tuple(Retrying("127.0.0.1 answered with status 500", retry.delay_s) for retry in BUSY),
            "127.0.0.1 has a problem of its own (status 500). Retry in a while.",
        ),
        (
            "error-not-json",
            tuple(Retrying("127.0.0.1 answered with status 502", retry.delay_s) for retry in BUSY),
            "127.0.0.1 has a problem of its own (status 502). Retry in a while.",
        ),
        (
            "context-openai",
            (),
            TOO_LONG.format(
                "context-openai",
                "This model's maximum context length is 128000 tokens. However, your messages resulted in "
                "130567 tokens. Please reduce the length of the messages.",
            ),
        ),
        (
            "context-llama",
            (),
            TOO_LONG.format(
                "context-llama",
                "request (5040 tokens) exceeds the available context size (4096 tokens), try increasing it",
            ),
        ),
        (
            "filter-error",
            (),
            "127.0.0.1 refused the content of this message. Change it and try again.",
        ),
    ],
)
async def test_a_refusal_is_said_in_a_persons_words(
    scripted: ScriptedServer, model: str, retries: tuple[Retrying, ...], said: str
) -> None:
    async with provider_at(scripted.url) as provider:
        assert as_values(await answer(provider, model)) == [*retries, (RequestRefused, said)]
    assert len(scripted.chats) == len(retries) + 1


@pytest.mark.parametrize("model", ["html", "empty-body"])
async def test_an_answer_that_is_no_completion_at_all_is_no_endpoints_but_was_no_refusal_either(
    scripted: ScriptedServer, model: str
) -> None:
    async with provider_at(scripted.url) as provider:
        assert as_values(await answer(provider, model)) == [(ReplyBroken, no_protocol(scripted.url))]


async def test_an_address_of_a_web_site_is_no_endpoint(scripted: ScriptedServer) -> None:
    url = scripted.url.removesuffix("/v1")
    async with provider_at(url) as provider:
        assert as_values(await answer(provider, "any")) == [(ReplyBroken, no_protocol(url))]
        with pytest.raises(RequestRefused, match="does not speak the OpenAI protocol"):
            await provider.models()


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("cut-reset", "The connection to 127.0.0.1 broke off before the end."),
        ("cut-close", "The connection to 127.0.0.1 broke off before the end."),
        ("cut-clean", "The connection to 127.0.0.1 ended before the reply did."),
        ("error-event", "127.0.0.1 broke off with an error: “The server had an error.”"),
        ("broken-json", "127.0.0.1 sent something unreadable and the reply ends there."),
    ],
)
async def test_what_came_before_a_reply_broke_is_passed_on(
    scripted: ScriptedServer, model: str, said: str
) -> None:
    async with provider_at(scripted.url) as provider:
        assert as_values(await answer(provider, model)) == [THREE, (ReplyBroken, said)]
    assert len(scripted.chats) == 1


async def test_an_empty_stream_may_have_been_billed(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        came = as_values(await answer(provider, "done-only"))
    assert came == [(ReplyBroken, "127.0.0.1 sent an empty reply. Retry in a while.")]


@pytest.mark.parametrize("model", ["cut-before-answer", "gateway-timeout"])
async def test_a_request_that_was_lost_is_not_made_again(scripted: ScriptedServer, model: str) -> None:
    async with provider_at(scripted.url) as provider:
        [end] = await answer(provider, model)
    assert (type(end), len(scripted.chats)) == (ReplyBroken, 1)


async def test_an_endpoint_that_does_not_answer_may_have_charged(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url, timeout_s=1.0) as provider:
        came = await answer(provider, "hangs")
    said = f"127.0.0.1 did not answer in time. {NOT_REPEATED}"
    assert (as_values(came), len(scripted.chats)) == ([(ReplyBroken, said)], 1)


@pytest.mark.slow
async def test_an_address_where_nobody_listens_is_tried_again_and_then_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        async with provider_at(url) as provider:
            came = await answer(provider, "any")
            with pytest.raises(RequestRefused, match="cannot be reached"):
                await provider.models()
    said = (
        f"127.0.0.1 cannot be reached. Check the address ({url}), your connection, "
        "and that the server is running."
    )
    unreachable = [Retrying("127.0.0.1 cannot be reached", delay_s) for delay_s in (0.5, 1.0)]
    assert as_values(came) == [*unreachable, (RequestRefused, said)]
