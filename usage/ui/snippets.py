"""The HTML above the views of the Usage tab, and in their place when there is nothing to show."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any

import gradio as gr

from texts import _, ngettext
from usage.ledger import LedgerProblem
from usage.reports import Spend, Totals
from usage.units import format_usd, month_at_this_rate

_PROBLEMS_NAMED = 3


def figures_html(spend: Spend, today: date, is_owner: bool = False) -> str:
    """Return today's cost, this month's, what the month will come to at this rate, and a turn's average.

    The HTML also says whose page it is: CSS shows some controls to the owner only.
    """
    month = spend.month
    priced = month.calls - month.unknown_price_calls
    figures = [
        (_("Today"), _spent(spend.today)),
        (_("This month"), _spent(month)),
        (_("Month at this rate"), _figure(month_at_this_rate(month.cost_usd, today), estimated=True)),
        (_("Average a turn"), _figure(month.cost_usd / priced) if priced else "–"),
    ]
    items = (f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in figures)
    owner = " usage-owner" if is_owner else ""
    return f'<dl class="usage-figures{owner}">{"".join(items)}</dl>'


def _spent(totals: Totals) -> str:
    unknown = totals.unknown_price_calls
    if unknown == totals.calls > 0:
        return format_usd(None)
    text = _("+ {calls} of unknown price").format(calls=f"{unknown:,}")
    note = f" <small>{escape(text)}</small>" if unknown else ""
    return _figure(totals.cost_usd, estimated=totals.estimated_usd > 0) + note


def _figure(cost_usd: Decimal, estimated: bool = False) -> str:
    """Return a cost, shorter than elsewhere: from a dollar on to the cent, and nothing is $0.00."""
    if cost_usd == 0:
        return "$0.00"
    return format_usd(round(cost_usd, 2) if cost_usd >= 1 else cost_usd, estimated)


def lead(text: str, elem_classes: str | None = None) -> Any:
    """Lay out what a view or some of its controls are for."""
    html = f'<p class="usage-lead">{escape(text)}</p>'
    return gr.HTML(html, elem_classes=elem_classes, apply_default_css=False)


def nothing_html(text: str) -> str:
    """Return what a view says while it has nothing to show."""
    return f'<p class="usage-empty">{escape(text)}</p>'


def done_html(text: str) -> str:
    """Return a note of what was just done."""
    return f'<p class="usage-done" role="status">{escape(text)}</p>'


def notice_html(text: str) -> str:
    """Return a note of what is wrong, or left out."""
    return f'<p class="usage-problems" role="status">{escape(text)}</p>'


def problems_html(problems: Sequence[LedgerProblem]) -> str:
    """Return a quiet note naming the lines of the ledger that are left out; empty without any."""
    if not problems:
        return ""
    named = "; ".join(
        _("line {number} {reason}").format(number=problem.line_number, reason=problem.reason)
        for problem in problems[:_PROBLEMS_NAMED]
    )
    count = ngettext("{rows} row of usage.csv left out", "{rows} rows of usage.csv left out", len(problems))
    more = " …" if len(problems) > _PROBLEMS_NAMED else ""
    return notice_html(f"{count.format(rows=f'{len(problems):,}')}: {named}{more}")
