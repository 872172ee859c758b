"""Text that is shown letter for letter."""

import re
from html import escape

# What the Chatbot would take for its own: the ends of formulas, and the places where it keeps them.
_PRIVATE = str.maketrans(dict.fromkeys("\ue000\ue001\ue002\ue003", "\ufffd"))
# Line ends would end a block of HTML, and Gradio may turn tabs into blanks.
_WHITE = str.maketrans({"\n": "&#10;", "\t": "&#9;"})
_MARKS = re.compile(r"[&<>\[\]`*~\\]|\b_|_\b")


def shown_text(text: str) -> str:
    """Return a text as HTML that shows all of it and is nothing but text."""
    return escape(text.translate(_PRIVATE)).replace("%%%", "&#37;&#37;&#37;")


def shown_lines(text: str) -> str:
    """Return a text as one line of HTML, for where blanks, tabs and line ends count."""
    return shown_text(text).translate(_WHITE)


def shown_question(text: str) -> str:
    """Return a person's own text as it was typed."""
    lines = shown_lines(text.replace("\r\n", "\n").replace("\r", "\n"))
    return f'<div class="typed" dir="auto">{lines}</div>'


def shown_name(name: str) -> str:
    """Return a name for Markdown that is shown letter for letter, whatever it holds."""
    return _MARKS.sub(lambda mark: f"&#{ord(mark[0])};", name)
