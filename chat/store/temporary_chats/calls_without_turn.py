"""Keeps calls whose reply is not in the database, without any text, until the ledger has their row."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from chat.store.database import Database, StoreError
from chat.store.schema import CALLS_WITHOUT_TURN, call_of, text_of_call
from texts import _
from usage.ledger import Call

_call_id = CALLS_WITHOUT_TURN.c.call_id


@dataclass(frozen=True, slots=True)
class PendingCall:
    """A call that may not be in the ledger yet, and the instance of the app that made it.

    `is_out` says that it was sent, or was about to be, and may be billed; `has_turn`, that its turn is in the
    database.
    """

    call: Call
    instance: str
    is_out: bool = False
    has_turn: bool = True


class CallsWithoutTurn:
    """Calls whose turn is not in the database, kept so that one whose process dies gets its row.

    All methods raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, calls: Sequence[Call], instance: str) -> None:
        """Save calls that are not out yet."""
        rows = [
            {"call_id": call.id, "pending_call": text_of_call(call), "instance": instance, "is_out": 0}
            for call in calls
        ]
        with self._database.writing() as connection:
            connection.execute(CALLS_WITHOUT_TURN.insert(), rows)

    def begin_call(self, call: Call) -> None:
        """Save that this call is out. Raises StoreError too where it must not go: it is accounted for."""
        out = update(CALLS_WITHOUT_TURN).where(_call_id == call.id)
        with self._database.writing() as connection:
            if connection.execute(out.values(pending_call=text_of_call(call), is_out=1)).rowcount != 1:
                raise StoreError(_("This reply has been ended by another copy of Tally."))

    def call_was_refused(self, call: Call) -> None:
        """Save that the call is no longer out and was not billed; it may be made again."""
        with self._database.writing() as connection:
            connection.execute(update(CALLS_WITHOUT_TURN).where(_call_id == call.id).values(is_out=0))

    def forget(self, *calls: Call) -> None:
        """Remove calls: the ledger has their rows, or they were never made."""
        with self._database.writing() as connection:
            connection.execute(delete(CALLS_WITHOUT_TURN).where(_call_id.in_([call.id for call in calls])))

    def pending(self) -> tuple[PendingCall, ...]:
        """Return the calls of all users."""
        columns = (CALLS_WITHOUT_TURN.c[name] for name in ("pending_call", "instance", "is_out"))
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).order_by(_call_id)).all()
        return tuple(
            PendingCall(call_of(call), instance, bool(is_out), has_turn=False)
            for call, instance, is_out in rows
        )
