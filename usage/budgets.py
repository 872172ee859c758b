"""Spending limits: checked before a call, with what calls under way may still cost set aside."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from usage.money import format_usd
from usage.prices import Price

Period = Literal["day", "month"]
TOKENS_PER_MTOK = 1_000_000
LONGEST_REPLY_TOKENS = 128_000
SHORTEST_USEFUL_REPLY_TOKENS = 64


class BudgetExceeded(Exception):  # noqa: N818 - it is not a fault
    """A call would go over a limit; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `usd` a day or month: for all together, or for each person."""

    usd: Decimal
    period: Period
    each_person: bool = False

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        period = "daily" if self.period == "day" else "monthly"
        return f"{period} budget of {format_usd(self.usd)}" + (" for each person" if self.each_person else "")


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one call, and the reply's length that it covers (None: no limit needed)."""

    user: str
    usd: Decimal
    max_output_tokens: int | None


SpentSince = Callable[[Period, datetime, str | None], Decimal]


class Budgets:
    """Limits and the calls under way. `spent(period, now, user)` is the ledger's sum, user None for all."""

    def __init__(self, limits: Sequence[Limit], spent: SpentSince) -> None:
        self._limits = tuple(limits)
        self._spent = spent
        self._reserved: list[Reservation] = []
        self._lock = threading.Lock()

    def reserve(
        self,
        user: str,
        price: Price | None,
        prompt_usd: Decimal | None,
        wanted_output_tokens: int | None,
        now: datetime,
        among: int = 1,
    ) -> Reservation:
        """Set aside what a call can cost at most, with a shorter reply where only that fits.

        `among`: so many calls are to share what is left, this one included.
        Raises BudgetExceeded when no useful reply fits, or when a limit stands and the price is unknown.
        """
        if not self._limits:
            return Reservation(user, Decimal(0), wanted_output_tokens)
        if wanted_output_tokens is not None and wanted_output_tokens < 1:
            wanted_output_tokens = None  # some servers take it for "without end"
        if price is None or prompt_usd is None:
            raise BudgetExceeded(
                "The price of this model is unknown, so it cannot be kept within the "
                f"{self._limits[0].name}. Add its price to prices.toml, or choose another model."
            )
        with self._lock:
            left = [(limit, self._left(limit, user, now)) for limit in self._limits]
            limit, left_usd = min(left, key=lambda each: each[1])
            share_usd = left_usd / among
            reservation = _reservation(user, price, prompt_usd, wanted_output_tokens, share_usd)
            if reservation is None:
                rest = f"{format_usd(share_usd) if share_usd > 0 else 'nothing'} left"
                rest += " for this model" if among > 1 else ""
                raise BudgetExceeded(f"The {limit.name} has {rest}, and this message would cost more.")
            self._reserved.append(reservation)
            return reservation

    def release(self, reservation: Reservation) -> None:
        """The call is in the ledger now (or was never made). A second time it does nothing."""
        with self._lock:
            self._reserved = [each for each in self._reserved if each is not reservation]

    def _left(self, limit: Limit, user: str, now: datetime) -> Decimal:
        who = user if limit.each_person else None
        reserved = sum((each.usd for each in self._reserved if who in (None, each.user)), Decimal(0))
        return limit.usd - self._spent(limit.period, now, who) - reserved


def _reservation(
    user: str, price: Price, prompt_usd: Decimal, wanted: int | None, left_usd: Decimal
) -> Reservation | None:
    dearest = max(price.output_usd_per_mtok, price.reasoning_usd_per_mtok or Decimal(0))
    per_token = dearest / TOKENS_PER_MTOK
    longest = wanted or LONGEST_REPLY_TOKENS
    if prompt_usd == 0 and per_token == 0:
        return Reservation(user, Decimal(0), wanted)
    affordable = int((left_usd - prompt_usd) // per_token) if per_token else longest
    if left_usd < prompt_usd or affordable < min(longest, SHORTEST_USEFUL_REPLY_TOKENS):
        return None
    tokens = min(longest, affordable)
    capped = wanted if affordable >= longest else tokens
    return Reservation(user, prompt_usd + tokens * per_token, capped)
