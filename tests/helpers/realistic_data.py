"""Makes a data folder as after a year of use: `python -m tests.helpers.realistic_data FOLDER`.

With `--conversations 10000` there are more, short ones of years before; 5 are pinned then and 36 archived.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from pathlib import Path

from chat.conversation import Conversation, Turn, title_from
from chat.providers import Parameters
from chat.store import ConversationStore, LimitsStore
from chat.store.schema import CONVERSATIONS as CONVERSATIONS_TABLE
from chat.store.schema import TURNS as TURNS_TABLE
from chat.store.schema import row_of
from tests.helpers.realistic_texts import FOLLOW_UPS, LONG_TITLE, QUESTIONS, REASONING, REPLIES
from usage.forecast import Tokenizer
from usage.ledger import LOCAL_USER, Call, CallStatus, CsvLedger, Ledger, LedgerEntry, Purpose
from usage.meter import Meter, Outcome
from usage.prices import OwnPrices, PriceBook
from usage.units import Endpoint, TokenUsage

CONVERSATIONS = 300
CALLS = 3000
LONGEST_CHAT_TURNS = 500  # of two messages each
LONGEST_CHAT, LONG_TITLED_CHAT = 270, 290  # by number, the newest chat having the highest
COMPARISON_MODELS = 3
PINNED, ARCHIVED = 5, 36  # where there are more conversations than usual
EDITED_EVERY = 10  # the last question of every tenth chat is an edited version of the one before
USED_SHARE = Decimal("0.93")  # of each budget

_YEAR = timedelta(days=364)
_BETWEEN_TURNS = timedelta(minutes=3)
_BETWEEN_CHATS = timedelta(hours=3)  # of years before
_CHARACTERS = 4  # a token, about
_BUDGET_STEP = Decimal("0.0001")
_RATE_LIMITED = "The endpoint is rate-limiting you. Try again in a minute."


@dataclass(frozen=True, slots=True)
class Model:
    """A model, where it is asked, and how often people choose it."""

    name: str
    endpoint: Endpoint
    weight: int


OPENAI = Endpoint("api.openai.com", "openai")
GROQ = Endpoint("api.groq.com", "groq")
# Nobody knows what the last one costs.
MODELS = (
    Model("gpt-6-luna", OPENAI, 40),
    Model("gpt-6.1-terra", OPENAI, 20),
    Model("gpt-6.1-sol", OPENAI, 12),
    Model("gpt-5.6-luna", OPENAI, 10),
    Model("gpt-5.5", OPENAI, 5),
    Model("gpt-6-astra", OPENAI, 2),
    Model("llama-3.3-70b-versatile", GROQ, 8),
    Model("house-mixture", Endpoint("gateway.example.com"), 3),
)


@dataclass(frozen=True, slots=True)
class Step:
    """Turns that were asked together, as they ended, and their calls."""

    turns: tuple[Turn, ...]
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation with its steps in order, and the entry of the call that gave it its title."""

    title: str
    steps: tuple[Step, ...]
    title_entry: LedgerEntry

    @property
    def entries(self) -> Iterator[LedgerEntry]:
        """The entries of all calls, the one for the title first."""
        yield self.title_entry
        yield from (turn.entry for step in self.steps for turn in step.turns if turn.entry)


def make_realistic_data(folder: Path, now: datetime, conversations: int = CONVERSATIONS) -> None:
    """Fill a folder with conversations, ledger and budgets of the year before `now` (UTC).

    What goes beyond CONVERSATIONS is older still. The same `now` makes the same data. Raises FileExistsError
    where there is a ledger already.
    """
    if (folder / "usage.csv").exists():
        raise FileExistsError(f"{folder} has a ledger already.")
    folder.mkdir(parents=True, exist_ok=True)
    ledger = CsvLedger(folder / "usage.csv")
    chats = realistic_chats(ledger, now)
    older = older_chats(ledger, now, conversations - CONVERSATIONS)
    entries = sorted(
        (entry for chat in [*older, *chats] for entry in chat.entries), key=lambda each: each.call.started_at
    )
    ledger.append_missing(entries)
    store = ConversationStore(f"sqlite:///{folder / 'tally.db'}")
    for chat in chats:
        _store(store, chat)
    _store_at_once(store, older)
    _pin_and_archive(store, older)
    _set_budgets(LimitsStore(store.database), entries, now)
    store.close()


def realistic_chats(ledger: Ledger, now: datetime) -> list[Chat]:
    """Invent the conversations of the year before `now` (UTC); nothing is written yet."""
    meter = Meter(ledger, PriceBook(OwnPrices), Tokenizer())
    return _Writer(meter, now).chats()


def older_chats(ledger: Ledger, now: datetime, number: int) -> list[Chat]:
    """Invent this many conversations of one turn, of the years before those; nothing is written yet."""
    meter = Meter(ledger, PriceBook(OwnPrices), Tokenizer())
    return _Writer(meter, now - _YEAR, seed=11).short_chats(number)


class _Writer:
    """Invents the conversations, one after the other, the oldest first."""

    def __init__(self, meter: Meter, now: datetime, seed: int = 8) -> None:
        self._meter = meter
        self._now = now
        self._random = random.Random(seed)  # noqa: S311 - it has to make the same data each time

    def chats(self) -> list[Chat]:
        """Return all conversations with exactly as many calls as wanted, a title's among them."""
        calls = [1] * CONVERSATIONS
        calls[LONGEST_CHAT] = LONGEST_CHAT_TURNS
        while sum(calls) < CALLS - CONVERSATIONS:
            number = int((1 - self._random.random() ** 2) * CONVERSATIONS)
            calls[number] += number != LONGEST_CHAT
        return [self._chat(number, most) for number, most in enumerate(calls)]

    def short_chats(self, number: int) -> list[Chat]:
        """Return this many conversations of one turn each, every few hours one, the oldest first."""
        return [self._chat_of(self._now - _BETWEEN_CHATS * (number - each), 1) for each in range(number)]

    def _chat(self, number: int, calls: int) -> Chat:
        age = _YEAR * (1 - number / (CONVERSATIONS - 1)) ** 1.2
        began = self._now - max(age, _BETWEEN_TURNS * (calls + 1))
        title = LONG_TITLE if number == LONG_TITLED_CHAT else ""
        return self._chat_of(
            began.replace(microsecond=0),
            calls,
            title,
            is_longest=number == LONGEST_CHAT,
            is_edited=number % EDITED_EVERY == EDITED_EVERY // 2,
        )

    def _chat_of(
        self,
        began: datetime,
        calls: int,
        title: str = "",
        *,
        is_longest: bool = False,
        is_edited: bool = False,
    ) -> Chat:
        question, model = self._random.choice(QUESTIONS), MODELS[0] if is_longest else self._model()
        first = Turn(
            id="",
            conversation_id=self._id(),
            parent_id=None,
            question=question,
            model=model.name,
            parameters=Parameters(),
            created_at=began,
        )
        steps: list[Step] = []
        for purpose in self._purposes(calls, is_plain=is_longest):
            asked = self._next(first, steps, purpose)
            calls_so_far = sum(len(step.calls) for step in steps)
            if purpose == "reply" and steps and calls_so_far == calls - 1 and is_edited:
                asked = replace(asked, parent_id=steps[-1].turns[0].parent_id)
            models = self._random.sample(MODELS, COMPARISON_MODELS) if purpose == "compare" else [model]
            steps.append(self._step(asked, purpose, models, steps))
        return Chat(title or title_from(question), tuple(steps), self._title_entry(steps[0].calls[0]))

    def _purposes(self, calls: int, *, is_plain: bool) -> Iterator[Purpose]:
        """Return what each step is for; together they make this many calls. Plain are replies only."""
        before: Purpose = "compare"  # of which there is no trying again
        while calls:
            chance = 1.0 if is_plain else self._random.random()
            purpose: Purpose = "reply"
            if chance < 0.03 and calls >= COMPARISON_MODELS:
                purpose = "compare"
            elif chance < 0.1 and before != "compare":
                purpose = "retry"
            yield purpose
            calls -= COMPARISON_MODELS if purpose == "compare" else 1
            before = purpose

    def _next(self, first: Turn, steps: Sequence[Step], purpose: Purpose) -> Turn:
        """Return the turn that follows the steps: for a retry a version of the latest one."""
        if not steps:
            return first
        latest, at = steps[-1].turns[0], first.created_at + _BETWEEN_TURNS * len(steps)
        if purpose == "retry":
            return replace(first, parent_id=latest.parent_id, question=latest.question, created_at=at)
        question = self._random.choice(FOLLOW_UPS)
        return replace(first, parent_id=latest.id, question=question, created_at=at)

    def _step(self, asked: Turn, purpose: Purpose, models: Sequence[Model], before: Sequence[Step]) -> Step:
        """Put a question to one or several models."""
        history = sum(len(step.turns[0].question + step.turns[0].reply) for step in before) // _CHARACTERS
        comparison_id = self._id() if purpose == "compare" else ""
        turns, calls = [], []
        for place, model in enumerate(models):
            turn = replace(
                asked,
                id=self._id(),
                model=model.name,
                created_at=asked.created_at + timedelta(milliseconds=place),
                comparison_id=comparison_id,
            )
            calls.append(self._call(turn, purpose, model, history))
            turns.append(self._ended(turn, calls[-1]))
        return Step(tuple(turns), tuple(calls))

    def _call(self, turn: Turn, purpose: Purpose, model: Model, history_tokens: int) -> Call:
        return Call(
            id=self._id(),
            started_at=turn.created_at,
            user=LOCAL_USER,
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            purpose=purpose,
            endpoint=model.endpoint,
            key_owner="user" if model.endpoint == GROQ else "app",
            model=model.name,
            estimated_input_tokens=history_tokens + self._random.randrange(20, 900),
            history_tokens=history_tokens,
        )

    def _ended(self, turn: Turn, call: Call) -> Turn:
        """Return the turn with what became of it, its entry among that."""
        kinds: list[CallStatus] = ["completed", "stopped", "failed", "interrupted"]
        [status] = self._random.choices(kinds, [92, 4, 3, 1])
        reply = (
            "" if status == "failed" else self._random.choice(REPLIES) * self._random.choice([1, 1, 1, 2, 4])
        )
        if status in ("stopped", "interrupted"):
            reply = reply[: self._random.randrange(20, len(reply))]
        entry = self._entry(call, status, reply)
        return replace(
            turn,
            status=status,
            reply=reply,
            reasoning=REASONING if entry.usage.reasoning else "",
            error=_RATE_LIMITED if status == "failed" else None,
            entry=entry,
        )

    def _title_entry(self, first: Call) -> LedgerEntry:
        """Return the entry of the call that named a conversation after its first question."""
        call = replace(
            first, id=self._id(), purpose="title", estimated_input_tokens=None, history_tokens=None
        )
        return self._entry(call, "completed", "A title of four words.")

    def _entry(self, call: Call, status: CallStatus, reply: str) -> LedgerEntry:
        duration_ms = self._random.randrange(900, 26_000)
        outcome = Outcome(
            status=status,
            usage=self._usage(call, reply) if status == "completed" else None,
            reply=reply,
            refused=status == "failed",
            resolved_model=call.model if status == "completed" else None,
            first_token_ms=self._random.randrange(180, 900) if reply else None,
            duration_ms=duration_ms,
        )
        return self._meter.entry(call, outcome)

    def _usage(self, call: Call, reply: str) -> TokenUsage:
        """Return what the endpoint reports: about what was expected, earlier messages out of its cache."""
        history = call.history_tokens or 0
        expected = call.estimated_input_tokens or self._random.randrange(50, 400)
        visible = len(reply) // _CHARACTERS + 1
        hidden = visible * self._random.choice([0, 0, 0, 1, 4])
        return TokenUsage(
            input=max(history, int(expected * self._random.uniform(0.94, 1.05))),
            cached_input=history // 128 * 128 if history >= 1024 else 0,
            output=visible + hidden,
            reasoning=hidden,
        )

    def _model(self) -> Model:
        return self._random.choices(MODELS, [model.weight for model in MODELS])[0]

    def _id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"


def _store(store: ConversationStore, chat: Chat) -> None:
    """Store a conversation as the app does: each step when it begins, and each turn when it ends."""
    conversation_id = chat.steps[0].turns[0].conversation_id
    conversation = Conversation(id=conversation_id, user=LOCAL_USER, title=chat.title)
    for step in chat.steps:
        begun = [
            replace(turn, status="running", reply="", reasoning="", error=None, entry=None)
            for turn in step.turns
        ]
        store.add_turns(conversation.followed_by(begun), step.calls, "an earlier run")
        for turn in step.turns:
            store.finish_turn(turn)
        conversation = conversation.followed_by(step.turns)


def _store_at_once(store: ConversationStore, chats: Sequence[Chat]) -> None:
    """Store conversations as they ended, all in one transaction: what takes the app long is quick here."""
    if not chats:
        return
    turns = [turn for chat in chats for step in chat.steps for turn in step.turns]
    ended = {"pending_call": None, "instance": "an earlier run", "is_out": 1}
    with store.database.writing() as connection:
        rows = [_row_of_chat(chat) for chat in chats]
        connection.execute(CONVERSATIONS_TABLE.insert(), rows)
        connection.execute(TURNS_TABLE.insert(), [row_of(turn) | ended for turn in turns])


def _row_of_chat(chat: Chat) -> dict[str, str]:
    last = chat.steps[-1].turns[0]
    return {
        "id": last.conversation_id,
        "username": LOCAL_USER,
        "title": chat.title,
        "updated_at": last.created_at.isoformat(),
        "current_turn_id": last.id,
    }


def _pin_and_archive(store: ConversationStore, chats: Sequence[Chat]) -> None:
    """Pin some of these and archive others, spread over all of them."""
    ids = [chat.steps[0].turns[0].conversation_id for chat in chats]
    step = max(len(ids) // (PINNED + ARCHIVED), 1)
    chosen = ids[::step][: PINNED + ARCHIVED]
    for conversation_id in chosen[:PINNED]:
        store.pin(LOCAL_USER, conversation_id, pinned=True)
    for conversation_id in chosen[PINNED:]:
        store.archive(LOCAL_USER, conversation_id, archived=True)


def _set_budgets(limits: LimitsStore, entries: Sequence[LedgerEntry], now: datetime) -> None:
    """Set budgets that are nearly used: for this day and month (UTC), and for the newest chat."""
    today = [entry for entry in entries if entry.call.started_at.date() == now.date()]
    month = [
        entry for entry in entries if entry.call.started_at.date().replace(day=1) == now.date().replace(day=1)
    ]
    newest = entries[-1].call.conversation_id
    limits.set_own(LOCAL_USER, "day", _nearly_used(today))
    limits.set_own(LOCAL_USER, "month", _nearly_used(month))
    here = [entry for entry in entries if entry.call.conversation_id == newest]
    limits.set_conversation(LOCAL_USER, newest, _nearly_used(here))


def _nearly_used(entries: Sequence[LedgerEntry]) -> Decimal:
    """Return a budget that these calls nearly use up; at least a dollar, as the day may be young."""
    spent = sum((entry.cost_usd or Decimal(0) for entry in entries), Decimal(0))
    return max(Decimal(1), (spent / USED_SHARE).quantize(_BUDGET_STEP, ROUND_UP))


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.helpers.realistic_data")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    asked = parser.parse_args()
    make_realistic_data(asked.folder, datetime.now(UTC).replace(microsecond=0), asked.conversations)


if __name__ == "__main__":
    _main()
