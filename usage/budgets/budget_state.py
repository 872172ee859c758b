"""How far a limit is used up, and what to say of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from texts import _
from usage.budgets.limits import Limit, sentence

# Nobody need know of what is less than half spent.
Level = Literal["fine", "half", "near", "spent"]
_LEVELS: tuple[tuple[Decimal, Level], ...] = (
    (Decimal(1), "spent"),
    (Decimal("0.8"), "near"),
    (Decimal("0.5"), "half"),
)


@dataclass(frozen=True, slots=True)
class UsedLimit:
    """A limit and what the ledger says was spent of it."""

    limit: Limit
    spent_usd: Decimal

    @property
    def share(self) -> Decimal:
        """The part that is spent, 1 for all of it; a limit of nothing is spent from the start."""
        return self.spent_usd / self.limit.usd if self.limit.usd else Decimal(1)

    @property
    def percent(self) -> int:
        """The same in whole percent, which say 100 only when all is spent."""
        return int(self.share * 100)

    @property
    def level(self) -> Level:
        """Which of the thresholds 50, 80 and 100 % was reached."""
        return next((level for least, level in _LEVELS if self.share >= least), "fine")

    @property
    def warning(self) -> str:
        """One sentence on it from half on, else nothing."""
        if self.level == "fine":
            return ""
        if self.level == "spent":
            return _("{budget} is spent.").format(budget=sentence(self.limit.name))
        text = _("{percent} % of {budget} is spent.")
        return text.format(percent=self.percent, budget=self.limit.name)


def most_used(limits: Iterable[UsedLimit]) -> UsedLimit | None:
    """The one that is spent to the largest part: it decides before any other of its period does."""
    return max(limits, key=lambda used: used.share, default=None)


def crossed_by(cost_usd: Decimal | None, limits: Iterable[UsedLimit]) -> UsedLimit | None:
    """The most used limit that a call of this cost, the latest one, took over a threshold; None for none."""
    if not cost_usd:
        return None
    crossed = (
        used
        for used in limits
        if used.level not in ("fine", UsedLimit(used.limit, used.spent_usd - cost_usd).level)
    )
    return most_used(crossed)
