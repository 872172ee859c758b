"""What endpoints say that they charged, where it is not what the price list makes of the counts."""

from decimal import Decimal

from texts import N_, _
from usage.ledger import ROUNDING_USD
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import TOTAL, Column, Sheet, rows_of

_COLUMNS = (
    Column("model", N_("Model")),
    Column("calls", N_("Calls"), "count"),
    Column("charged_usd", N_("Charged"), "usd"),
    Column("listed_usd", N_("By the price list"), "usd"),
    Column("difference_usd", N_("Difference"), "usd"),
)
_HOW = N_(
    "Calls where the endpoint’s amount differs from the price list by more than rounding. "
    "Each receipt says which of the two applies."
)
_DIFFERENT = """
SELECT
    model,
    count(*) AS calls,
    coalesce(sum(reported_cost_usd), 0) AS charged_usd,
    coalesce(sum(listed_cost_usd), 0) AS listed_usd,
    coalesce(sum(reported_cost_usd - listed_cost_usd), 0) AS difference_usd
FROM calls
WHERE CHOSEN AND usage_source = 'reported' AND abs(reported_cost_usd - listed_cost_usd) > $rounding
GROUP BY ROLLUP (model)
ORDER BY grouping(model) DESC, abs(difference_usd) DESC, model
"""


def charges(calls: Calls, chosen: Filter) -> Sheet:
    """Return by model what was charged and what the list says, the greatest difference first."""
    [_key, *total], *rows = rows_of(calls.ask(_DIFFERENT, chosen, rounding=ROUNDING_USD))
    return Sheet(
        name="charges",
        title=_("What endpoints charged"),
        columns=_COLUMNS,
        rows=rows,
        total=[TOTAL, *total],
        note=_(_HOW),
    )


def surcharge(sheet: Sheet) -> Decimal:
    """Return by how much more was charged in all than the list says, in USD; less if negative."""
    *_others, difference = sheet.total or (None,)
    return difference if isinstance(difference, Decimal) else Decimal(0)
