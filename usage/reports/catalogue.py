"""The sheets that need no more than a choice of calls, by their names."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from usage.reports.cache import cache_savings
from usage.reports.call_table import CallTable, Filter
from usage.reports.dearest import dearest_calls
from usage.reports.estimates import estimate_quality
from usage.reports.history import history_tax
from usage.reports.sheets import Sheet
from usage.reports.unpriced import unpriced_calls

MakeSheet: TypeAlias = Callable[[CallTable, Filter], Sheet]

SHEETS: Mapping[str, MakeSheet] = {
    "dearest": dearest_calls,
    "history": history_tax,
    "cache": cache_savings,
    "estimates": estimate_quality,
    "unpriced": unpriced_calls,
}
