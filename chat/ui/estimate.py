"""The line below the message box: what sending would take and cost."""

from dataclasses import dataclass
from html import escape

from usage.meter import Estimate
from usage.money import format_tokens, format_usd

NEARLY_FULL = 0.8


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would go out (`whole`), and the part of it that is history."""

    whole: Estimate
    history_tokens: int


def estimate_html(outlook: Outlook) -> str:
    """One quiet line; amber when the context is nearly full, red when it is over."""
    whole = outlook.whole
    tokens = f"≈ {format_tokens(whole.tokens.tokens)} tokens"
    if outlook.history_tokens:
        tokens += f" ({format_tokens(outlook.history_tokens)} history)"
    cost = format_usd(whole.cost_usd)
    parts = [tokens, cost, *_context(whole)]
    return f'<p class="{_alarm(whole)}" aria-live="off">{escape(" · ".join(parts))}</p>'


def _context(whole: Estimate) -> list[str]:
    if not whole.context_window:
        return []
    share = whole.tokens.tokens / whole.context_window
    if share > 1:
        return [f"too long: {whole.context_window:,} tokens fit"]
    return [f"context {max(1, round(share * 100))} %" if share >= 0.005 else "context under 1 %"]


def _alarm(whole: Estimate) -> str:
    share = whole.tokens.tokens / whole.context_window if whole.context_window else 0
    return "over" if share > 1 else "near" if share > NEARLY_FULL else "quiet"
