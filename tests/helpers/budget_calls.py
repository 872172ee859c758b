"""Calls to be kept within limits, for the tests of budgets."""

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any

from tests.helpers.fakes import CALL
from usage.budgets import Budgets, Decide, Held, Limit, PlannedCall, Reservation
from usage.budgets.allowance import SHORTEST_USEFUL_REPLY_TOKENS
from usage.budgets.budgets import SetLimits, Spent
from usage.forecast import WorstCase

PER_TOKEN = Decimal("0.00001")
PROMPT_USD = Decimal("0.001")
WORST = WorstCase(PROMPT_USD, Decimal(10))
FREE = WorstCase(Decimal(0), Decimal(0))
DAILY = Limit(Decimal("0.10"), "day")
OWN = Limit(Decimal("0.10"), "day", "own")
HERE = Limit(Decimal("0.10"), "ever", "conversation")
PICODOLLAR = Decimal("0.000000000001")
SHORTEST_USD = PROMPT_USD + SHORTEST_USEFUL_REPLY_TOKENS * PER_TOKEN

numbers = itertools.count(1)


class OwnReservations:
    """The reservations of a process that shares its limits with nobody."""

    def __init__(self) -> None:
        self._by_call: dict[str, Held] = {}
        self._lock = threading.Lock()

    def all(self) -> Sequence[Held]:
        return tuple(self._by_call.values())

    def add(self, decide: Decide) -> Reservation:
        with self._lock:
            reservation = decide(self.all())
            call = reservation.call
            self._by_call[call.id] = Held(
                call_id=call.id,
                user=call.user,
                conversation_id=call.conversation_id,
                usd=reservation.usd,
                made_at=call.started_at,
            )
            return reservation

    def keep(self, call_id: str) -> None:
        self._by_call[call_id] = replace(self._by_call[call_id], is_kept=True)

    def remove(self, call_id: str) -> None:
        self._by_call.pop(call_id, None)

    def is_behind(self) -> bool:
        return False

    def catch_up(self) -> None:
        pass


def budgets(
    spent: Decimal | str | Spent = "0",
    limits: Sequence[Limit] = (DAILY,),
    zone: tzinfo = UTC,
    set_limits: SetLimits = lambda *_: (),
    is_corrected: Callable[[str], bool] = lambda _: False,
) -> Budgets:
    """Make limits of which this much is spent, whatever the period, the user and the conversation."""
    spent_of = spent if callable(spent) else lambda *_: Decimal(spent)
    return Budgets(limits, spent_of, zone, set_limits, OwnReservations(), is_corrected)


def planned(
    wanted: int | None = None,
    user: str = "ada",
    worst: WorstCase | None = WORST,
    new_limit: Limit | None = None,
    **changes: Any,
) -> PlannedCall:
    """Return a call whose prompt costs PROMPT_USD at most and a token of its reply PER_TOKEN."""
    call = replace(CALL, id=f"call-{next(numbers)}", user=user, **changes)
    return PlannedCall(call, worst, wanted, new_limit)


def reserve(
    of: Budgets, wanted: int | None = None, user: str = "ada", worst: WorstCase | None = WORST
) -> tuple[Decimal, int | None]:
    """Set aside such a call; gives how much that is, and the length of reply that it covers."""
    reservation = of.reserve(planned(wanted, user, worst))
    return reservation.usd, reservation.call.most_output_tokens
