"""Keeps conversations, with replies under way and the calls whose ledger row is still to be written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, func, select, update

from chat.conversation import Context, Conversation, Turn, copy_of, is_temporary
from chat.providers import choice_of
from chat.store.budget_store import copy_limits, insert_limit
from chat.store.conversation_list import ConversationList, pending
from chat.store.database import Database, StoreError
from chat.store.schema import (
    CONVERSATIONS,
    NO_CALL,
    TURN_COLUMNS,
    TURNS,
    call_of,
    context_of,
    owned_by,
    row_of,
    text_of_call,
    text_of_context,
    turn_of,
)
from chat.store.search import (
    Found,
    SearchQuery,
    find,
    index_reply,
    index_title,
    index_turns,
    is_behind,
    make_index,
)
from chat.store.temporary_chats import CallsWithoutTurn, PendingCall, make_room
from chat.store.waiting_messages import waiting_of
from texts import _
from usage.ledger import TEMPORARY, Call

__all__ = ["ConversationStore", "PendingCall", "StoreError"]

MOST_COPIED = 2_000  # turns, into a new conversation
LONGEST_SUMMARY = 100_000  # characters, as a person writes it


class ConversationStore(ConversationList):
    """Conversations in a SQL database. Every read names the user whose conversations it may see.

    All methods raise StoreError when the database cannot be read or written. Safe from any thread.
    `has_locks` says whether files can be locked where a SQLite database is kept.
    Temporary conversations are in memory: only their calls are in the database, until the ledger has them.
    """

    def __init__(self, url: str, *, has_locks: bool = True) -> None:
        super().__init__(Database(url, has_locks=has_locks))
        self.calls_without_turn = CallsWithoutTurn(self.database)
        self.database.temporary = Database.in_memory()
        for database in (self.database, self.database.temporary):
            with database.writing() as connection:
                make_index(connection)

    def conversation(self, user: str, conversation_id: str) -> Conversation | None:
        """Return one of the user's conversations with all its turns; None when there is none of that id."""
        with self.database.of(conversation_id).reading() as connection:
            return _conversation(connection, owned_conversation(user, conversation_id))

    def current_turn(self, user: str, conversation_id: str) -> Turn | None:
        """Return the last turn of the current branch of one of the user's conversations, if there is one."""
        current = (
            select(*TURN_COLUMNS)
            .join(CONVERSATIONS, CONVERSATIONS.c.current_turn_id == TURNS.c.id)
            .where(CONVERSATIONS.c.id == conversation_id, owned_by(user))
        )
        with self.database.of(conversation_id).reading() as connection:
            row = connection.execute(current).first()
        return None if row is None else turn_of(row)

    def models_used(self, user: str, limit: int = 5) -> tuple[str, ...]:
        """Return the models that this person asked last, the latest first, as they are named to people."""
        query = (
            select(TURNS.c.connection, TURNS.c.model)
            .join(CONVERSATIONS, CONVERSATIONS.c.id == TURNS.c.conversation_id)
            .where(owned_by(user))
            .group_by(TURNS.c.connection, TURNS.c.model)
            .order_by(func.max(TURNS.c.created_at).desc())
            .limit(limit)
        )
        with self.database.reading() as connection:
            return tuple(choice_of(row.connection, row.model) for row in connection.execute(query))

    def add_turns(
        self,
        conversation: Conversation,
        calls: Sequence[Call],
        instance: str,
        budget_usd: Decimal | None = None,
    ) -> None:
        """Save the last turns of a conversation as they begin, one for each of these calls: all or none.

        A conversation without other turns is new; `budget_usd` is its limit. One that was archived comes back
        to the list. The calls are not out yet.
        Raises StoreError too when another reply is being written there, or when the conversation is gone or
        has gone on.
        """
        before, begun = conversation.turns[: -len(calls)], conversation.turns[-len(calls) :]
        updated_at = begun[0].created_at.isoformat()
        with self._beginning(calls, instance) as connection:
            if before:
                _require_room(connection, conversation, before)
            else:
                values: dict[str, Any] = {
                    "id": conversation.id,
                    "username": conversation.user,
                    "title": conversation.title,
                }
                values["context"] = text_of_context(conversation.context)
                connection.execute(CONVERSATIONS.insert(), values | {"updated_at": updated_at})
                index_title(connection, conversation.id, conversation.title)
            if budget_usd is not None:
                insert_limit(connection, conversation.user, conversation.id, "ever", budget_usd)
            for turn, call in zip(begun, calls, strict=True):
                its_call = {"pending_call": text_of_call(call), "instance": instance, "is_out": 0}
                connection.execute(TURNS.insert(), row_of(turn) | its_call)
            index_turns(connection, conversation.user, begun)
            now = {"updated_at": updated_at, "is_archived": 0}
            _set_current(connection, conversation.id, conversation.current_turn_id, **now)
            if is_temporary(conversation.id):
                make_room(connection, conversation, begun[0].created_at)

    @contextmanager
    def _beginning(self, calls: Sequence[Call], instance: str) -> Iterator[Connection]:
        """Begin the transaction in which these calls are saved with their turns: all or none.

        A temporary turn is in memory, so that its call is saved apart: what is billed outlives this process.
        """
        first = calls[0]
        if not is_temporary(first.turn_id):
            with self.database.writing() as connection:
                yield connection
            return
        self.calls_without_turn.add(calls, instance)
        try:
            with self.database.of(first.turn_id).writing() as connection:
                yield connection
        except StoreError:
            self.calls_without_turn.forget(*calls)
            raise

    def choose(self, user: str, turn_id: str) -> None:
        """Go on with this turn of a comparison that the user's conversation ends with.

        Raises StoreError too when there is no such turn, or when the conversation has gone on already.
        """
        chosen, current = TURNS.alias(), TURNS.alias()
        compared = (
            select(chosen.c.id)
            .join(current, current.c.comparison_id == chosen.c.comparison_id)
            .where(chosen.c.id == turn_id, chosen.c.comparison_id != "")
            .where(chosen.c.conversation_id == CONVERSATIONS.c.id)
            .where(current.c.id == CONVERSATIONS.c.current_turn_id)
        )
        own = update(CONVERSATIONS).where(owned_by(user), compared.exists())
        with self.database.of(turn_id).writing() as connection:
            if connection.execute(own.values(current_turn_id=turn_id)).rowcount != 1:
                raise StoreError(_("This chat has changed or was deleted. Reload the page."))

    def show_turn(self, user: str, conversation_id: str, turn_id: str, *, goes_on: bool = True) -> None:
        """Make a branch with this turn the current one of the user's conversation.

        It is the one that was asked last, or, unless it `goes_on`, the one that ends with this turn. Raises
        StoreError too when there is no such turn.
        """
        with self.database.of(turn_id).writing() as connection:
            owned = owned_conversation(user, conversation_id).with_for_update()
            conversation = _conversation(connection, owned)
            if conversation is None or conversation.turn(turn_id) is None:
                raise StoreError(_("This message no longer exists. Reload the page."))
            end = conversation.end_beneath(turn_id).id if goes_on else turn_id
            _set_current(connection, conversation_id, end)

    def fork(
        self, user: str, turn_id: str, new_id: Callable[[], str], now: datetime, last: int | None = None
    ) -> str:
        """Copy the turns up to this one of the user's into a new conversation, and return its id.

        `last` is how many of them, None for all.
        Their calls stay where they were made: nothing of the copies is pending, and the ledger names the
        originals. Raises StoreError too when there is no such turn, or one of them has not ended yet.
        """
        if is_temporary(turn_id):
            new_kept_id, new_id = new_id, lambda: f"{TEMPORARY}{new_kept_id()}"
        with self.database.of(turn_id).writing() as connection:
            found = select(TURNS.c.conversation_id).where(TURNS.c.id == turn_id)
            found_id = connection.execute(found).scalar() or ""
            owned = owned_conversation(user, found_id).with_for_update()
            conversation = _conversation(connection, owned)
            if conversation is None:
                raise StoreError(_("This message no longer exists. Reload the page."))
            branch = conversation.branch_to(turn_id)[-(last or 0) :]
            if len(branch) > MOST_COPIED:
                text = _(
                    "This chat is too long to copy: the limit is {most} questions. Copy from an earlier "
                    "reply."
                )
                raise StoreError(text.format(most=f"{MOST_COPIED:,}"))
            under_way = {row.id for row in connection.execute(pending(conversation.id))}
            if any(turn.id in under_way or turn.status == "running" for turn in branch):
                raise StoreError(
                    _(
                        "This chat cannot be copied yet: a reply is being written, or its cost is not "
                        "recorded yet. Try again in a moment."
                    )
                )
            copy = copy_of(conversation, branch, new_id)
            values = {
                "id": copy.id,
                "username": user,
                "title": copy.title,
                "updated_at": now.isoformat(),
                "context": text_of_context(copy.context),
            }
            connection.execute(CONVERSATIONS.insert().values(**values, current_turn_id=copy.current_turn_id))
            connection.execute(TURNS.insert(), [row_of(turn) | NO_CALL for turn in copy.turns])
            index_title(connection, copy.id, copy.title)
            copy_limits(connection, conversation.id, copy.id)
            if is_temporary(copy.id):
                make_room(connection, copy, now)
        self.search_upkeep.look_again()  # thousands of turns at once would keep others from writing
        return copy.id

    def set_context(self, user: str, conversation_id: str, context: Context) -> None:
        """Save what of the user's conversation goes along with the next question.

        Raises StoreError too when there is no such conversation.
        """
        self._change_context(
            user, conversation_id, lambda before: replace(context, is_advised=before.is_advised)
        )

    def dismiss_advice(self, user: str, conversation_id: str) -> None:
        """Save that the user needs no more advice to go on elsewhere than in this conversation.

        Raises StoreError too when there is no such conversation.
        """
        self._change_context(user, conversation_id, lambda before: replace(before, is_advised=True))

    def _change_context(self, user: str, conversation_id: str, changed: Callable[[Context], Context]) -> None:
        its_own = (CONVERSATIONS.c.id == conversation_id) & owned_by(user)
        with self.database.of(conversation_id).writing() as connection:
            if not _changed_context(connection, its_own, changed):
                raise StoreError(_("This chat no longer exists."))

    def leave_out(self, user: str, turn_id: str, *, left_out: bool) -> None:
        """Leave one of the user's turns out of what is sent, or take it along again.

        Those that it was compared with are too. Raises StoreError too when there is no such turn.
        """
        with self.database.of(turn_id).writing() as connection:
            turn = _own_turn(connection, user, turn_id)
            if turn is None:
                raise StoreError(_("This message no longer exists. Reload the page."))
            asked_together = TURNS.c.id == turn_id
            if turn.comparison_id:
                asked_together = TURNS.c.comparison_id == turn.comparison_id
            its_own = (TURNS.c.conversation_id == turn.conversation_id) & asked_together
            connection.execute(update(TURNS).where(its_own).values(is_left_out=int(left_out)))

    def leave_out_file(self, user: str, turn_id: str, hash_: str, *, left_out: bool) -> None:
        """Leave a file of one of the user's turns out of what is sent, or take it along again.

        Raises StoreError too when there is no such turn.
        """
        with self.database.of(turn_id).writing() as connection:
            turn = _own_turn(connection, user, turn_id)
            if turn is None:
                raise StoreError(_("This message no longer exists. Reload the page."))
            changed = tuple(
                replace(each, is_left_out=left_out) if each.hash == hash_ else each
                for each in turn.attachments
            )
            row = row_of(replace(turn, attachments=changed))
            its_own = update(TURNS).where(TURNS.c.id == turn_id)
            connection.execute(its_own.values(attachments=row["attachments"]))

    def edit_summary(self, user: str, turn_id: str, text: str) -> None:
        """Put a text in place of one of the user's summaries.

        Raises StoreError too when there is no such summary, or its call has not ended yet.
        """
        if not text.strip():
            raise StoreError(_("A summary cannot be empty. Leave it out instead."))
        if len(text) > LONGEST_SUMMARY:
            long = _("A summary cannot have more than {most} characters.")
            raise StoreError(long.format(most=f"{LONGEST_SUMMARY:,}"))
        with self.database.of(turn_id).writing() as connection:
            turn = _own_turn(connection, user, turn_id)
            if turn is None or not turn.is_summary:
                raise StoreError(_("This message no longer exists. Reload the page."))
            has_ended = (TURNS.c.status != "running") & TURNS.c.pending_call.is_(None)
            ended = update(TURNS).where(TURNS.c.id == turn_id, has_ended)
            if connection.execute(ended.values(reply=text)).rowcount != 1:
                raise StoreError(_("This summary is still being written. Try again in a moment."))
            index_reply(connection, replace(turn, reply=text))

    def begin_call(self, call: Call) -> None:
        """Save that this call is out: the running reply comes from it, and the ledger may lack it.

        Raises StoreError also when the turn is no longer running: then the call must not be made.
        """
        out = update(TURNS).where(_still_running(call.turn_id))
        with self.database.of(call.turn_id).writing() as connection:
            if connection.execute(out.values(pending_call=text_of_call(call), is_out=1)).rowcount != 1:
                raise StoreError(_("This reply has been ended by another copy of Tally."))
        if is_temporary(call.turn_id):
            self.calls_without_turn.begin_call(call)

    def call_was_refused(self, call: Call) -> None:
        """Save that the call is no longer out and was not billed; it may be made again."""
        with self.database.of(call.turn_id).writing() as connection:
            connection.execute(update(TURNS).where(_still_running(call.turn_id)).values(is_out=0))
        if is_temporary(call.turn_id):
            self.calls_without_turn.call_was_refused(call)

    def save_progress(self, *turns: Turn) -> None:
        """Save together what replies hold so far, but for those that have ended meanwhile."""
        so_far = update(TURNS).where(_still_running(bindparam("turn_id")))
        for database in {self.database.of(turn.id) for turn in turns}:
            values = [
                {"turn_id": turn.id, "reply": turn.reply, "reasoning": turn.reasoning}
                for turn in turns
                if self.database.of(turn.id) is database
            ]
            with database.writing() as connection:
                connection.execute(so_far, values)

    def finish_turn(self, turn: Turn, *, is_recorded: bool = True) -> None:
        """Save a turn that ended. Until its entry is recorded in the ledger, its call stays pending."""
        known = {"pending_call": None} if is_recorded else {}
        with self.database.of(turn.id).writing() as connection:
            index_reply(connection, turn)
            if turn.is_summary and turn.status == "completed":
                _send_summary(connection, turn)
            row = row_of(turn) | known
            del row["is_left_out"], row["attachments"]  # a person may have changed them since
            connection.execute(update(TURNS).where(TURNS.c.id == turn.id).values(row))
        if is_temporary(turn.id) and is_recorded and turn.entry:
            self.calls_without_turn.forget(turn.entry.call)

    def call_is_recorded(self, call: Call) -> None:
        """Save that the ledger has the row of a call whose turn has ended."""
        with self.database.of(call.turn_id).writing() as connection:
            connection.execute(update(TURNS).where(TURNS.c.id == call.turn_id).values(pending_call=None))
        if is_temporary(call.turn_id):
            self.calls_without_turn.forget(call)

    def turn(self, turn_id: str) -> Turn | None:
        """Return a turn, whoever's: only for those who know that it is theirs to see."""
        with self.database.of(turn_id).reading() as connection:
            row = connection.execute(select(*TURN_COLUMNS).where(TURNS.c.id == turn_id)).first()
        return None if row is None else turn_of(row)

    def own_turn(self, user: str, turn_id: str) -> Turn | None:
        """Return one of the user's turns; None when there is no such turn or it is somebody else's."""
        with self.database.of(turn_id).reading() as connection:
            return _own_turn(connection, user, turn_id)

    def pending_calls(self) -> tuple[PendingCall, ...]:
        """Return all users' calls not known to be in the ledger: those with a turn first, oldest first."""
        query = (
            select(TURNS.c.pending_call, TURNS.c.instance, TURNS.c.is_out)
            .where(TURNS.c.pending_call.is_not(None))
            .order_by(TURNS.c.created_at, TURNS.c.id)
        )
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        with_turn = (PendingCall(call_of(call), instance, bool(is_out)) for call, instance, is_out in rows)
        return (*with_turn, *self.calls_without_turn.pending())

    def search(self, user: str, query: SearchQuery) -> tuple[Found, ...]:
        """Return what of the user's titles and messages a query asks for: titles first, each latest first.

        They are at most MOST_FOUND. Those of conversations that are deleted are left out.
        """
        with self.database.reading() as connection:
            return find(connection, user, query)

    def is_indexing(self) -> bool:
        """Return whether there are messages that search does not find yet."""
        with self.database.reading() as connection:
            return is_behind(connection)

    def close(self) -> None:
        """Let go of the database."""
        self.search_upkeep.stop()
        self.database.close()


def _send_summary(connection: Connection, turn: Turn) -> None:
    """Have a summary go along from now on in place of what is before it, where it has just ended."""
    is_running = select(TURNS.c.id).where(_still_running(turn.id)).exists()
    here = (CONVERSATIONS.c.id == turn.conversation_id) & is_running
    _changed_context(connection, here, lambda before: replace(before, kind="summary"))


def _changed_context(
    connection: Connection, here: ColumnElement[bool], changed: Callable[[Context], Context]
) -> bool:
    """Change what goes along in the conversation that matches; return whether one does."""
    row = connection.execute(select(CONVERSATIONS.c.context).where(here).with_for_update()).first()
    if row is None:
        return False
    context = text_of_context(changed(context_of(row.context)))
    connection.execute(update(CONVERSATIONS).where(here).values(context=context))
    return True


def _own_turn(connection: Connection, user: str, turn_id: str) -> Turn | None:
    """Read one of the user's turns."""
    its_own = CONVERSATIONS.c.id == TURNS.c.conversation_id
    query = select(*TURN_COLUMNS).where(TURNS.c.id == turn_id, its_own, owned_by(user))
    row = connection.execute(query).first()
    return None if row is None else turn_of(row)


def _conversation(connection: Connection, owned: Any) -> Conversation | None:
    """Read the conversation that a query finds, with all its turns."""
    row = connection.execute(owned).mappings().first()
    return None if row is None else conversation_of(connection, row)


def conversation_of(connection: Connection, row: Mapping[Any, Any]) -> Conversation:
    """Return the conversation of a row of CONVERSATIONS, with all its turns."""
    here = TURNS.c.conversation_id == row["id"]
    turns = connection.execute(select(*TURN_COLUMNS).where(here).order_by(TURNS.c.created_at, TURNS.c.id))
    return Conversation(
        id=row["id"],
        user=row["username"],
        title=row["title"],
        current_turn_id=row["current_turn_id"],
        turns=tuple(map(turn_of, turns)),
        waiting=waiting_of(row["waiting"]),
        context=context_of(row["context"]),
        is_pinned=bool(row["is_pinned"]),
        is_archived=bool(row["is_archived"]),
    )


def _set_current(connection: Connection, conversation_id: str, turn_id: str | None, **values: Any) -> None:
    """Make the branch that ends with this turn the current one."""
    own = update(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id)
    connection.execute(own.values(current_turn_id=turn_id, **values))


def _require_room(connection: Connection, conversation: Conversation, before: Sequence[Turn]) -> None:
    """Make sure that a conversation is as it was read, with no reply on its way. Raises StoreError."""
    owned = owned_conversation(conversation.user, conversation.id).with_for_update()
    if connection.execute(owned).first() is None:
        raise StoreError(_("This chat no longer exists."))
    running = pending(conversation.id).where(TURNS.c.status == "running")
    # A reply that has ended since the conversation was read is not whole in it.
    if any(turn.status == "running" for turn in before) or connection.execute(running).first() is not None:
        raise StoreError(_("A reply is still being written here. Wait for it, or stop it, then send again."))
    there = select(func.count()).where(TURNS.c.conversation_id == conversation.id)
    if connection.execute(there).scalar_one() != len(before):
        raise StoreError(_("This chat has changed in another window. Reload the page."))


def owned_conversation(user: str, conversation_id: str) -> Any:
    """Return the query for the conversation with this id, if it is the user's."""
    return select(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation_id, owned_by(user))


def _still_running(turn_id: str | BindParameter[str]) -> ColumnElement[bool]:
    return (TURNS.c.id == turn_id) & (TURNS.c.status == "running")
