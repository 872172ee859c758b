"""What a usage report holds: totals, rows, and how calls may be grouped."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from usage.ledger import LedgerProblem
from usage.units import EXACT

Grouping = Literal["day", "week", "month", "hour", "model", "conversation", "user", "purpose", "endpoint"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over calls. Unknown counts add nothing; unknown costs are counted, never taken for 0.

    `cost_usd` is the exact sum of the known costs, `estimated_usd` the part of it that is estimated.
    """

    calls: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    estimated_usd: Decimal = Decimal(0)
    unknown_price_calls: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cost_usd=EXACT.add(self.cost_usd, other.cost_usd),
            estimated_usd=EXACT.add(self.estimated_usd, other.estimated_usd),
            unknown_price_calls=self.unknown_price_calls + other.unknown_price_calls,
        )


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One group; its key is 2026-11-22, 2026-W47, 2026-11, an hour 00 to 23, or a name."""

    key: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Report:
    """Rows in order of their keys for times, dearest first otherwise; `total` is their exact sum.

    `problems` names every line of the whole ledger that could not be read.
    """

    by: Grouping
    rows: Sequence[ReportRow]
    total: Totals
    problems: Sequence[LedgerProblem]


@dataclass(frozen=True, slots=True)
class ModelDay:
    """What one model cost on one day, for the chart."""

    day: str
    model: str
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Spend:
    """What the sidebar shows; `conversation` is empty without a conversation."""

    today: Totals
    month: Totals
    conversation: Totals
