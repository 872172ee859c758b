"""Where no reply comes: was the call billed, is it made again, and what is said?"""

import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import pytest

from chat.providers.refusals import Trouble
from chat.providers.seam import (
    NOT_REPEATED,
    Answered,
    ChatError,
    Completed,
    Counted,
    ReplyBroken,
    RequestRefused,
    Retrying,
    Sending,
    TextDelta,
)
from tests.helpers.provider_calls import (
    ANSWERED,
    END,
    URL,
    hello,
    no_protocol,
    outcome,
    provider_at,
    refused,
    stream,
    text,
)
from tests.servers.scripted import ScriptedServer

REFUSED = "api.example.com refused the request (status {})."
UNREACHABLE = (
    RequestRefused,
    "Cannot reach api.example.com. Check your connection, and the address: https://api.example.com/v1",
)
LATE = (ReplyBroken, f"api.example.com did not answer in time. {NOT_REPEATED}")
LOST = (ReplyBroken, f"The connection to api.example.com was lost before an answer came. {NOT_REPEATED}")


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ProxyError, httpx2.LocalProtocolError])
async def test_a_call_that_never_went_out_is_made_again_and_cost_nothing(
    error: type[httpx2.TransportError],
) -> None:
    retries = [Retrying("Cannot reach api.example.com", delay_s) for delay_s in (0.5, 1.0)]
    assert await outcome(error("no")) == [*retries, UNREACHABLE]


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (httpx2.ConnectTimeout, UNREACHABLE),
        (httpx2.PoolTimeout, UNREACHABLE),
        (httpx2.ReadTimeout, LATE),
        (httpx2.WriteTimeout, LATE),
        (httpx2.ReadError, LOST),
        (httpx2.WriteError, LOST),
        (httpx2.CloseError, LOST),
        (httpx2.RemoteProtocolError, LOST),
    ],
)
async def test_what_may_have_been_billed_or_has_waited_long_enough_is_not_made_again(
    error: type[httpx2.TransportError], end: tuple[type[ChatError], str]
) -> None:
    assert await outcome(error("no")) == [end]


class Cut(httpx2.AsyncByteStream):
    """A body whose connection breaks at once."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        raise httpx2.ReadError("left")
        yield b""


@pytest.mark.parametrize("status", [504, 429, 500])
async def test_a_refusal_that_breaks_off_may_have_been_billed(status: int) -> None:
    assert await outcome(httpx2.Response(status, stream=Cut())) == [LOST]


@pytest.mark.parametrize("status", [408, 504, 522, 524])
async def test_a_timeout_on_the_way_may_have_been_billed(status: int) -> None:
    said = f"api.example.com did not answer in time (status {status}). {NOT_REPEATED}"
    assert await outcome(refused(status, {})) == [(ReplyBroken, said)]


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503, 520, 521, 529])
async def test_other_refusals_were_not_billed(status: int) -> None:
    reason = f"api.example.com answered with status {status}"
    [first, second, end] = await outcome(refused(status, {}))
    assert [first, second] == [Retrying(reason, 0.5), Retrying(reason, 1.0)]
    assert isinstance(end, tuple)
    assert end[0] is RequestRefused


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (
            refused(400, {"error": "the prompt is empty"}),
            "api.example.com refused the request (status 400). api.example.com says: “the prompt is empty”",
        ),
        (
            refused(400, {"object": "error", "message": "bad", "code": 400}),
            "api.example.com refused the request (status 400). api.example.com says: “bad”",
        ),
        (refused(400, "<h1>Bad Request</h1>"), "api.example.com refused the request (status 400)."),
        (refused(400, ["odd"]), "api.example.com refused the request (status 400)."),
        (
            refused(404, {"error": "model m not found"}),
            "api.example.com has no model named m, or this key may not use it. Choose another model. "
            "api.example.com says: “model m not found”",
        ),
        (
            refused(404, {"error": {"message": "Not found the model m or Permission denied"}}),
            "api.example.com has no model named m, or this key may not use it. Choose another model. "
            "api.example.com says: “Not found the model m or Permission denied”",
        ),
        (
            refused(404, {"error": {"message": "No endpoints found matching your data policy."}}),
            f"{REFUSED.format(404)} api.example.com says: “No endpoints found matching your data policy.”",
        ),
        (
            refused(403, {"error": {"message": "Country, region, or territory not supported"}}),
            f"{REFUSED.format(403)} api.example.com says: “Country, region, or territory not supported”",
        ),
        (
            refused(403, {"error": {"message": "This key may only list models."}}),
            "api.example.com refused the key (403). Check that it is complete, still valid, and belongs to "
            "this endpoint. api.example.com says: “This key may only list models.”",
        ),
        (
            refused(422, {"detail": "Input too long for this deployment"}),
            f"{REFUSED.format(422)} api.example.com says: “Input too long for this deployment”",
        ),
        (
            httpx2.Response(400, text="prompt contains a forbidden word"),
            f"{REFUSED.format(400)} api.example.com says: “prompt contains a forbidden word”",
        ),
        (
            refused(
                413, "<html><head><title>413 Request Entity\n Too Large</title></head><h1>413</h1></html>"
            ),
            "This chat is too large for api.example.com. Start a new chat, or send less. "
            "api.example.com says: “413 Request Entity Too Large”",
        ),
        (
            refused(
                500, {"error": "model requires more system memory (9.1 GiB) than is available (4.0 GiB)"}
            ),
            "api.example.com failed (500). Try again in a while. api.example.com says: “model requires more "
            "system memory (9.1 GiB) than is available (4.0 GiB)”",
        ),
        (httpx2.Response(404, text="404 page not found"), no_protocol(URL)),
        (refused(404, "<title>Not Found</title>"), no_protocol(URL)),
        (refused(404, {"detail": "Not Found"}), no_protocol(URL)),
        (refused(404, "<h1>Not Found</h1>"), no_protocol(URL)),
        (
            refused(404, {"error": {"message": "Invalid URL (POST /v1/v1/chat/completions)"}}),
            no_protocol(URL),
        ),
        (refused(404, {"error": {"message": "File Not Found", "code": 404}}), no_protocol(URL)),
        (refused(404, {"error": "Unexpected endpoint or method. (POST /v2/chat)"}), no_protocol(URL)),
    ],
)
async def test_refusals_are_worded_in_many_ways(response: httpx2.Response, said: str) -> None:
    *retries, refusal = await outcome(response)
    assert refusal == (RequestRefused, said)
    assert len(retries) == (2 if response.status_code == 500 else 0)


@pytest.mark.parametrize(
    ("asked_for", "delay_s"),
    [
        ({}, 0.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "60.5"}, 60.0),
        ({"retry-after": "inf"}, 60.0),
        ({"retry-after": "nan"}, 0.5),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:00 GMT"}, 0.5),
    ],
)
async def test_the_pause_is_what_the_endpoint_asks_for_within_reason(
    asked_for: dict[str, str], delay_s: float
) -> None:
    came = await outcome(refused(429, {}, **asked_for), stream(text("Hi"), END))
    assert came == [Retrying("api.example.com answered with status 429", delay_s), *ANSWERED]


async def test_a_request_goes_out_only_when_the_store_knows_of_it() -> None:
    sent: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        if len(sent) == 1:
            raise httpx2.ConnectError("no")
        return stream(text("Hi"), END)

    async with provider_at(URL, transport=httpx2.MockTransport(handle)) as provider:
        seen = [(type(event), len(sent)) async for event in provider.stream(hello("m"))]
    assert seen[:3] == [(Sending, 0), (Retrying, 1), (Sending, 1)]
    assert seen[3:] == [(Answered, 2), (TextDelta, 2), (Counted, 2), (Completed, 2)]


async def test_a_request_is_said_to_go_out_only_once_the_endpoint_is_reached(
    scripted: ScriptedServer,
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # nobody listens there
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        for url, first in ((scripted.url, Sending), (nowhere, Retrying)):
            async with provider_at(url) as provider:
                events = provider.stream(hello("m"))
                assert isinstance(await anext(events), first)
                await events.aclose()
    assert scripted.chats == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:11434/v1", "Cannot reach 127.0.0.1:11434. Is Ollama running there?"),
        ("http://box.lan:1234/v1", "Cannot reach box.lan:1234. Is LM Studio running there?"),
        ("http://box.lan:8080/v1", "Cannot reach box.lan:8080. Is the server running there?"),
        (
            "https://nowhere.example/v1",
            "Cannot reach nowhere.example. Check your connection, and the address: https://nowhere.example/v1",
        ),
    ],
)
def test_a_server_of_ones_own_is_named_by_its_port_and_any_other_by_its_address(
    address: str, said: str
) -> None:
    trouble = Trouble(urlsplit(address).hostname or "", address)
    error = trouble.without_answer(httpx2.ConnectError("[Errno -2] Name or service not known"))
    assert str(error) == said
