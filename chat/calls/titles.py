"""Has a model name a chat after its first reply, where its owner chose a model for that."""

import asyncio
import contextlib
import logging
from dataclasses import replace

from chat.calls.ending import end_of
from chat.calls.late_charges import LateCharges
from chat.calls.preparation import Preparation
from chat.calls.question import Ask
from chat.calls.reading import Reader
from chat.calls.records import Records
from chat.calls.running_turn import RunningTurn
from chat.conversation import Turn, one_line, title_from, title_of
from chat.providers import NotSent, Parameters
from chat.store import StoreError
from usage.ledger import LedgerEntry, LedgerError

MOST_QUOTED = 2_000  # characters of the question and of the reply each
# Many times what a title takes: models that reason first do so within these tokens too.
MOST_TOKENS = 1_000
TITLE_PARAMETERS = Parameters(
    system_prompt=(
        "You name conversations. Reply with a title of at most six words for the conversation below, in the "
        "language that the person writes in. Reply with the title alone: no quotation marks, no full stop."
    ),
    max_output_tokens=MOST_TOKENS,
)
MOST_READ = 1_000  # characters of what the model says: a title is at its beginning
_AROUND = " \"'`*“”„«»‘’「」『』"  # what models put around a title though they were told not to
# They would turn the text after the title around too, or stand there as a title that nobody sees.
_UNSEEN = "\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_WITHOUT_UNSEEN = str.maketrans("", "", _UNSEEN)

logger = logging.getLogger(__name__)


class Titles:
    """The calls for titles under way in this process. Belongs to the runner's event loop.

    Such a call has no turn of its own: until the ledger has its row, it is kept apart without any text.
    """

    def __init__(
        self, records: Records, preparation: Preparation, late_charges: LateCharges, retry_every_s: float
    ) -> None:
        self._records = records
        self._preparation = preparation
        self._late_charges = late_charges
        self._retry_every_s = retry_every_s
        self._reader = Reader(records.store.calls_without_turn)
        self._naming: dict[asyncio.Task[None], tuple[str, str]] = {}  # whose chat each names, and which
        self._readings: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def begin(self, ask: Ask, turn: Turn) -> None:
        """Have the chat of this turn named, if what was asked says by whom and the reply is complete."""
        chat = (ask.user, turn.conversation_id)
        is_answered = turn.status == "completed" and turn.reply.strip()
        if ask.title_ask is None or not is_answered:
            return
        if chat in self._naming.values() or self._closing.is_set():
            return
        naming = asyncio.create_task(self._name(ask.title_ask, turn))
        self._naming[naming] = chat
        naming.add_done_callback(self._naming.pop)

    def under_way(self, user: str) -> set[str]:
        """Return the user's conversations that are being named."""
        return {conversation_id for owner, conversation_id in self._naming.values() if owner == user}

    async def close(self) -> None:
        """End every call; what cannot be recorded now is left for the next start."""
        self._closing.set()
        for reading in self._readings:
            reading.cancel()
        if self._naming:
            await asyncio.wait(tuple(self._naming))

    async def _name(self, ask: Ask, turn: Turn) -> None:
        try:
            before = await asyncio.to_thread(self._first_title, ask.user, turn)
            if before is None:
                return
            filled = replace(ask, question=title_question(turn.question, turn.reply))
            running = await asyncio.to_thread(self._preparation.prepare_title, filled, turn)
        except (NotSent, StoreError) as exc:
            logger.warning("A chat keeps its first title: %s", exc)
            return
        title = await self._title_of(running, ask)
        if not title:
            return
        try:
            await asyncio.to_thread(
                self._records.store.retitle, ask.user, turn.conversation_id, before, title
            )
        except StoreError as exc:
            logger.warning("A title could not be saved: %s", exc)

    def _first_title(self, user: str, turn: Turn) -> str | None:
        """Return the title that the chat has as long as nobody gave it another; None where somebody did."""
        conversation = self._records.store.conversation(user, turn.conversation_id)
        if conversation is None:
            return None
        first = conversation.turns[0]
        is_first_title = conversation.title == title_of(first.question, first.attachments)
        return conversation.title if is_first_title else None

    async def _title_of(self, running: RunningTurn, ask: Ask) -> str:
        """Make the call and record it; return the title that came, "" for none."""
        reading = asyncio.create_task(self._reader.read(running, ask.provider))
        self._readings.add(reading)
        reading.add_done_callback(self._readings.discard)
        if self._closing.is_set():
            reading.cancel()
        await asyncio.wait({reading})
        if running.chores:
            await asyncio.wait(running.chores)
        ended, outcome = end_of(running, reading)
        entry = await asyncio.to_thread(self._records.meter.entry, running.call, outcome)
        if await self._record(running, entry):
            self._late_charges.ask(running, entry, ask.provider)
        if ended.error:
            logger.warning("A chat keeps its first title: %s", ended.error)
        return title_in(ended.reply) if ended.status == "completed" else ""

    async def _record(self, running: RunningTurn, entry: LedgerEntry) -> bool:
        """Write the call's row, if need be again and again until Tally stops; its cost stays set aside."""
        while True:
            try:
                await asyncio.to_thread(self._records.write_without_turn, entry)
            except (LedgerError, StoreError) as exc:
                logger.warning("What a title cost is not recorded yet: %s", exc)
            else:
                release, is_unpriced = self._records.budgets.release, entry.cost_usd is None
                await asyncio.to_thread(release, running.reservation, is_unpriced=is_unpriced)
                return True
            if self._closing.is_set():
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._retry_every_s)


def title_question(question: str, reply: str) -> str:
    """Return what a model is asked: the beginnings of both messages."""
    said = (("Person", question), ("Assistant", reply))
    return "\n\n".join(f"{who}: {text.strip()[:MOST_QUOTED]}" for who, text in said)


def title_in(reply: str) -> str:
    """Return the title in a model's reply: its first line, without what stands around it; "" for none."""
    lines = reply.strip()[:MOST_READ].translate(_WITHOUT_UNSEEN).splitlines()
    titles = (one_line(line).lstrip("# ").strip(_AROUND).removesuffix(".").strip(_AROUND) for line in lines)
    title = next(filter(None, titles), "")
    return title_from(title) if title else ""
