"""Chats of a rig without a browser: what the page's handlers work with, and comparisons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any

from chat.calls import Ask
from chat.connections import Connection, ConnectionFile, Endpoints, FurtherConnections, KeyStorage
from chat.conversation import Conversation, Turn
from chat.providers import Completed, CompletionProvider, DemoProvider, TextDelta
from chat.store import LimitsStore, OwnKeys, PreferencesStore, SavedPromptsStore, WaitingMessages
from chat.ui import ChatServices
from tests.helpers.fakes import MODEL, NOW, FakeLedger, FakeProvider, Rig
from usage.reports import Spend, Totals
from usage.units import TokenUsage

ConnectFurther = Callable[[Connection, str | None], CompletionProvider]


def services_of(
    rig: Rig,
    user: str = "ada",
    folder: Path = Path("/nowhere"),
    connect_further: ConnectFurther | None = None,
) -> ChatServices:
    """Make services for somebody who asks at NOW, to whom the rig's provider answers; Ada is the owner.

    The folder may name further connections.
    """

    def connect(_key: str | None) -> CompletionProvider:
        return rig.provider

    further = further_in(folder, connect_further or (lambda _connection, _key: rig.provider))
    return ChatServices(
        user_of=lambda _request: user,
        store=rig.store,
        runner=rig.runner,
        endpoints=Endpoints(
            connect,
            "sk-of-the-app",
            address="https://api.example.com/v1",
            needs_key=False,
            further=further,
            demo=DemoProvider(rig.records.meter.tokenizer),
        ),
        shares_name=lambda _who: False,
        connecting_refused=lambda who: "" if who == "ada" else "Only the owner.",
        may_price=lambda who: who == "ada",
        meter=rig.records.meter,
        spend=lambda who, where, _turn_ids: _spend(rig.ledger, who, where),
        conversation_costs=lambda who, ids: {
            each: _spend(rig.ledger, who, each).conversation for each in ids
        },
        title_costs=lambda _who: Totals(),
        clock=lambda: NOW,
        new_id=rig.preparation.new_id,
        zone=UTC,
        model=MODEL,
        budgets=rig.records.budgets,
        set_limits=LimitsStore(rig.store.database),
        preferences=PreferencesStore(rig.store.database),
        saved_prompts=SavedPromptsStore(rig.store.database),
        own_keys=OwnKeys(),
        waiting=WaitingMessages(rig.store.database),
        files=rig.files,
        given_currency=None,
        purge_soon=lambda: None,
        refusal=rig.preparation.refusal,
        usual_reply=lambda _model: None,
    )


def further_in(
    folder: Path,
    connect: ConnectFurther,
    variables: Mapping[str, str] | None = None,
) -> FurtherConnections:
    """Make the connections that a folder's file names; these variables hold keys."""
    file = ConnectionFile(folder / "connections.toml")
    return FurtherConnections(file, KeyStorage((variables or {}).get), connect)


def _spend(ledger: FakeLedger, user: str, conversation_id: str | None) -> Spend:
    everywhere = Totals(cost_usd=ledger.spent("day", NOW, user, None))
    here = ledger.spent("ever", NOW, user, conversation_id) if conversation_id else Decimal(0)
    return Spend(today=everywhere, month=everywhere, conversation=Totals(cost_usd=here))


REPORTED = Completed(TokenUsage(input=100, output=10))
OTHER = "nobody-knows-its-price"


def compared(rig: Rig, *models: str, **changes: Any) -> list[Ask]:
    """Ask the same question to these models, each with a provider of its own."""
    ask = rig.ask(purpose="compare", **changes)
    return [replace(ask, model=model, provider=FakeProvider()) for model in models]


async def started(rig: Rig, asks: Sequence[Ask]) -> tuple[Turn, ...]:
    """Ask several models, and return their turns as they begin, in the order they were asked."""
    return (await rig.runner.start(asks)).conversation.compared


def told(asks: Sequence[Ask], *replies: str) -> None:
    for ask, reply in zip(asks, replies, strict=True):
        assert isinstance(ask.provider, FakeProvider)
        ask.provider.tell(TextDelta(reply), REPORTED)


async def ended(rig: Rig, turns: Sequence[Turn]) -> tuple[Turn, ...]:
    *_, last = [seen async for seen in rig.runner.follow_all(turns)]
    return last


def conversation_of(rig: Rig, turn: Turn) -> Conversation:
    """Return what the store has of Ada's conversation."""
    conversation = rig.store.conversation("ada", turn.conversation_id)
    assert conversation is not None
    return conversation
