"""What each file of a message takes, for the page's script, which shows it beside the file."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from texts import _
from usage.forecast import Forecast
from usage.units import format_tokens, format_usd


@dataclass(frozen=True, slots=True)
class FileFigures:
    """Forecasts for a message with one of its files and without it, and with a picture in its full size.

    `in_full` is None for what is no picture, and for one that is sent as it is.
    """

    whole: Forecast
    without: Forecast
    in_full: Forecast | None = None


def file_figures_html(figures: Iterable[FileFigures]) -> str:
    """Return the figures of the files, in their order."""
    texts = [_in_words(each) for each in figures]
    if not texts:
        return ""
    return f'<i id="file-figures" hidden data-figures="{escape(json.dumps(texts))}"></i>'


def _in_words(figures: FileFigures) -> str:
    whole, without = figures.whole, figures.without
    tokens = whole.tokens.tokens - without.tokens.tokens
    words = _("{tokens} tokens").format(tokens=_count(tokens, is_exact=whole.tokens.exact))
    if figures.in_full and (full := figures.in_full.tokens.tokens - without.tokens.tokens) > tokens:
        words = _("{tokens} instead of {full}").format(tokens=words, full=format_tokens(full))
    if whole.prompt_usd is None or without.prompt_usd is None:
        return words
    cost = whole.prompt_usd - without.prompt_usd
    return f"{words} · {format_usd(cost)}" if cost else words


def _count(tokens: int, *, is_exact: bool) -> str:
    return format_tokens(tokens) if is_exact else f"≈{format_tokens(tokens)}"
