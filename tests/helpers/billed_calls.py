"""Calls from the bytes of their answers to their entries: what an endpoint sends, and what is made of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx2

from chat.calls.ending import end_of
from chat.calls.running_turn import RunningTurn
from chat.providers import CompletionRequest
from tests.helpers.fakes import CALL, TURN, FakeLedger, FourBytes
from tests.helpers.provider_calls import URL, chunk, provider_at, stream, text, transport
from usage.budgets import Reservation
from usage.forecast import Prompt, Tokenizer
from usage.ledger import LedgerEntry
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook

THREE_WORDS = [text("one "), text("two "), text("three")]
FINISH = chunk(index=0, delta={}, finish_reason="stop")


class Endless(httpx2.AsyncByteStream):
    """Lines that come, and then an error or nothing more until the call is stopped."""

    def __init__(self, chunks: Sequence[Any], error: Exception | None) -> None:
        self.chunks, self.error = chunks, error
        self.all_said = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for each in self.chunks:
            yield f"data: {json.dumps(each)}\n\n".encode()
        if self.error:
            raise self.error
        self.all_said.set()
        await asyncio.Event().wait()


async def entry_of(
    billed_by: str,
    model: str,
    answer: httpx2.Response,
    prices: OwnPrices | None = None,
    stop_after: asyncio.Event | None = None,
) -> LedgerEntry:
    """Make a call that is answered so, stopped once `stop_after` is set, and return its entry."""
    async with provider_at(URL, transport=transport(answer), billed_by=billed_by) as provider:
        call = replace(CALL, endpoint=provider.endpoint, model=model, estimated_input_tokens=40)
        request = CompletionRequest(model, Prompt.of_texts(("user", "Why?")))
        running = RunningTurn(TURN, request, Reservation(call, Decimal(0)))

        async def read() -> None:
            async for event in provider.stream(request):
                running.take(event)

        reading = asyncio.create_task(read())
        if stop_after is not None:
            await stop_after.wait()
            running.interruption = "stopped"
            reading.cancel()
        await asyncio.wait({reading})
    _, outcome = end_of(running, reading)
    meter = Meter(FakeLedger(), PriceBook(lambda: prices or OwnPrices()), Tokenizer(FourBytes))
    return meter.entry(call, outcome)


def with_usage(usage: Any, *after: Any, model: str = "m") -> httpx2.Response:
    """Three words, the end, a chunk with this usage, and whatever comes after it."""
    chunks = [*THREE_WORDS, FINISH, {"choices": [], "usage": usage}, *after]
    return stream(*({**each, "model": model} for each in chunks))


def counts(prompt: int = 1000, completion: int = 500, **more: Any) -> dict[str, Any]:
    """Return the usage that nearly everybody sends, with `more` in it."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        **more,
    }
