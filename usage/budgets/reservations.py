"""Money set aside for calls whose cost is not in the ledger yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from usage.ledger import Call


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is set aside for a call, whose reply may be as long as its `most_output_tokens` at most.

    `note` tells the person of a reply that had to be made shorter.
    """

    call: Call
    usd: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What all copies of the app see of a reservation.

    `is_kept`: the call is over and nobody knows what it cost.
    """

    call_id: str
    user: str
    conversation_id: str
    usd: Decimal
    made_at: datetime
    is_kept: bool = False


Decide = Callable[[Sequence[Held]], Reservation]


class Reservations(Protocol):
    """All money set aside by those who spend from the same limits."""

    def all(self) -> Sequence[Held]:
        """Return what is set aside now."""

    def add(self, decide: Decide) -> Reservation:
        """Add what `decide` makes of all others, or pass on what it raises; nobody else adds meanwhile."""

    def keep(self, call_id: str) -> None:
        """Mark that the call is over, at an unknown cost."""

    def remove(self, call_id: str) -> None:
        """Set nothing aside for this call any more; if that is so already, nothing happens."""

    def is_behind(self) -> bool:
        """Return whether something still has to be written."""

    def catch_up(self) -> None:
        """Try once more to write what could not be written."""
