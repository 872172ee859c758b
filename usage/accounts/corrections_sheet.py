"""The corrections that are possible now, as a sheet."""

from collections.abc import Sequence
from decimal import Decimal

from usage.ledger import LedgerEntry
from usage.reports import TOTAL, Cell, Column, Sheet
from usage.units import EXACT

_COLUMNS = (
    Column("endpoint", "Endpoint"),
    Column("model", "Model"),
    Column("calls", "Calls", "count"),
    Column("cost_usd", "Cost", "usd"),
)


def corrections_sheet(corrections: Sequence[LedgerEntry], note: str) -> Sheet:
    """How many they are and what they cost, by endpoint and model."""
    groups: dict[tuple[str, str], list[LedgerEntry]] = {}
    for entry in corrections:
        groups.setdefault((entry.call.endpoint.host, entry.call.model), []).append(entry)
    return Sheet(
        name="price",
        title="Calls whose unknown price is known by now",
        columns=_COLUMNS,
        rows=[[*key, *_count_and_cost(groups[key])] for key in sorted(groups)],
        total=[TOTAL, None, *_count_and_cost(corrections)],
        note=note,
    )


def _count_and_cost(entries: Sequence[LedgerEntry]) -> list[Cell]:
    cost = Decimal(0)
    for entry in entries:
        cost = EXACT.add(cost, entry.cost_usd or Decimal(0))
    return [len(entries), cost]
