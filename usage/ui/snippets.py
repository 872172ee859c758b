"""The HTML above the views of the Usage tab, and in their place when there is nothing to show."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

import gradio as gr

from texts import _, ngettext
from usage.ledger import LedgerProblem
from usage.reports import ChatNames, Sheet, Spend, Totals
from usage.units import format_amount, format_exact, format_usd, month_at_this_rate

# Whose calls figures are of: those of the only person there is, one's own among others', or everybody's.
Whose: TypeAlias = Literal["own", "yours", "everyone"]

_PROBLEMS_NAMED = 3


def figures_html(spend: Spend, today: date, whose: Whose = "own", *marks: str, may_price: bool = True) -> str:
    """Return today's cost, this month's, what the month is projected to cost, and an average call's.

    `marks` are classes by which CSS shows the controls that this page has use for. Whoever `may_price` is led
    to where calls without a price get one.
    """
    month = spend.month
    priced = month.calls - month.unknown_price_calls
    at_this_rate = month_at_this_rate(month.cost_usd, today)
    projected = _unknown() if _is_unknown(month) else _figure(at_this_rate, estimated=True)
    figures = [
        (_("Today"), _spent(spend.today, may_price)),
        (_("This month"), _spent(month, may_price)),
        (_("Projected this month"), projected),
        (_("Average per call"), _figure(month.cost_usd / priced) if priced else "<dd>–</dd>"),
    ]
    side = {"own": "", "yours": _("you"), "everyone": _("everyone")}[whose]
    note = f" <small>{escape(side)}</small>" if side else ""
    items = (f"<div><dt>{escape(name)}{note}</dt>{figure}</div>" for name, figure in figures)
    return f'<dl class="{" ".join(["usage-figures", *marks])}">{"".join(items)}</dl>'


def _is_unknown(totals: Totals) -> bool:
    return totals.unknown_price_calls == totals.calls > 0


def _unknown() -> str:
    return f"<dd>{escape(format_usd(None))}</dd>"


def _spent(totals: Totals, may_price: bool) -> str:
    if _is_unknown(totals):
        return _unknown()
    unknown = totals.unknown_price_calls
    text = ngettext("+ {calls} call without a price", "+ {calls} calls without a price", unknown)
    said = escape(text.format(calls=f"{unknown:,}"))
    link = f'<a href="?view=prices">{said}</a>' if may_price else said
    note = f" <small>{link}</small>" if unknown else ""
    return _figure(totals.cost_usd, totals.estimated_usd > 0, format_exact(totals.cost_usd), note)


def _figure(cost_usd: Decimal, estimated: bool = False, exact: str = "", note: str = "") -> str:
    """Return a cost as it is read, with every digit beside it if they mean something: nothing is $0.00."""
    shown = format_usd(cost_usd, estimated) if cost_usd else format_amount(cost_usd)
    title = f' title="{exact}"' if exact else ""
    return f"<dd{title}>{escape(shown)}{note}</dd>"


def most_expensive_html(chats: Sheet, names: ChatNames) -> str:
    """Return in a line which conversations cost the most, each a link; empty where none cost anything."""
    items = "".join(
        f'<li>{names.html(str(chat))} <span title="{format_exact(Decimal(cost))}">'
        f"{format_amount(Decimal(cost))}</span></li>"
        for chat, cost, *_others in chats.rows
        if cost is not None
    )
    heading = escape(_("Most expensive:"))
    return f'<div class="usage-most-expensive">{heading}<ul>{items}</ul></div>' if items else ""


def surcharge_html(usd: Decimal, period: str) -> str:
    """Return by how much endpoints charged more, or less, than the list says; empty for no difference."""
    if not usd:
        return ""
    more = _("Endpoints charged {usd} more than the price list says.")
    less = _("Endpoints charged {usd} less than the price list says.")
    said = escape((more if usd > 0 else less).format(usd=format_amount(abs(usd))))
    address = urlencode({"view": "insights", "question": "charges", "period": period})
    link = f'<a class="usage-link" href="?{escape(address)}">{escape(_("By model"))}</a>'
    return f'<p class="usage-note">{said} {link}</p>'


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
