"""Says once in a chat that its old messages cost much or hardly fit, and offers a fresh one."""

from dataclasses import dataclass
from decimal import Decimal
from html import escape

from chat.ui.estimate.price_notes import MATTERS_ABOVE_USD, is_near
from texts import _
from usage.forecast import Forecast
from usage.units import format_tokens, format_usd

NEARLY_FULL = 0.8
MOST_OF_COST = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class FreshChat:
    """What this message costs here and in a fresh chat, and once the summary that the fresh one begins with.

    `turn_id` is the turn that it goes on from.
    """

    turn_id: str
    here_usd: Decimal | None
    there_usd: Decimal | None
    summary_usd: Decimal | None


def reason_of(whole: Forecast, alone: Forecast) -> str:
    """Return why a chat had better be gone on with elsewhere; "" where nothing speaks for that.

    `alone` is the message without those before it, which must make a difference.
    """
    history = whole.tokens.tokens - alone.tokens.tokens
    if history <= alone.tokens.tokens:
        return ""
    if whole.context_window and whole.tokens.tokens > NEARLY_FULL * whole.context_window:
        text = _("This chat fills {percent}% of {model}’s context.")
        percent = round(100 * whole.tokens.tokens / whole.context_window)
        return text.format(percent=percent, model=whole.model)
    if whole.step_ahead and is_near(whole, whole.step_ahead):
        text = _("This chat is close to {step} tokens. Above that, each token costs more.")
        return text.format(step=format_tokens(whole.step_ahead.tokens))
    if whole.prompt_usd is None or alone.prompt_usd is None:
        return ""
    history_usd, cost = whole.prompt_usd - alone.prompt_usd, whole.likely_usd or whole.prompt_usd
    if history_usd > MATTERS_ABOVE_USD and history_usd > MOST_OF_COST * cost:
        text = _("{percent}% of the cost of your next message is for sending earlier messages again.")
        return text.format(percent=round(100 * history_usd / cost))
    return ""


def advice_html(reason: str, fresh: FreshChat) -> str:
    """Return the advice, with both prices and the ways to take it or to be rid of it."""
    text = _(
        "Estimated cost of this message: {here} here, {there} in a new chat with a summary. Making the "
        "summary, once: {summary}."
    )
    costs = {"here": fresh.here_usd, "there": fresh.there_usd, "summary": fresh.summary_usd}
    amounts = {name: _("unknown") if usd is None else format_usd(usd) for name, usd in costs.items()}
    dismiss = escape(_("Don’t show this again in this chat"))
    return (
        f'<div id="context-advice" role="note"><p>{escape(reason)} {escape(text.format(**amounts))}</p>'
        f'<button type="button" class="words" id="advice-take" value="{escape(fresh.turn_id)}">'
        f"{escape(_('New chat with a summary'))}</button>"
        f'<button type="button" id="advice-dismiss" title="{dismiss}" aria-label="{dismiss}">×</button></div>'
    )
