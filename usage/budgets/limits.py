"""What a spending limit is: how much, for how long, for whom, and when it starts anew."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Literal

from usage.units import Period, format_amount

# For all together, for each person, what a person set for themselves, for one conversation.
Scope = Literal["all", "person", "own", "conversation"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `usd` a period for all that the scope takes in; "ever" never starts anew."""

    usd: Decimal
    period: Period
    scope: Scope = "all"

    @property
    def name(self) -> str:
        """How a sentence calls it: "the daily budget of $1.00"."""
        amount = format_amount(self.usd)
        if self.scope == "conversation":
            return f"this conversation's budget of {amount}"
        period = {"day": "daily ", "month": "monthly ", "ever": ""}[self.period]
        article = "your own" if self.scope == "own" else "the"
        whose = " for each person" if self.scope == "person" else ""
        return f"{article} {period}budget of {amount}{whose}"

    def next_start(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When it starts anew: as the next day or month of the zone begins; None for never."""
        today = now.astimezone(zone).date()
        if self.period == "ever":
            return None
        if self.period == "day":
            first = today + timedelta(days=1)
        else:
            first = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
        # By way of UTC, since clocks may go forward at midnight: such a day begins at 01:00.
        return datetime.combine(first, time(), zone).astimezone(UTC).astimezone(zone)


def sentence(text: str) -> str:
    """The same beginning with a capital."""
    return text[:1].upper() + text[1:]
