"""The sheets that need no more than a choice of calls, by their names."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from usage.call_table import CallTable, Filter
from usage.insights.cache import cache_savings
from usage.insights.dearest import dearest_calls
from usage.insights.estimates import estimate_quality
from usage.insights.history import history_tax
from usage.insights.unpriced import unpriced_calls
from usage.sheets import Sheet

MakeSheet: TypeAlias = Callable[[CallTable, Filter], Sheet]

SHEETS: Mapping[str, MakeSheet] = {
    "dearest": dearest_calls,
    "history": history_tax,
    "cache": cache_savings,
    "estimates": estimate_quality,
    "unpriced": unpriced_calls,
}
