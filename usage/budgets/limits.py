"""What a spending limit is: how much, for how long, for whom, and when its period begins again."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Literal

from texts import _
from usage.units import Period, format_amount

# For all together, for each person, what a person set for themselves, for one conversation.
Scope = Literal["all", "person", "own", "conversation"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `usd` a period for all that the scope takes in; the period "ever" has no end."""

    usd: Decimal
    period: Period
    scope: Scope = "all"

    @property
    def name(self) -> str:
        """What a sentence calls the limit: "the daily budget of $1.00"."""
        amount = format_amount(self.usd)
        if self.scope == "conversation":
            return _("this conversation's budget of {amount}").format(amount=amount)
        names = {
            ("all", "day"): _("the daily budget of {amount}"),
            ("all", "month"): _("the monthly budget of {amount}"),
            ("all", "ever"): _("the budget of {amount}"),
            ("person", "day"): _("the daily budget of {amount} for each person"),
            ("person", "month"): _("the monthly budget of {amount} for each person"),
            ("person", "ever"): _("the budget of {amount} for each person"),
            ("own", "day"): _("your own daily budget of {amount}"),
            ("own", "month"): _("your own monthly budget of {amount}"),
            ("own", "ever"): _("your own budget of {amount}"),
        }
        return names[self.scope, self.period].format(amount=amount)

    def next_start(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return when its next period begins, with a day or month of the zone; None for never."""
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
    """Return the text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
