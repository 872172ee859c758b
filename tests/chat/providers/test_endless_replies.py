"""A reply without end: it is ended at a largest size, and its flood starves nobody."""

import contextlib
import itertools
from collections.abc import AsyncIterator

import httpx2
import pytest

import chat.calls.running_turn
import chat.providers.http_client
from chat.calls.running_turn import too_long
from chat.providers.http_client import AnswerTooLong, Departure, EndpointClient
from chat.providers.seam import ReasoningDelta, TextDelta
from tests.chat.calls.test_running_turn import running
from tests.helpers.fakes import Rig, until
from tests.helpers.provider_calls import URL, answer, outcome, provider_at, transport
from tests.servers.scripted import ScriptedServer

EIGHT = 8


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a reply have eight characters at most."""
    monkeypatch.setattr(chat.calls.running_turn, "LARGEST_REPLY_CHARACTERS", EIGHT)


@pytest.mark.parametrize(
    ("pieces", "kept", "is_full"),
    [
        (["1234", "5678"], "12345678", False),
        (["1234", "56789"], "12345678", True),
        (["12345678", "9"], "12345678", True),
        (["123456789" * 1000], "12345678", True),
    ],
)
@pytest.mark.usefixtures("small")
def test_a_reply_is_kept_up_to_its_largest_size(pieces: list[str], kept: str, is_full: bool) -> None:
    turn = running()
    for piece in pieces:
        turn.take(TextDelta(piece))
    assert (turn.turn().reply, turn.is_full, too_long() in turn.turn().remarks) == (kept, is_full, is_full)


@pytest.mark.usefixtures("small")
def test_reasoning_and_text_share_the_size() -> None:
    turn = running()
    turn.take(ReasoningDelta("123456"))
    turn.take(TextDelta("789"))
    assert (turn.turn().reasoning, turn.turn().reply, turn.is_full) == ("123456", "78", True)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("finish", [False, True])
async def test_a_call_whose_reply_has_no_end_is_ended_also_in_the_background(rig: Rig, finish: bool) -> None:
    turn = await rig.start_and_send()
    rig.provider.tell(TextDelta("1234"))
    await until(lambda: rig.provider.has_said_all)
    if finish:
        rig.runner.stop(turn.id, finish=True)
    rig.provider.tell(TextDelta("5678"), TextDelta("9"), TextDelta("never taken"))
    await until(lambda: rig.provider.is_closed)
    await until(lambda: rig.store.pending_calls() == ())
    stored = rig.store.turn(turn.id)
    assert stored is not None
    if finish:
        assert (stored.status, stored.reply) == ("stopped", "1234")
    else:
        assert (stored.status, stored.reply, stored.remarks) == ("completed", "12345678", (too_long(),))
    [row] = rig.ledger.rows
    assert (row.usage.output, row.usage_source) == (2, "estimated")


class Endless(httpx2.AsyncByteStream):
    """A body that goes on for as long as somebody reads it."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = itertools.cycle(pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def endless(*pieces: bytes, status: int = 200, content_type: str = "text/event-stream") -> httpx2.Response:
    """An answer whose body is these pieces over and over."""
    return httpx2.Response(status, headers={"content-type": content_type}, stream=Endless(*pieces))


@pytest.mark.slow
@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json", "text/html"])
async def test_a_line_without_end_is_not_read_to_its_end(content_type: str) -> None:
    [end] = await outcome(endless(b"x" * 65_536, content_type=content_type))
    assert isinstance(end, tuple)
    assert "sent too much data at once" in end[1]


@pytest.mark.parametrize("status", [400, 503])
async def test_a_refusal_without_end_is_not_read_to_its_end(status: int) -> None:
    *_, end = await outcome(endless(b"x\n" * 30_000, status=status))
    assert isinstance(end, tuple)


async def test_a_list_of_models_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat.providers.http_client, "LARGEST_LIST_BYTES", 1_000_000)
    body = endless(b"x\n" * 30_000, content_type="application/json")
    async with provider_at(URL, transport=transport(body)) as provider:
        with pytest.raises(Exception, match=r"Cannot reach|was lost|endpoint"):
            await provider.models()


@pytest.mark.parametrize(("length", "is_read"), [(100, True), (101, False)])
async def test_a_line_may_be_as_long_as_the_longest(
    length: int, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat.providers.http_client, "LONGEST_LINE_BYTES", 100)
    body = endless(b"x" * length, b"\n")

    async with EndpointClient(httpx2.MockTransport(lambda _: body)) as client:
        request = client.build_request("POST", URL)
        async with Departure(client.send(request, stream=True)) as departure:
            assert await departure.is_near()
            response = await departure.answer()
            async with contextlib.aclosing(response.aiter_bytes()) as pieces:
                with contextlib.nullcontext() if is_read else pytest.raises(AnswerTooLong):
                    for _ in range(10):
                        await anext(pieces)


async def test_while_a_flood_comes_in_others_have_their_turns(rig: Rig, scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        turn = await rig.start(rig.ask(provider=provider, model="endless-0ms"))
        sizes = []
        async for shown in rig.runner.follow(turn.id):
            sizes.append(len(shown.reply))
            if len(sizes) == 5:
                rig.runner.stop(turn.id)
        assert sizes[-1] < chat.calls.running_turn.LARGEST_REPLY_CHARACTERS
        assert (await answer(provider, "stream-3x0ms"))[-1] is not None
