"""Diagrams: the program that draws them takes HTML, addresses and style sheets from their text."""

import re
from itertools import islice

from chat.markup.escaped import plain

_JOINER = "\u2060"  # invisible; what has it in the middle is nothing but text
_TAG_WITH_MORE = re.compile(r"<(?=[a-zA-Z/!?])(?!/?(?!style[\s/>])[a-z][^\s/<>]*[ ]?/?>)", re.IGNORECASE)
_TITLE = re.compile(r"\s*---[ ]*\n[ ]*title:[\w ,.()-]*\n[ ]*---[ ]*\n(?!\s*---)")
_FRONT_MATTER = re.compile(r"\s*---")
_RULE = re.compile(r"^[ \t]*---[ \t]*\n", re.MULTILINE)
_ACTS = re.compile(
    r"&(?=[#a-z])(?!(?:quot|apos|gt|nbsp);)"  # tags spelled with entities
    r"|%%(?=\{)|\burl(?=\()|@(?=import)",  # settings and styles
    re.IGNORECASE,
)


def diagram_html(drawing: str) -> str:
    """Return a diagram for the page to draw, with only its drawing in it."""
    drawing = _TAG_WITH_MORE.sub(f"<{_JOINER}", drawing)
    drawing = _without_settings(_ACTS.sub(lambda found: found[0] + _JOINER, drawing))
    return f'<div class="mermaid">{plain(drawing)}</div>'


def _without_settings(drawing: str) -> str:
    """Drop the settings before a drawing, between two lines of "---", but keep a plain title."""
    if _TITLE.match(drawing) or not _FRONT_MATTER.match(drawing):
        return drawing
    rules = [*islice(_RULE.finditer(drawing), 2)]
    drawing = drawing[rules[1].end() :] if len(rules) > 1 else drawing
    return drawing.replace("---", f"-{_JOINER}--", 1) if _FRONT_MATTER.match(drawing) else drawing
