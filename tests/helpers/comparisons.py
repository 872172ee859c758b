"""Comparisons for tests: the same question to several models, told what to reply."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chat.calls import Ask, follow_together
from chat.conversation import Conversation, Turn
from chat.providers import Completed, TextDelta
from tests.helpers.fakes import FakeProvider, Rig
from usage.units import TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10))
OTHER = "nobody-knows-its-price"


def compared(rig: Rig, *models: str, **changes: Any) -> list[Ask]:
    """Ask the same question to these models, each with a provider of its own."""
    ask = rig.ask(purpose="compare", **changes)
    return [replace(ask, model=model, provider=FakeProvider()) for model in models]


def told(asks: Sequence[Ask], *replies: str) -> None:
    """Let each model say its reply to the end."""
    for ask, reply in zip(asks, replies, strict=True):
        assert isinstance(ask.provider, FakeProvider)
        ask.provider.tell(TextDelta(reply), REPORTED)


async def ended(rig: Rig, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Follow turns to their ends."""
    *_, last = [seen async for seen in follow_together(rig.runner.follow, turns)]
    return last


def conversation_of(rig: Rig, turn: Turn) -> Conversation:
    """Return what the store has of Ada's conversation."""
    conversation = rig.store.conversation("ada", turn.conversation_id)
    assert conversation is not None
    return conversation
