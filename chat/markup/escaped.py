"""Texts as HTML that shows them letter for letter."""

from html import escape

# The page draws formulas between these: they stand for nothing, so no text can be taken for a formula.
FORMULA_MARKS = "\ue000\ue001\ue002\ue003"

# What Gradio sees in HTML as well: line ends, tabs, and the marks for formulas, the page's and its own.
_LEFT_ALONE = str.maketrans(
    {"\n": "&#10;", "\t": "&#9;", "%": "&#37;"} | dict.fromkeys(FORMULA_MARKS, "\ufffd")
)


def plain(text: str) -> str:
    """Return a text as HTML on one line that shows it letter for letter."""
    return escape(text.replace("\r\n", "\n").replace("\r", "\n")).translate(_LEFT_ALONE)
