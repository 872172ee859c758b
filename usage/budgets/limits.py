"""What a spending limit is, when it starts again, how far it is used up, and what to say of that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Literal

from texts import _
from usage.units import Period, format_amount, month_of

# For all together, for each person, what a person set for themselves, for one conversation.
Scope = Literal["all", "person", "own", "conversation"]

# Nobody need know of what is less than half spent.
Level = Literal["fine", "half", "near", "spent"]
_LEVELS: tuple[tuple[Decimal, Level], ...] = (
    (Decimal(1), "spent"),
    (Decimal("0.8"), "near"),
    (Decimal("0.5"), "half"),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `usd` a period for all that the scope takes in; the period "ever" has no end."""

    usd: Decimal
    period: Period
    scope: Scope = "all"

    @property
    def name(self) -> str:
        """Return what a sentence calls it: "the daily budget of $1.00"."""
        amount = format_amount(self.usd)
        if self.scope == "conversation":
            return _("this chat's budget of {amount}").format(amount=amount)
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
        last = today if self.period == "day" else month_of(today)[1]
        first = last + timedelta(days=1)
        # By way of UTC, since clocks may go forward at midnight: such a day begins at 01:00.
        return datetime.combine(first, time(), zone).astimezone(UTC).astimezone(zone)


def sentence(text: str) -> str:
    """Return the text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class UsedLimit:
    """A limit and what was spent against it, by the ledger."""

    limit: Limit
    spent_usd: Decimal

    @property
    def share(self) -> Decimal:
        """Return the part that is spent, 1 for all; a limit of nothing is spent from the start."""
        return self.spent_usd / self.limit.usd if self.limit.usd else Decimal(1)

    @property
    def percent(self) -> int:
        """Return that part in whole percent, 100 only when all is spent."""
        return int(self.share * 100)

    @property
    def level(self) -> Level:
        """Return which of the thresholds 50, 80 and 100 % was reached."""
        return next((level for least, level in _LEVELS if self.share >= least), "fine")

    @property
    def warning(self) -> str:
        """Return a sentence that warns once half is spent; empty before."""
        if self.level == "fine":
            return ""
        if self.level == "spent":
            return _("{budget} is spent.").format(budget=sentence(self.limit.name))
        text = _("{percent}% of {budget} is spent.")
        return text.format(percent=self.percent, budget=self.limit.name)


def most_used(limits: Iterable[UsedLimit]) -> UsedLimit | None:
    """Return the limit of which the largest part is spent."""
    return max(limits, key=lambda used: used.share, default=None)


def crossed_by(cost_usd: Decimal | None, limits: Iterable[UsedLimit]) -> UsedLimit | None:
    """Return the most used limit that the latest call, of this cost, took over a threshold, if any."""
    if not cost_usd:
        return None
    crossed = (
        used
        for used in limits
        if used.level not in ("fine", UsedLimit(used.limit, used.spent_usd - cost_usd).level)
    )
    return most_used(crossed)
