"""Money set aside for calls whose cost is not in the ledger yet."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What is set aside for one call.

    `max_output_tokens` is the length of the reply that it covers, None for any; `note` tells the person
    of a reply that had to be made shorter. `is_kept`: the call is over and nobody knows what it cost.
    """

    call_id: str
    user: str
    conversation_id: str
    usd: Decimal
    made_at: datetime
    max_output_tokens: int | None = None
    note: str = ""
    is_kept: bool = False


Decide = Callable[[Sequence[Reservation]], Reservation]


class Reservations(Protocol):
    """All money set aside by those who spend from the same limits."""

    def all(self) -> Sequence[Reservation]:
        """Return what is set aside now."""

    def add(self, decide: Decide) -> Reservation:
        """Add what `decide` makes of all others, or pass on what it raises; nobody else adds meanwhile."""

    def keep(self, reservation: Reservation) -> None:
        """Mark that the call is over, at an unknown cost."""

    def remove(self, reservation: Reservation) -> None:
        """Set it aside no more; if that is so already, nothing happens."""

    def is_behind(self) -> bool:
        """Return whether something still has to be written."""

    def catch_up(self) -> None:
        """Try once more to write what could not be written."""


class OwnReservations:
    """The reservations of a process that shares its limits with nobody."""

    def __init__(self) -> None:
        self._by_call: dict[str, Reservation] = {}
        self._lock = threading.Lock()

    def all(self) -> Sequence[Reservation]:
        """Return what is set aside now."""
        with self._lock:
            return tuple(self._by_call.values())

    def add(self, decide: Decide) -> Reservation:
        """Add what `decide` makes of all others."""
        with self._lock:
            reservation = decide(tuple(self._by_call.values()))
            self._by_call[reservation.call_id] = reservation
            return reservation

    def keep(self, reservation: Reservation) -> None:
        """Mark that the call is over, at an unknown cost."""
        with self._lock:
            self._by_call[reservation.call_id] = replace(reservation, is_kept=True)

    def remove(self, reservation: Reservation) -> None:
        """Set it aside no more."""
        with self._lock:
            self._by_call.pop(reservation.call_id, None)

    def is_behind(self) -> bool:
        """Return False: everything is in memory."""
        return False

    def catch_up(self) -> None:
        """Do nothing: there is nothing to write."""
