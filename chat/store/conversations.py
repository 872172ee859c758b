"""Keeps conversations, with replies under way and the calls whose ledger row is still to be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, select, true, update

from chat.conversation import Conversation, ConversationSummary, Turn
from chat.store.budget_store import insert_conversation_limit
from chat.store.database import Database, StoreError
from chat.store.finished_turns import SettledTurns
from chat.store.schema import CONVERSATIONS, TURNS, call_of, row_of, text_of_call, turn_of
from texts import _
from usage.ledger import Call

__all__ = ["ConversationStore", "PendingCall", "StoreError"]

_summary_adapter = TypeAdapter(ConversationSummary)


@dataclass(frozen=True, slots=True)
class PendingCall:
    """A call that may not be in the ledger yet, and the instance of the app that made it.

    `is_out` says that it was sent, or was about to be, and may be billed.
    """

    call: Call
    instance: str
    is_out: bool = False


class ConversationStore:
    """Conversations in a SQL database. Every read names the user whose conversations it may see.

    All methods raise StoreError when the database cannot be read or written. Safe from any thread.
    `has_locks` says whether files can be locked where a SQLite database is kept.
    """

    def __init__(self, url: str, *, has_locks: bool = True) -> None:
        self.database = Database(url, has_locks=has_locks)
        self._settled = SettledTurns()

    def summaries(self, user: str, limit: int = 500) -> tuple[ConversationSummary, ...]:
        """The user's conversations, latest first."""
        query = (
            select(CONVERSATIONS.c.id, CONVERSATIONS.c.title, CONVERSATIONS.c.updated_at)
            .where(CONVERSATIONS.c.username == user)
            .order_by(CONVERSATIONS.c.updated_at.desc())
            .limit(limit)
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_summary_adapter.validate_python(dict(row)) for row in rows)

    def conversation(self, user: str, conversation_id: str) -> Conversation | None:
        """One of the user's conversations with all its turns; None when there is none of that id."""
        with self.database.reading() as connection:
            row = connection.execute(_owned(user, conversation_id)).mappings().first()
            if row is None:
                return None
            return Conversation(
                id=row["id"],
                user=row["username"],
                title=row["title"],
                current_turn_id=row["current_turn_id"],
                turns=self._turns_of(connection, conversation_id),
            )

    def add_turn(self, user: str, title: str, turn: Turn, call: Call, instance: str) -> None:
        """Save a turn that begins, its conversation too when it is new, and make it the current one.

        Raises StoreError too when another reply is being written there, or when the conversation is gone.
        """
        self.add_turns(user, title, ((turn, call),), instance)

    def add_turns(
        self,
        user: str,
        title: str,
        begun: Sequence[tuple[Turn, Call]],
        instance: str,
        budget_usd: Decimal | None = None,
    ) -> None:
        """Save the turns of one comparison as they begin, all or none; the first becomes the current one.

        Their calls are not out yet. `budget_usd` is the limit of a conversation that is new.
        """
        first = begun[0][0]
        with self.database.writing() as connection:
            self._make_room(connection, user, title, first)
            if budget_usd is not None:
                insert_conversation_limit(connection, user, first.conversation_id, budget_usd)
            for turn, call in begun:
                values = row_of(turn) | {
                    "pending_call": text_of_call(call),
                    "instance": instance,
                    "is_out": 0,
                }
                connection.execute(TURNS.insert().values(**values))
            connection.execute(
                update(CONVERSATIONS)
                .where(CONVERSATIONS.c.id == first.conversation_id)
                .values(current_turn_id=first.id, updated_at=_text(first.created_at))
            )

    def choose(self, user: str, turn_id: str) -> None:
        """Go on with this turn of a comparison that the user's conversation ends with.

        Raises StoreError too when there is no such turn, or when the conversation has gone on already.
        """
        with self.database.writing() as connection:
            if connection.execute(_choosing(user, turn_id)).rowcount != 1:
                raise StoreError(_("The conversation has gone on, or is gone. Reload the page."))

    def begin_call(self, call: Call) -> None:
        """Save that this call is out: the running reply comes from it, and the ledger may lack it.

        Raises StoreError also when the turn is no longer running: then the call must not be made.
        """
        out = update(TURNS).where(_still_running(call.turn_id))
        with self.database.writing() as connection:
            if connection.execute(out.values(pending_call=text_of_call(call), is_out=1)).rowcount != 1:
                raise StoreError(_("This reply has been ended by another copy of Tally."))

    def call_was_refused(self, call: Call) -> None:
        """Save that the call is no longer out and was not billed; it may be made again."""
        with self.database.writing() as connection:
            connection.execute(update(TURNS).where(_still_running(call.turn_id)).values(is_out=0))

    def save_progress(self, turn: Turn) -> None:
        """Save what a reply holds so far, unless it has ended meanwhile."""
        so_far = update(TURNS).where(_still_running(turn.id))
        with self.database.writing() as connection:
            connection.execute(so_far.values(reply=turn.reply, reasoning=turn.reasoning))

    def finish_turn(self, turn: Turn, *, is_recorded: bool = True) -> None:
        """Save a turn that ended. Until its entry is recorded in the ledger, its call stays pending."""
        settled = {"pending_call": None} if is_recorded else {}
        with self.database.writing() as connection:
            connection.execute(update(TURNS).where(TURNS.c.id == turn.id).values(**row_of(turn), **settled))

    def call_is_recorded(self, turn_id: str) -> None:
        """Save that the ledger has the row of a turn that ended."""
        with self.database.writing() as connection:
            connection.execute(update(TURNS).where(TURNS.c.id == turn_id).values(pending_call=None))

    def turn(self, turn_id: str) -> Turn | None:
        """One turn, whoever's: only for those who know that it is theirs to see."""
        with self.database.reading() as connection:
            row = connection.execute(select(TURNS).where(TURNS.c.id == turn_id)).mappings().first()
        return None if row is None else turn_of(dict(row))

    def own_turn(self, user: str, turn_id: str) -> Turn | None:
        """Return one of the user's turns; None when there is no such turn or it is somebody else's."""
        its_own = CONVERSATIONS.c.id == TURNS.c.conversation_id
        query = select(TURNS).where(TURNS.c.id == turn_id, its_own, CONVERSATIONS.c.username == user)
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else turn_of(dict(row))

    def pending_calls(self) -> tuple[PendingCall, ...]:
        """The calls of all users that are not known to be in the ledger, oldest first."""
        query = (
            select(TURNS.c.pending_call, TURNS.c.instance, TURNS.c.is_out)
            .where(TURNS.c.pending_call.is_not(None))
            .order_by(TURNS.c.created_at, TURNS.c.id)
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(PendingCall(call_of(call), instance, bool(is_out)) for call, instance, is_out in rows)

    def delete(self, user: str, conversation_id: str) -> None:
        """Remove one of the user's conversations. The ledger keeps what it cost.

        Raises StoreError too while a call of it is not in the ledger: nothing else knows of that call.
        """
        with self.database.writing() as connection:
            if connection.execute(_owned(user, conversation_id).with_for_update()).first() is None:
                return
            if connection.execute(_pending(conversation_id)).first() is not None:
                raise StoreError(_("A reply is still being written there, or its cost is not recorded yet."))
            connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id))

    def titles(self, user: str | None) -> Mapping[str, str]:
        """Conversation ids and titles, of one user or (None) of all."""
        query = select(CONVERSATIONS.c.id, CONVERSATIONS.c.title)
        if user is not None:
            query = query.where(CONVERSATIONS.c.username == user)
        with self.database.reading() as connection:
            return {row.id: row.title for row in connection.execute(query)}

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()

    def _make_room(self, connection: Connection, user: str, title: str, turn: Turn) -> None:
        """Make the turn's conversation if it is new; if not, make sure that it can take the turn."""
        conversation_id = turn.conversation_id
        running = _pending(conversation_id).where(TURNS.c.status == "running")
        if connection.execute(_owned(user, conversation_id).with_for_update()).first() is None:
            if turn.parent_id is not None:
                raise StoreError(_("This conversation no longer exists."))
            values = {"id": conversation_id, "username": user, "title": title}
            connection.execute(CONVERSATIONS.insert().values(**values, updated_at=_text(turn.created_at)))
        elif connection.execute(running).first() is not None:
            raise StoreError(
                _("A reply is still being written here. Wait for it, or stop it, then send again.")
            )

    def _turns_of(self, connection: Connection, conversation_id: str) -> tuple[Turn, ...]:
        """All turns in the order they were asked; those that are settled are read only once."""
        here = TURNS.c.conversation_id == conversation_id
        ids = connection.execute(select(TURNS.c.id).where(here).order_by(TURNS.c.created_at)).scalars().all()
        turns = self._settled.among(ids)
        missing = [turn_id for turn_id in ids if turn_id not in turns]
        if missing:
            rows = select(TURNS).where(here, TURNS.c.id.in_(missing) if turns else true())
            for row in connection.execute(rows).mappings():
                turns[row["id"]] = turn_of(dict(row))
                if row["pending_call"] is None:
                    self._settled.keep(turns[row["id"]])
        return tuple(turns[turn_id] for turn_id in ids)


def _owned(user: str, conversation_id: str) -> Any:
    """Return the query for the conversation with this id, if it is the user's."""
    return select(CONVERSATIONS).where(
        CONVERSATIONS.c.id == conversation_id, CONVERSATIONS.c.username == user
    )


def _pending(conversation_id: str) -> Any:
    """Return the query for the turns of a conversation whose call is not known to be in the ledger."""
    has_call = TURNS.c.pending_call.is_not(None)
    return select(TURNS.c.id).where(has_call, TURNS.c.conversation_id == conversation_id)


def _choosing(user: str, turn_id: str) -> Any:
    """Return the statement that makes a turn current where one of the same comparison is current now."""
    chosen, current = TURNS.alias(), TURNS.alias()
    compared = (
        select(chosen.c.id)
        .join(current, current.c.comparison_id == chosen.c.comparison_id)
        .where(chosen.c.id == turn_id, chosen.c.comparison_id != "")
        .where(chosen.c.conversation_id == CONVERSATIONS.c.id)
        .where(current.c.id == CONVERSATIONS.c.current_turn_id)
    )
    return (
        update(CONVERSATIONS)
        .where(CONVERSATIONS.c.username == user, compared.exists())
        .values(current_turn_id=turn_id)
    )


def _still_running(turn_id: str) -> ColumnElement[bool]:
    return (TURNS.c.id == turn_id) & (TURNS.c.status == "running")


def _text(moment: datetime) -> str:
    return moment.isoformat()
