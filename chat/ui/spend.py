"""What has been spent, as the sidebar shows it: a figure for each period, with the limit on it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

import gradio as gr

from chat.conversation import Turn
from texts import _, ngettext
from usage.budgets import UsedLimit, crossed_by, most_used
from usage.ledger import LOCAL_USER
from usage.reports import Spend, Totals
from usage.units import Currency, Period, exact_usd, format_amount, format_exact, format_usd

FULL_PERCENT = 100


def spend_html(
    spend: Spend,
    used: Sequence[UsedLimit],
    user: str,
    *,
    may_price: bool,
    currency: Currency | None = None,
) -> str:
    """Return what this conversation, today and this month have cost, each with its most used limit.

    Where people sign in, it says that these are their own costs, and tells the owner those of all. Whoever
    `may_price` is led to where calls get a price.
    """
    is_alone = user == LOCAL_USER
    periods: tuple[tuple[str, Totals, Period], ...] = (
        (_("This chat"), spend.conversation, "ever"),
        (_("Today") if is_alone else _("You today"), spend.today, "day"),
        (_("This month") if is_alone else _("You this month"), spend.month, "month"),
    )
    rows = (
        _row(name, totals, may_price, currency, spend.shown if period == "ever" else None)
        + _limit(totals.cost_usd, (each for each in used if each.limit.period == period))
        for name, totals, period in periods
    )
    everyone = ""
    if spend.everyone_today:
        everyone = (
            f'<dl class="quiet">{_row(_("Everyone today"), spend.everyone_today, may_price, currency)}</dl>'
        )
    return f"<dl>{''.join(rows)}</dl>{everyone}{_warning(used)}"


def cost_of_chat(totals: Totals) -> str:
    """Return what a conversation cost in all, with the exact amount in the tooltip."""
    if not totals.cost_usd and totals.unknown_price_calls:
        return _cost_in_words(totals)
    return f'<span title="{format_exact(totals.cost_usd)}">{_cost_in_words(totals)}</span>'


def _cost_in_words(totals: Totals) -> str:
    number = totals.unknown_price_calls
    if number and not totals.cost_usd:
        return _("price unknown")
    cost = format_usd(totals.cost_usd, bool(totals.estimated_usd))
    return _("{cost} + {number} unknown").format(cost=cost, number=number) if number else cost


def tell_crossed(ended: Iterable[Turn], used: Iterable[UsedLimit]) -> None:
    """Say once, within an event of the page, that the cost of these replies has crossed a threshold."""
    costs = [turn.entry.cost_usd for turn in ended if turn.entry is not None]
    crossed = crossed_by(sum(filter(None, costs), Decimal(0)), used)
    if crossed is not None:
        tell = gr.Info if crossed.level == "half" else gr.Warning
        tell(escape(crossed.warning), title=_("Budget"))


def _row(
    name: str, totals: Totals, may_price: bool, currency: Currency | None, shown: Totals | None = None
) -> str:
    known = f"<span>{_amount(totals)}</span>"
    if currency and totals.cost_usd:
        amount = currency.format(totals.cost_usd, bool(totals.estimated_usd))
        known += f'<small class="quiet" title="{currency.note}">{amount}</small>'
    exact = f' data-exact="{exact_usd(totals.cost_usd)}" title="{format_exact(totals.cost_usd)}"'
    unknown = ""
    if number := totals.unknown_price_calls:
        text = ngettext("{number} call, price unknown", "{number} calls, price unknown", number)
        said, give = text.format(number=number), escape(_("Set a price"))
        link = f'<a href="?view=prices" title="{give}">{said}</a>' if may_price else said
        unknown = f"<small>{link}</small>"
        known, exact = (known, exact) if totals.cost_usd else ("", "")
    return f"<dt>{name}</dt><dd{exact}>{known}{unknown}{_of_shown(shown, totals)}</dd>"


def _of_shown(shown: Totals | None, totals: Totals) -> str:
    """Say what those versions cost that are shown, where the others cost something too."""
    if shown is None or _cost_in_words(shown) == _cost_in_words(totals):
        return ""
    said = _("shown here: {cost}").format(cost=cost_of_chat(shown))
    note = escape(_("The rest is the cost of versions not shown here."))
    return f'<small class="quiet shown" title="{note}">{said}</small>'


def _amount(totals: Totals) -> str:
    """Return the known cost; nothing spent reads as an amount here, not as "free"."""
    return format_usd(totals.cost_usd, bool(totals.estimated_usd)) if totals.cost_usd else "$0.00"


def _limit(own_usd: Decimal, used: Iterable[UsedLimit]) -> str:
    """Draw the most used limit of a period; what others have spent is not in the figure above."""
    most = most_used(used)
    if most is None:
        return ""
    amount, spent = format_amount(most.limit.usd), format_amount(most.spent_usd)
    filled = min(most.percent, FULL_PERCENT)
    is_own = most.limit.scope != "all" or most.spent_usd == own_usd
    of_all = _("{spent} of {amount}").format(spent=spent, amount=amount)
    label = _("of {amount}").format(amount=amount) if is_own else _("everyone: {sum}").format(sum=of_all)
    said = f'aria-label="{escape(most.limit.name)}" aria-valuetext="{of_all}"'
    value = f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{filled}"'
    bar = f'<span role="meter" {said} {value}><i style="width: {filled}%"></i></span>'
    return f'<dd class="limit {most.level}">{bar}<small>{label}</small></dd>'


def _warning(used: Iterable[UsedLimit]) -> str:
    most = most_used(used)
    return f'<p class="{most.level}">{most.warning}</p>' if most and most.warning else ""
