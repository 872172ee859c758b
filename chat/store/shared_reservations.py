"""Money set aside for calls under way, where every copy of the app that shares the database sees it."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, delete, select, update

from chat.store.database import Database, StoreError
from usage.budgets import Decide, Reservation

_TEXTS = ("call_id", "instance", "username", "conversation_id", "usd", "made_at")
_RESERVATIONS = Table(
    "reservations", MetaData(), *(Column(name, Text) for name in _TEXTS), Column("is_kept", Integer)
)

logger = logging.getLogger(__name__)


class SharedReservations:
    """The reservations in the database. `instance` marks those of this process.

    `all` and `add` raise StoreError. What cannot be removed or marked now waits for `catch_up`, or
    for the next `add`.
    """

    def __init__(self, database: Database, instance: str) -> None:
        self._database = database
        self._instance = instance
        self._unwritten: dict[str, Any] = {}
        self._lock = threading.Lock()

    def all(self) -> Sequence[Reservation]:
        """What is set aside now."""
        with self._database.reading() as connection:
            return [_reservation_of(row) for row in connection.execute(select(_RESERVATIONS)).mappings()]

    def add(self, decide: Decide) -> Reservation:
        """Add what `decide` makes of all others: no process adds anything meanwhile."""
        with self._lock:  # threads wait here: the database lets those who wait go on only now and then
            self._write_what_waits()
            with self._database.writing() as connection:
                rows = connection.execute(select(_RESERVATIONS)).mappings()
                reservation = decide([_reservation_of(row) for row in rows])
                connection.execute(_RESERVATIONS.insert().values(**_row_of(reservation, self._instance)))
        return reservation

    def keep(self, reservation: Reservation) -> None:
        """Mark that the call is over, at an unknown cost."""
        self._write(reservation.call_id, update(_RESERVATIONS).values(is_kept=1))

    def remove(self, reservation: Reservation) -> None:
        """Set it aside no more."""
        self._write(reservation.call_id, delete(_RESERVATIONS))

    def remove_dead(self, is_alive: Callable[[str], bool], unsettled: Collection[str]) -> None:
        """Set nothing aside any more for processes that are gone, once none of their calls is `unsettled`.

        Both are about instances. Raises StoreError.
        """
        with self._database.reading() as connection:
            rows = (
                connection.execute(select(_RESERVATIONS).where(_RESERVATIONS.c.is_kept == 0)).mappings().all()
            )
        for row in rows:
            if row["instance"] not in unsettled and not is_alive(row["instance"]):
                self.remove(_reservation_of(row))

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
            self._unwritten[call_id] = statement.where(_RESERVATIONS.c.call_id == call_id)
        self.catch_up()

    def _write_what_waits(self) -> None:
        if not self._unwritten:
            return
        with self._database.writing() as connection:
            for statement in self._unwritten.values():
                connection.execute(statement)
        self._unwritten.clear()


def _row_of(reservation: Reservation, instance: str) -> dict[str, Any]:
    return {
        "call_id": reservation.call_id,
        "instance": instance,
        "username": reservation.user,
        "conversation_id": reservation.conversation_id,
        "usd": f"{reservation.usd:f}",
        "made_at": reservation.made_at.isoformat(),
        "is_kept": int(reservation.is_kept),
    }


def _reservation_of(row: Mapping[Any, Any]) -> Reservation:
    return Reservation(
        call_id=row["call_id"],
        user=row["username"],
        conversation_id=row["conversation_id"],
        usd=Decimal(row["usd"]),
        made_at=datetime.fromisoformat(row["made_at"]),
        is_kept=bool(row["is_kept"]),
    )
