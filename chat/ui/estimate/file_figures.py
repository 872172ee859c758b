"""What each file of a message takes, for the page's script, which shows it beside the file."""

import json
from collections.abc import Iterable
from html import escape

from texts import _
from usage.forecast import Forecast
from usage.units import format_tokens, format_usd


def file_figures_html(forecasts: Iterable[tuple[Forecast, Forecast]]) -> str:
    """Return the figures of the files in their order; of each comes the message with it and without it."""
    figures = [_figures(*pair) for pair in forecasts]
    if not figures:
        return ""
    return f'<i id="file-figures" hidden data-figures="{escape(json.dumps(figures))}"></i>'


def _figures(whole: Forecast, without: Forecast) -> str:
    tokens = whole.tokens.tokens - without.tokens.tokens
    count = format_tokens(tokens) if whole.tokens.exact else f"≈{format_tokens(tokens)}"
    words = _("{tokens} tokens").format(tokens=count)
    if whole.prompt_usd is None or without.prompt_usd is None:
        return words
    cost = whole.prompt_usd - without.prompt_usd
    return f"{words} · {format_usd(cost)}" if cost else words
