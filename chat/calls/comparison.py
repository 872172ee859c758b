"""One question to several models: which ones are asked, and their replies followed together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from chat.calls.pacing import pause_s
from chat.conversation import Turn
from chat.providers import NotSent
from texts import _

MOST_MODELS = 4

Follow = Callable[[str], AsyncIterator[Turn]]


def models_asked(model: str, others: Iterable[str]) -> tuple[str, ...]:
    """The model and those to compare it with, each once; raises NotSent when they are too many."""
    named = [name.strip() for name in (model, *others)]
    models = tuple(dict.fromkeys(name for name in named if name))
    if len(models) > MOST_MODELS:
        raise NotSent(
            _("{models} models are chosen, and at most {most} can be compared.").format(
                models=len(models), most=MOST_MODELS
            )
        )
    return models


async def follow_together(follow: Follow, turns: Sequence[Turn]) -> AsyncIterator[tuple[Turn, ...]]:
    """The turns as they grow, at most 15 times a second, and at last as all of them ended.

    `follow` gives one of them as it grows.
    """
    latest = {turn.id: turn for turn in turns}
    changed = asyncio.Event()

    async def watch(turn_id: str) -> None:
        try:
            async for turn in follow(turn_id):
                latest[turn_id] = turn
                changed.set()
        finally:
            changed.set()

    watching = [asyncio.create_task(watch(turn.id)) for turn in turns]
    try:
        is_over = False
        while not is_over:
            await changed.wait()
            changed.clear()
            is_over = all(task.done() for task in watching)
            yield tuple(latest.values())
            if not is_over:
                shown = sum(len(turn.reply) + len(turn.reasoning) for turn in latest.values())
                await asyncio.wait(watching, timeout=pause_s(shown))
        await asyncio.gather(*watching)
    finally:
        for task in watching:
            task.cancel()
