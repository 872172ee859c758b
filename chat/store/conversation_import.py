"""Reads and adds whole conversations, with what the list knows of them: what goes out and comes in again."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid5

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import DataError, IntegrityError

from chat.conversation import Conversation, Turn, is_temporary
from chat.store.conversation_list import MOST_PINNED
from chat.store.conversations import conversation_of, owned_conversation
from chat.store.database import Database, StoreError
from chat.store.schema import CONVERSATIONS, NO_CALL, TURNS, owned_by, row_of, text_of_context
from chat.store.search import index_title

_NEW_IDS = UUID("6d0c8b0e-2f6b-5a53-9f0e-1b7f6f6f2a11")  # the namespace of ids made out of others
_MOST_IDS = 500  # in one query

Outcome: TypeAlias = Literal["new", "grown", "already"]
"""What became of a conversation: it came in, it got turns that it lacked, or it was there as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeConversation:
    """A conversation with when it was last used (UTC)."""

    conversation: Conversation
    updated_at: datetime


class WholeConversations:
    """The conversations of a store, one at a time and whole. All methods raise StoreError.

    Those that were deleted and can still be brought back are not among them. `index_soon` is called after
    something was added, which is to be found by search.
    """

    def __init__(self, database: Database, index_soon: Callable[[], object] = lambda: None) -> None:
        self._database = database
        self._index_soon = index_soon

    def ids(self, user: str) -> tuple[str, ...]:
        """Return the ids of a person's conversations, oldest first."""
        query = (
            select(CONVERSATIONS.c.id)
            .where(owned_by(user))
            .order_by(CONVERSATIONS.c.updated_at, CONVERSATIONS.c.id)
        )
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def all(self, user: str) -> Iterator[WholeConversation]:
        """Yield a person's conversations, oldest first; one that is deleted meanwhile is left out."""
        for conversation_id in self.ids(user):
            whole = self.one(user, conversation_id)
            if whole is not None:
                yield whole

    def one(self, user: str, conversation_id: str) -> WholeConversation | None:
        """Return one of a person's conversations; None when there is none of that id."""
        with self._database.reading() as connection:
            row = connection.execute(owned_conversation(user, conversation_id)).mappings().first()
            if row is None:
                return None
            conversation = conversation_of(connection, row)
        updated_at = datetime.fromisoformat(row["updated_at"])
        return WholeConversation(conversation=conversation, updated_at=updated_at)

    def add(self, user: str, batch: Sequence[WholeConversation]) -> list[Outcome | StoreError]:
        """Add conversations to a person's, and return what became of each, in their order.

        What is there stays as it is: a conversation that is there gets the turns that it lacks, and one that
        was deleted comes back. An id that belongs to somebody else or to another conversation, or that only
        something temporary has, is replaced by one made out of it, always the same. A conversation that
        cannot be saved loses no other.
        Raises StoreError when nothing can be saved at all; then nothing of the batch is.
        """
        try:
            return [*self._add_together(user, batch)]
        except StoreError as exc:
            if not _is_about_values(exc):
                raise
            if len(batch) == 1:
                return [exc]
        return [outcome for each in batch for outcome in self.add(user, [each])]

    def _add_together(self, user: str, batch: Sequence[WholeConversation]) -> list[Outcome]:
        with self._database.writing() as connection:
            outcomes = [_Adding(connection, user).add(whole) for whole in batch]
        if any(outcome != "already" for outcome in outcomes):
            self._index_soon()
        return outcomes


class _Adding:
    """Adds conversations to a person's within a transaction."""

    def __init__(self, connection: Connection, user: str) -> None:
        self._connection = connection
        self._user = user

    def add(self, whole: WholeConversation) -> Outcome:
        conversation, there = self._find(whole.conversation)
        its_own, taken = self._known_turns(conversation)
        ids = {turn.id: _turn_id(conversation.id, turn.id, its_own, taken) for turn in conversation.turns}
        conversation = _with_ids(conversation, ids)
        added = [turn for turn in conversation.turns if turn.id not in its_own]
        if there is None:
            self._insert(conversation, whole.updated_at)
        elif added or there["deleted_at"] is not None:
            self._let_grow(there, conversation, whole.updated_at)
        else:
            return "already"
        if added:
            self._connection.execute(TURNS.insert(), [row_of(turn) | NO_CALL for turn in added])
        return "new" if there is None else "grown"

    def _find(self, conversation: Conversation) -> tuple[Conversation, Mapping[Any, Any] | None]:
        """Return a conversation under the id that it has or gets here, and its row if it is there."""
        ids = conversation.id, _made_id(self._user, conversation.id)
        rows = {each: self._row(each) for each in ids if not is_temporary(each)}
        own = [each for each, row in rows.items() if row is not None and row["username"] == self._user]
        free = [each for each, row in rows.items() if row is None]
        conversation_id = [*own, *free][0]
        row = rows[conversation_id]
        turns = tuple(replace(turn, conversation_id=conversation_id) for turn in conversation.turns)
        return replace(conversation, id=conversation_id, user=self._user, turns=turns), row

    def _row(self, conversation_id: str) -> Mapping[Any, Any] | None:
        query = select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id).with_for_update()
        return self._connection.execute(query).mappings().first()

    def _known_turns(self, conversation: Conversation) -> tuple[set[str], set[str]]:
        """Return the ids of the turns that are in the conversation, and those taken by others."""
        here = select(TURNS.c.id).where(TURNS.c.conversation_id == conversation.id)
        its_own = set(self._connection.execute(here).scalars())
        taken: set[str] = set()
        wanted = [turn.id for turn in conversation.turns if turn.id not in its_own]
        for at in range(0, len(wanted), _MOST_IDS):
            there = select(TURNS.c.id).where(TURNS.c.id.in_(wanted[at : at + _MOST_IDS]))
            taken |= set(self._connection.execute(there).scalars())
        return its_own, taken

    def _insert(self, conversation: Conversation, updated_at: datetime) -> None:
        values = {
            "id": conversation.id,
            "username": conversation.user,
            "title": conversation.title,
            "updated_at": updated_at.isoformat(),
            "current_turn_id": conversation.current_turn_id,
            "context": text_of_context(conversation.context),
            "is_pinned": int(conversation.is_pinned and not conversation.is_archived and self._may_pin()),
            "is_archived": int(conversation.is_archived),
        }
        self._connection.execute(CONVERSATIONS.insert().values(**values))
        index_title(self._connection, conversation.id, conversation.title)

    def _may_pin(self) -> bool:
        pinned = owned_by(self._user) & (CONVERSATIONS.c.is_pinned == 1)
        return self._connection.execute(select(func.count()).where(pinned)).scalar_one() < MOST_PINNED

    def _let_grow(self, there: Mapping[Any, Any], conversation: Conversation, updated_at: datetime) -> None:
        """Bring a conversation back, and go on where it has gone on elsewhere but not here."""
        goes_on = there["current_turn_id"] in {None, *(turn.id for turn in conversation.branch)}
        current = conversation.current_turn_id if goes_on else there["current_turn_id"]
        latest = max(updated_at, datetime.fromisoformat(there["updated_at"]))
        its_row = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation.id)
        self._connection.execute(
            its_row.values(current_turn_id=current, updated_at=latest.isoformat(), deleted_at=None)
        )


def _is_about_values(exc: StoreError) -> bool:
    """Return whether what is to be saved is at fault, not the database."""
    return isinstance(exc.__cause__, (IntegrityError, DataError, UnicodeError))


def _made_id(user: str, other_id: str) -> str:
    """Return the id that something of another id gets among a person's own."""
    return uuid5(_NEW_IDS, f"{user}\n{other_id}").hex


def _turn_id(conversation_id: str, turn_id: str, its_own: Collection[str], taken: Collection[str]) -> str:
    """Return the id that a turn has or gets in a conversation."""
    made = uuid5(_NEW_IDS, f"{conversation_id}\n{turn_id}").hex
    is_free = not (is_temporary(turn_id) or made in its_own or turn_id in taken)
    return turn_id if turn_id in its_own or is_free else made


def _with_ids(conversation: Conversation, ids: Mapping[str, str]) -> Conversation:
    """Return the conversation with other ids for its turns."""

    def renamed(turn: Turn) -> Turn:
        parent_id = None if turn.parent_id is None else ids[turn.parent_id]
        return replace(turn, id=ids[turn.id], parent_id=parent_id)

    current = conversation.current_turn_id
    return replace(
        conversation,
        turns=tuple(map(renamed, conversation.turns)),
        current_turn_id=None if current is None else ids[current],
    )
