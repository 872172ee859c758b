"""Keeps what budgets need in the database: the limits that people set, and the money set aside for calls."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, delete, select, update

from chat.store.database import Database, StoreError
from chat.store.schema import CONVERSATIONS, LIMITS, RESERVATIONS, owned_by
from texts import _
from usage.budgets import Decide, Held, Limit, Reservation, Scope
from usage.units import Period

logger = logging.getLogger(__name__)


class LimitsStore:
    """The limits that people set: a day's and a month's for themselves, and one for a conversation.

    Those of a conversation go with it. All methods raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def limits(self, user: str, conversation_id: str) -> tuple[Limit, ...]:
        """Return what this person set for themselves and for this conversation of theirs ("" for none)."""
        whose = LIMITS.c.username == user
        here = LIMITS.c.conversation_id.is_(None) | (LIMITS.c.conversation_id == conversation_id)
        # A temporary conversation's is where that is; its person's own are not.
        found: dict[tuple[Period, Scope], Limit] = {}
        for database in dict.fromkeys((self._database, self._database.of(conversation_id))):
            with database.reading() as connection:
                rows = connection.execute(select(LIMITS).where(whose, here).order_by(LIMITS.c.period))
                for row in rows:
                    scope: Scope = "conversation" if row.conversation_id else "own"
                    found[row.period, scope] = Limit(Decimal(row.usd), row.period, scope)
        return tuple(found.values())

    def set_own(self, user: str, period: Period, usd: Decimal | None) -> None:
        """Limit what a person spends in a day or month from now on; None lifts the limit."""
        with self._database.writing() as connection:
            here = (LIMITS.c.username == user) & LIMITS.c.conversation_id.is_(None)
            connection.execute(delete(LIMITS).where(here, LIMITS.c.period == period))
            if usd is not None:
                insert_limit(connection, user, None, period, usd)

    def set_conversation(self, user: str, conversation_id: str, usd: Decimal | None) -> None:
        """Limit what a conversation costs in all; None lifts the limit.

        Raises StoreError too when the user has no such conversation.
        """
        owned = select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.id == conversation_id, owned_by(user))
        with self._database.of(conversation_id).writing() as connection:
            if connection.execute(owned).first() is None:
                raise StoreError(_("This chat no longer exists."))
            connection.execute(delete(LIMITS).where(LIMITS.c.conversation_id == conversation_id))
            if usd is not None:
                insert_limit(connection, user, conversation_id, "ever", usd)


class SharedReservations:
    """The money set aside for calls under way, where every copy of the app with this database sees it.

    `instance` marks what this process set aside. `all` and `add` raise StoreError; what cannot be removed
    or marked now waits for `catch_up`, or for the next `add`.
    """

    def __init__(self, database: Database, instance: str) -> None:
        self._database = database
        self._instance = instance
        self._unwritten: dict[str, Any] = {}
        self._lock = threading.Lock()

    def all(self) -> Sequence[Held]:
        """Return what is set aside now."""
        with self._database.reading() as connection:
            return [_held_of(row) for row in connection.execute(select(RESERVATIONS)).mappings()]

    def add(self, decide: Decide) -> Reservation:
        """Add what `decide` makes of all others: no process adds anything meanwhile."""
        with self._lock:  # threads wait here: the database lets those who wait go on only now and then
            self._write_what_waits()
            with self._database.writing() as connection:
                rows = connection.execute(select(RESERVATIONS)).mappings()
                reservation = decide([_held_of(row) for row in rows])
                call = reservation.call
                values = {
                    "call_id": call.id,
                    "instance": self._instance,
                    "username": call.user,
                    "conversation_id": call.conversation_id,
                    "usd": f"{reservation.usd:f}",
                    "made_at": call.started_at.isoformat(),
                    "is_kept": 0,
                }
                connection.execute(RESERVATIONS.insert().values(**values))
        return reservation

    def keep(self, call_id: str) -> None:
        """Mark that the call is over, at an unknown cost."""
        self._write(call_id, update(RESERVATIONS).values(is_kept=1))

    def remove(self, call_id: str) -> None:
        """Set nothing aside for this call any more."""
        self._write(call_id, delete(RESERVATIONS))

    def remove_dead(self, is_alive: Callable[[str], bool], unrecorded: Collection[str]) -> None:
        """Set nothing aside any more for instances that are gone and whose calls are all recorded.

        `unrecorded` names the instances of calls that the ledger lacks. Raises StoreError.
        """
        under_way = select(RESERVATIONS).where(RESERVATIONS.c.is_kept == 0)
        with self._database.reading() as connection:
            rows = connection.execute(under_way).mappings().all()
        for row in rows:
            if row["instance"] not in unrecorded and not is_alive(row["instance"]):
                self.remove(row["call_id"])

    def is_behind(self) -> bool:
        """Return whether something still has to be removed or marked."""
        return bool(self._unwritten)

    def catch_up(self) -> None:
        """Try once more to remove and mark what could not be."""
        with self._lock:
            try:
                self._write_what_waits()
            except StoreError as exc:
                logger.warning("What was set aside for a call goes on to count for now: %s", exc)

    def _write(self, call_id: str, statement: Any) -> None:
        with self._lock:
            self._unwritten[call_id] = statement.where(RESERVATIONS.c.call_id == call_id)
        self.catch_up()

    def _write_what_waits(self) -> None:
        if not self._unwritten:
            return
        with self._database.writing() as connection:
            for statement in self._unwritten.values():
                connection.execute(statement)
        self._unwritten.clear()


def insert_limit(
    connection: Connection, user: str, conversation_id: str | None, period: Period, usd: Decimal
) -> None:
    """Set a limit where none is, within a transaction; without a conversation it is a person's own."""
    values = {"username": user, "conversation_id": conversation_id, "period": period, "usd": f"{usd:f}"}
    connection.execute(LIMITS.insert().values(**values))


def copy_limits(connection: Connection, conversation_id: str, copy_id: str) -> None:
    """Give a copy of a conversation the same limits, within a transaction."""
    there = connection.execute(select(LIMITS).where(LIMITS.c.conversation_id == conversation_id)).mappings()
    copies = [{**row, "conversation_id": copy_id} for row in there]
    if copies:
        connection.execute(LIMITS.insert(), copies)


def _held_of(row: Mapping[Any, Any]) -> Held:
    return Held(
        call_id=row["call_id"],
        user=row["username"],
        conversation_id=row["conversation_id"],
        usd=Decimal(row["usd"]),
        made_at=datetime.fromisoformat(row["made_at"]),
        is_kept=bool(row["is_kept"]),
    )
