"""What stands above the views of the Usage tab, and what stands in place of them, as HTML."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape

from usage.ledger import LedgerProblem
from usage.reports import Spend, Totals
from usage.units import format_usd, month_at_this_rate

_PROBLEMS_NAMED = 3
_NOTHING_YET = (
    "Here you will see what every day, model and conversation has cost, as a chart and a table. "
    "Send a first message, and it starts to fill."
)


def figures_html(spend: Spend, today: date, is_owner: bool = False) -> str:
    """Today, this month, what the month will come to at this rate, and what a turn costs.

    They also say whose page it is: CSS shows some controls to the owner only.
    """
    month = spend.month
    priced = month.calls - month.unknown_price_calls
    figures = [
        ("Today", _spent(spend.today)),
        ("This month", _spent(month)),
        ("Month at this rate", _figure(month_at_this_rate(month.cost_usd, today), estimated=True)),
        ("Average a turn", _figure(month.cost_usd / priced) if priced else "–"),
    ]
    items = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    owner = " usage-owner" if is_owner else ""
    return f'<dl class="usage-figures{owner}">{"".join(items)}</dl>'


def nothing_yet_html() -> str:
    """What stands where the chart will be, before the first call."""
    return nothing_html(_NOTHING_YET)


def nothing_html(text: str) -> str:
    """What a view says in place of what there is not yet."""
    return f'<p class="usage-empty">{escape(text)}</p>'


def done_html(text: str) -> str:
    """What was done just now."""
    return f'<p class="usage-done" role="status">{escape(text)}</p>'


def lead_html(text: str) -> str:
    """What a view is for, above its controls."""
    return f'<p class="usage-lead">{escape(text)}</p>'


def notice_html(text: str) -> str:
    """What is wrong, or left out."""
    return f'<p class="usage-problems" role="status">{escape(text)}</p>'


def problems_html(problems: Sequence[LedgerProblem]) -> str:
    """A quiet note naming the lines of the ledger that are left out; empty without any."""
    if not problems:
        return ""
    named = "; ".join(
        f"line {problem.line_number} {problem.reason}" for problem in problems[:_PROBLEMS_NAMED]
    )
    more = " …" if len(problems) > _PROBLEMS_NAMED else ""
    count = "1 row" if len(problems) == 1 else f"{len(problems):,} rows"
    return notice_html(f"{count} of usage.csv left out: {named}{more}")


def _spent(totals: Totals) -> str:
    if totals.unknown_price_calls == totals.calls > 0:
        return format_usd(None)
    unknown = totals.unknown_price_calls
    note = f" <small>+ {unknown:,} of unknown price</small>" if unknown else ""
    return _figure(totals.cost_usd, estimated=totals.estimated_usd > 0) + note


def _figure(cost_usd: Decimal, estimated: bool = False) -> str:
    """Shorter than elsewhere: from a dollar on to the cent, and nothing is $0.00."""
    if cost_usd == 0:
        return "$0.00"
    return format_usd(round(cost_usd, 2) if cost_usd >= 1 else cost_usd, estimated)
