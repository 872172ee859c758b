"""Stand-ins at the seams: a provider told what to say, a ledger in memory, a fragile store, ready values."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from chat.calls import Ask, Preparation, Records, TurnRunner
from chat.calls.late_charges import LateCharges
from chat.calls.running_turn import RunningTurn
from chat.conversation import Conversation, Turn
from chat.files import render_pages
from chat.providers import (
    ChatError,
    Completed,
    CompletionEvent,
    CompletionRequest,
    ModelInputs,
    Parameters,
    Sending,
)
from chat.store import ConversationStore, KeptFiles, LimitsStore, SharedReservations, StoreError
from tests.helpers.given_prices import own_price
from usage.budgets import Budgets, Limit
from usage.forecast import Tokenizer
from usage.ledger import Call, LedgerEntry, LedgerError
from usage.meter import Meter
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, Period, Price, TokenUsage

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HOST = Endpoint("api.example.com")
MODEL = "priced"
OWN_PRICES = OwnPrices({MODEL: own_price(1, 10, context_window=1000)})

TURN = Turn(
    id="turn-1",
    conversation_id="conversation-1",
    parent_id=None,
    question="Why?",
    model=MODEL,
    parameters=Parameters(),
    created_at=NOW,
)
CALL = Call(
    id="call-1",
    started_at=NOW,
    user="ada",
    conversation_id=TURN.conversation_id,
    turn_id=TURN.id,
    purpose="reply",
    endpoint=HOST,
    key_owner="app",
    model=MODEL,
)
ENTRY = LedgerEntry(
    call=CALL,
    status="completed",
    usage=TokenUsage(input=100, output=10),
    usage_source="reported",
    price=Price(Decimal(1), Decimal(1), Decimal(1), Decimal(10), "prices.toml"),
    cost_usd=Decimal("0.0002"),
    first_token_ms=120,
    duration_ms=900,
    cost_source="own",
)


@dataclass(frozen=True)
class FourBytes:
    """A vocabulary whose tokens are four bytes long, and there at once."""

    name: str

    def encode_ordinary(self, text: str, /) -> Sequence[int]:
        """Return a token for every four bytes, one for what is left."""
        return range(0, len(text.encode("utf-8", "surrogatepass")), 4)


class RecordingVocabulary:
    """Counts a text as one token and keeps what it was asked to count."""

    name = "o200k_base"

    def __init__(self) -> None:
        self.counted: list[str] = []

    def encode_ordinary(self, text: str, /) -> Sequence[int]:
        """Return one token."""
        self.counted.append(text)
        return [0]


class FakeProvider:
    """Answers with what it is told to, when it is told: events, then an end or an error."""

    endpoint = HOST
    names_charges_later = False

    def __init__(self, *events: CompletionEvent | BaseException) -> None:
        self.requests: list[CompletionRequest] = []
        self.offered: tuple[str, ...] = (MODEL,)
        self.inputs: dict[str, ModelInputs] = {}
        self.charges: list[Decimal | ChatError | None] = []
        self.asked_for: list[str] = []
        self.is_closed = False
        self._is_waiting = False
        self._told: asyncio.Queue[CompletionEvent | BaseException] = asyncio.Queue()
        self.tell(*events)

    def tell(self, *events: CompletionEvent | BaseException) -> None:
        """Say this next; Completed ends the reply, an error breaks it off."""
        for event in events:
            self._told.put_nowait(event)

    @property
    def has_said_all(self) -> bool:
        """Whether the events that were told have all been taken, and more is waited for."""
        return self._told.empty() and self._is_waiting

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        self.requests.append(request)
        try:
            yield Sending()
            while True:
                self._is_waiting = True
                event = await self._told.get()
                self._is_waiting = False
                if isinstance(event, BaseException):
                    raise event
                yield event
                if isinstance(event, Completed):
                    return
        finally:
            self.is_closed = True

    async def models(self) -> tuple[str, ...]:
        return self.offered

    def listed(self) -> tuple[str, ...]:
        return self.offered

    def takes(self, model: str) -> ModelInputs:
        return self.inputs.get(model, ModelInputs())

    async def charge_of(self, reply_id: str) -> Decimal | None:
        self.asked_for.append(reply_id)
        charge = self.charges.pop(0)
        if isinstance(charge, ChatError):
            raise charge
        return charge

    async def account_balance(self) -> str:
        return "$1.00 left"


class FakeLedger:
    """Entries in memory; while `trouble` says something, nothing can be written or read."""

    def __init__(self) -> None:
        self.rows: list[LedgerEntry] = []
        self.trouble: str | None = None

    def append(self, entry: LedgerEntry) -> None:
        self.append_missing([entry])

    def append_missing(self, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        missing = [entry for entry in entries if entry.call.id not in self.find([entry.call.id])]
        self.rows += missing
        return missing

    def find(self, call_ids: Collection[str]) -> dict[str, LedgerEntry]:
        return {row.call.id: row for row in self.entries() if row.call.id in call_ids}

    def entries(self) -> Iterator[LedgerEntry]:
        self._check()
        return iter(tuple(self.rows))

    def spent(
        self, _period: Period, _now: datetime, user: str | None, conversation_id: str | None
    ) -> Decimal:
        """Return the sum of all known costs, of one user and one conversation or of all."""
        self._check()
        rows = [
            row
            for row in self.rows
            if user in (None, row.call.user) and conversation_id in (None, row.call.conversation_id)
        ]
        return sum((row.cost_usd for row in rows if row.cost_usd is not None), Decimal(0))

    def was_charged(self, host: str, model: str) -> bool:
        """Return whether a call of this model has been charged for at this host."""
        asked = [row for row in self.rows if (row.call.endpoint.host, row.call.model) == (host, model)]
        return any(row.reported_cost_usd for row in asked)

    def _check(self) -> None:
        if self.trouble:
            raise LedgerError(self.trouble)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody announces."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


def database_in(folder: Path) -> str:
    """Return the address of a SQLite database in a folder."""
    return f"sqlite:///{folder / 'tally.db'}"


def meter_for(ledger: FakeLedger) -> Meter:
    """Return a meter with one price; its tokens are bytes / 4."""
    return Meter(ledger, PriceBook(lambda: OWN_PRICES), Tokenizer(FourBytes))


def begin_turn(
    store: ConversationStore,
    turn: Turn = TURN,
    call: Call = CALL,
    *,
    user: str = "ada",
    title: str = "Why?",
    instance: str = "this",
) -> None:
    """Save a turn that begins, in its conversation or in a new one with this title."""
    conversation = store.conversation(user, turn.conversation_id)
    if conversation is None:
        conversation = Conversation(id=turn.conversation_id, user=user, title=title)
    store.add_turns(conversation.followed_by([turn]), [call], instance)


def delete_for_good(store: ConversationStore, user: str, conversation_id: str) -> None:
    """Delete a conversation, and let the time pass in which it could be brought back."""
    store.delete(user, conversation_id, NOW)
    store.purge_deleted(NOW + timedelta(seconds=1))


class FragileStore(ConversationStore):
    """A real store that cannot be written while `trouble` says something."""

    trouble: str | None = None

    def __getattribute__(self, name: str) -> Any:
        """Return what it has by this name; raises StoreError for a method that would write in trouble."""
        if name in _WRITES and self.trouble:
            raise StoreError(self.trouble)
        return super().__getattribute__(name)


_WRITES = {
    *("add_turns", "begin_call", "call_was_refused"),
    *("save_progress", "finish_turn", "call_is_recorded"),
}


@dataclass
class Rig:
    """Everything that runs turns, in a folder: real parts, but a ledger in memory."""

    store: FragileStore
    ledger: FakeLedger
    records: Records
    preparation: Preparation
    runner: TurnRunner
    files: KeptFiles
    provider: FakeProvider = field(default_factory=FakeProvider)

    def ask(self, question: str = "Why?", **changes: Any) -> Ask:
        """Return a question of Ada's to the model with a price; `changes` replaces fields.

        `conversation_id` names the conversation, which is read as it is now.
        """
        if conversation_id := changes.pop("conversation_id", None):
            user = changes.get("user", "ada")
            changes["conversation"] = self.store.conversation(user, conversation_id)
            assert changes["conversation"] is not None
        ask = Ask(
            user="ada",
            conversation=None,
            parent_id=None,
            question=question,
            model=MODEL,
            parameters=Parameters(),
            provider=self.provider,
            key_owner="app",
        )
        return replace(ask, **changes)

    def prepare(self, ask: Ask) -> RunningTurn:
        """Make one question ready to be sent."""
        [running] = self.preparation.prepare([ask]).running
        return running

    async def start(self, ask: Ask) -> Turn:
        """Ask one question, and return its turn as it begins."""
        return (await self.runner.start([ask])).turn

    async def start_and_send(self) -> Turn:
        """Ask, and wait until the request is out and its answer awaited: nothing may be told before."""
        turn = await self.start(self.ask())
        await until(lambda: self.provider.has_said_all)
        return turn

    def stored(self, turn: Turn | str) -> Turn:
        """Return a turn as the store has it."""
        found = self.store.turn(turn if isinstance(turn, str) else turn.id)
        assert found is not None
        return found

    async def answered(self, *events: CompletionEvent | BaseException, **changes: Any) -> Turn:
        """Ask, let these be the events of the call, and follow the turn to its end."""
        self.provider.tell(*events)
        return await self.end_of(await self.start(self.ask(**changes)))

    async def end_of(self, turn: Turn) -> Turn:
        async for seen in self.runner.follow(turn.id):
            turn = seen
        return turn


def rig_in(
    folder: Path, limits: Sequence[Limit] = (), instance: str = "this", retry_every_s: float = 3600
) -> Rig:
    """Make parts that keep their conversations in a folder; ids count up, the clock stands still."""
    store, ledger = FragileStore(database_in(folder)), FakeLedger()
    meter, set_limits = meter_for(ledger), LimitsStore(store.database).limits
    reservations = SharedReservations(store.database, instance)
    budgets = Budgets(limits, ledger.spent, UTC, set_limits, reservations, lambda _: False)
    numbers = itertools.count(1)
    records = Records(store, meter, budgets)
    preparation = Preparation(
        records, instance, lambda: NOW, lambda: f"id-{next(numbers)}", lambda *_: (), ledger.was_charged
    )
    runner = TurnRunner(
        records,
        preparation,
        save_every_s=0,
        look_every_s=0,
        retry_every_s=retry_every_s,
        late_charges=LateCharges(records, lambda: NOW, pauses_s=(0, 0, 0)),
    )
    files = KeptFiles(store.database, folder / "attachments", render_pages, lambda: NOW)
    return Rig(store, ledger, records, preparation, runner, files)
