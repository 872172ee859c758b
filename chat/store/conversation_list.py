"""Keeps the list of conversations: its order, pages and titles, and what is pinned, archived and deleted."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, tuple_, update

from chat.conversation import ConversationSummary, given_title, is_temporary
from chat.store.database import Database, StoreError
from chat.store.schema import CONVERSATIONS, TURNS, owned_by
from chat.store.search import SearchUpkeep, forget_conversation, index_title
from chat.store.temporary_chats import forget_old
from texts import _

MOST_PINNED = 100
MOST_RESTORABLE = 20  # offered to be brought back at once
RESTORABLE_FOR = timedelta(seconds=10)
PURGED_AFTER = RESTORABLE_FOR + timedelta(seconds=2)  # the last Undo takes a moment to arrive
RETRY_EVERY_S = 5.0
LEAST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 600.0  # in which a temporary conversation may become too old

logger = logging.getLogger(__name__)

_SUMMARY = tuple(CONVERSATIONS.c[name] for name in ("id", "title", "updated_at", "is_pinned", "is_archived"))
_LATEST_FIRST = (CONVERSATIONS.c.updated_at.desc(), CONVERSATIONS.c.id.desc())


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: right after the conversation with this id, which was last used then (UTC)."""

    updated_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ListStart:
    """The list from its start: what is pinned, the latest of the rest, and how many are archived.

    `has_more` says whether others follow the latest.
    """

    pinned: tuple[ConversationSummary, ...]
    latest: tuple[ConversationSummary, ...]
    has_more: bool
    archived: int


class ConversationList:
    """A person's conversations as a list. Deleted ones are not in it, but can be brought back for a while.

    All methods raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.search_upkeep = SearchUpkeep(database)

    def list_start(self, user: str, limit: int) -> ListStart:
        """Return the start of a person's list, with no more than this many of the latest."""
        archived = select(func.count()).where(_is_listed(user, is_archived=True))
        with self.database.reading() as connection:
            latest = _summaries(connection, _listed(user).limit(limit + 1))
            return ListStart(
                pinned=_summaries(connection, _listed(user, is_pinned=True).limit(MOST_PINNED)),
                latest=latest[:limit],
                has_more=len(latest) > limit,
                archived=connection.execute(archived).scalar_one(),
            )

    def summaries(
        self, user: str, after: Cursor | None = None, limit: int = 500, *, archived: bool = False
    ) -> tuple[ConversationSummary, ...]:
        """Return the user's conversations that follow the cursor, latest first: archived ones, or the others.

        Pinned ones are not among them.
        """
        page = _listed(user, is_archived=archived).limit(limit)
        if after is not None:
            place = tuple_(CONVERSATIONS.c.updated_at, CONVERSATIONS.c.id)
            page = page.where(place < tuple_(after.updated_at.isoformat(), after.id))
        with self.database.reading() as connection:
            return _summaries(connection, page)

    def titles(self, user: str | None) -> Mapping[str, str]:
        """Return conversations' titles by their ids, of one user or (None) of all."""
        whose = CONVERSATIONS.c.deleted_at.is_(None) if user is None else owned_by(user)
        with self.database.reading() as connection:
            rows = connection.execute(select(CONVERSATIONS.c.id, CONVERSATIONS.c.title).where(whose))
            return {row.id: row.title for row in rows}

    def rename(self, user: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title. Raises StoreError too for a blank one."""
        given = given_title(title)
        if not given:
            raise StoreError(_("A title cannot be empty."))
        with self.database.writing() as connection:
            _change_one(connection, user, conversation_id, {"title": given})
            index_title(connection, conversation_id, given)

    def retitle(self, user: str, conversation_id: str, before: str, title: str) -> None:
        """Give a conversation another title, unless its title is no longer the one `before`."""
        given = given_title(title)
        unchanged = (CONVERSATIONS.c.id == conversation_id) & (CONVERSATIONS.c.title == before)
        with self.database.writing() as connection:
            own = update(CONVERSATIONS).where(unchanged, owned_by(user))
            if given and connection.execute(own.values(title=given)).rowcount == 1:
                index_title(connection, conversation_id, given)

    def pin(self, user: str, conversation_id: str, *, pinned: bool) -> None:
        """Pin a conversation, which takes it out of the archive, or unpin it.

        Raises StoreError too where as many are pinned as can be.
        """
        is_other = CONVERSATIONS.c.id != conversation_id
        others = select(func.count()).where(_is_listed(user, is_pinned=True), is_other)
        with self.database.writing() as connection:
            if pinned and connection.execute(others).scalar_one() >= MOST_PINNED:
                text = _("You already have {number} pinned chats. Unpin one first.")
                raise StoreError(text.format(number=MOST_PINNED))
            values = {"is_pinned": 1, "is_archived": 0} if pinned else {"is_pinned": 0}
            _change_one(connection, user, conversation_id, values)

    def archive(self, user: str, conversation_id: str, *, archived: bool) -> None:
        """Move a conversation into the archive, which unpins it, or back out of it."""
        values = {"is_archived": 1, "is_pinned": 0} if archived else {"is_archived": 0}
        self._change(user, conversation_id, **values)

    def delete(self, user: str, conversation_id: str, deleted_at: datetime) -> None:
        """Hide one of the user's conversations everywhere; `purge_deleted` removes it later.

        Raises StoreError too while one of its calls is not in the ledger: nothing else knows of that call.
        """
        its_own = CONVERSATIONS.c.id == conversation_id, owned_by(user)
        with self.database.writing() as connection:
            if not _may_be_deleted(connection, user, conversation_id):
                return
            gone = update(CONVERSATIONS).where(*its_own).values(deleted_at=deleted_at.isoformat())
            connection.execute(gone)

    def delete_temporary(self, user: str, conversation_id: str) -> None:
        """Remove one of the user's temporary conversations for good.

        Raises StoreError too while one of its calls is not in the ledger.
        """
        if not is_temporary(conversation_id):
            return
        with self.database.of(conversation_id).writing() as connection:
            if _may_be_deleted(connection, user, conversation_id):
                forget_conversation(connection, conversation_id)
                connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id))

    def restore(self, user: str, conversation_id: str) -> None:
        """Bring back a conversation that was deleted. Raises StoreError too where it is gone for good."""
        deleted = (CONVERSATIONS.c.username == user) & CONVERSATIONS.c.deleted_at.is_not(None)
        back = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id, deleted)
        with self.database.writing() as connection:
            if connection.execute(back.values(deleted_at=None)).rowcount != 1:
                raise StoreError(_("It is too late to undo this: the chat has been deleted for good."))

    def restorable(self, user: str, since: datetime) -> Sequence[tuple[ConversationSummary, datetime]]:
        """Return what the user has deleted since then and when, the last first: what can be brought back."""
        deleted_at = CONVERSATIONS.c.deleted_at
        query = (
            select(*_SUMMARY, deleted_at)
            .where(CONVERSATIONS.c.username == user, deleted_at >= since.isoformat())
            .order_by(deleted_at.desc())
            .limit(MOST_RESTORABLE)
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        return [(_summary(row), datetime.fromisoformat(row.deleted_at)) for row in rows]

    def purge_deleted(self, before: datetime) -> datetime | None:
        """Remove for good what anybody deleted before then, with its turns; return when the next was deleted.

        The ledger keeps what it cost. Of the text nothing stays in the files of a SQLite database: raises
        StoreError too as long as something may.
        """
        deleted_at = CONVERSATIONS.c.deleted_at
        with self.database.writing() as connection:
            is_due = deleted_at < before.isoformat()
            due = connection.execute(select(CONVERSATIONS.c.id).where(is_due)).scalars().all()
            for conversation_id in due:
                forget_conversation(connection, conversation_id)
            connection.execute(delete(CONVERSATIONS).where(is_due))
            left = select(func.min(deleted_at)).where(deleted_at.is_not(None))
            earliest = connection.execute(left).scalar()
        if due:
            self.search_upkeep.look_again()
        if not self.database.clear_log():
            raise StoreError(_("Another program is reading the database right now."))
        return datetime.fromisoformat(earliest) if earliest else None

    def forget_old_temporary(self, now: datetime) -> None:
        """Forget temporary conversations that nobody has written in for long."""
        if self.database.temporary:
            with self.database.temporary.writing() as connection:
                forget_old(connection, now)

    def _change(self, user: str, conversation_id: str, **values: Any) -> None:
        with self.database.writing() as connection:
            _change_one(connection, user, conversation_id, values)


class Purge:
    """Deletes for good, in a thread of its own, what was deleted at least `kept` ago.

    What an earlier run left behind is found as well, and what other copies of the app did. Temporary
    conversations that nobody has written in for long go too, and files that nothing refers to any more.
    """

    def __init__(
        self,
        conversations: ConversationList,
        sweep_files: Callable[[], None],
        clock: Callable[[], datetime],
        kept: timedelta = PURGED_AFTER,
    ) -> None:
        self._sweep_files = sweep_files
        self._conversations = conversations
        self._clock = clock
        self._kept = kept
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="purge", daemon=True)

    def start(self) -> None:
        """Begin to look for what is due."""
        self._thread.start()

    def look_again(self) -> None:
        """Reckon with what has just been deleted."""
        self._wake.set()

    def close(self) -> None:
        """Delete nothing any more: the next start goes on."""
        self._is_closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.clear()
            if self._is_closing:
                return
            self._wake.wait(self._purge())

    def _purge(self) -> float:
        """Delete what is due; return how many seconds to wait before looking again."""
        try:
            self._conversations.forget_old_temporary(self._clock())
            deleted_at = self._conversations.purge_deleted(self._clock() - self._kept)
            self._sweep_files()
        except StoreError as exc:
            logger.warning("What was deleted may still be on the disk; trying again. %s", exc)
            return RETRY_EVERY_S
        if deleted_at is None:
            return LONGEST_PAUSE_S
        left_s = (deleted_at + self._kept - self._clock()).total_seconds()
        return min(max(left_s, LEAST_PAUSE_S), LONGEST_PAUSE_S)


def pending(conversation_id: str) -> Any:
    """Return the query for the turns of a conversation whose call is not known to be in the ledger."""
    has_call = TURNS.c.pending_call.is_not(None)
    return select(TURNS.c.id).where(has_call, TURNS.c.conversation_id == conversation_id)


def _is_listed(user: str, *, is_pinned: bool = False, is_archived: bool = False) -> ColumnElement[bool]:
    pinned, archived = CONVERSATIONS.c.is_pinned, CONVERSATIONS.c.is_archived
    return owned_by(user) & (archived == int(is_archived)) & (pinned == int(is_pinned))


def _listed(user: str, *, is_pinned: bool = False, is_archived: bool = False) -> Select[Any]:
    chosen = _is_listed(user, is_pinned=is_pinned, is_archived=is_archived)
    return select(*_SUMMARY).where(chosen).order_by(*_LATEST_FIRST)


def _summaries(connection: Connection, query: Select[Any]) -> tuple[ConversationSummary, ...]:
    return tuple(map(_summary, connection.execute(query)))


def _summary(row: Any) -> ConversationSummary:
    return ConversationSummary(
        id=row.id,
        title=row.title,
        updated_at=datetime.fromisoformat(row.updated_at),
        is_pinned=bool(row.is_pinned),
        is_archived=bool(row.is_archived),
    )


def _may_be_deleted(connection: Connection, user: str, conversation_id: str) -> bool:
    """Return whether the user has this conversation, which nobody changes until the transaction ends.

    Raises StoreError while one of its calls is not in the ledger: nothing else knows of that call.
    """
    its_own = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == conversation_id, owned_by(user))
    if connection.execute(its_own.with_for_update()).first() is None:
        return False
    if connection.execute(pending(conversation_id)).first() is not None:
        raise StoreError(
            _(
                "This chat cannot be deleted yet: a reply is being written, or its cost is not recorded yet. "
                "Try again in a moment."
            )
        )
    return True


def _change_one(connection: Connection, user: str, conversation_id: str, values: Mapping[str, Any]) -> None:
    """Change one of the user's conversations. Raises StoreError where there is none of that id."""
    own = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id, owned_by(user))
    if connection.execute(own.values(**values)).rowcount != 1:
        raise StoreError(_("This chat no longer exists."))
