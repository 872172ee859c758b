"""Prepares text for the Chatbot's Markdown: it shows what was written, and nothing in it acts on the page.

The browser's parser decides which parts of a text are code, and no parser here can be sure to agree with it.
So nothing depends on that: whatever could become a tag with attributes is disarmed in code as well.

No pattern here looks at the same text twice, so reading a text takes time in proportion to its length.
"""

import re
from collections.abc import Iterator
from itertools import islice

WORD_JOINER = "\u2060"  # invisible; keeps a "<" from being read as the start of a tag

_FENCE = r"^[ ]{0,3}(?P<fence>`{3,}|~{3,})"
_TICKS = r"(?P<ticks>`+)"
_TAG = r"(?P<tag><(?=[a-zA-Z/!?]))"
_PICTURE = r"(?P<picture>!(?=\[))"
# "$5 and $10" is money: a formula has no space inside its dollars and no digit after them.
_DOLLAR = r"(?P<dollar>(?<![\\$\w])\$(?![\s$]))"
_POINT = re.compile("|".join([_FENCE, _TICKS, _TAG, _PICTURE, _DOLLAR]), re.MULTILINE)

_FENCE_LINE = re.compile(_FENCE, re.MULTILINE)
_TICK_RUN = re.compile(r"`+")
_UP_TO_DOLLAR = re.compile(r"(?:[^$\n\\]+|\\.)*+", re.DOTALL)
_CLOSING_DOLLAR = re.compile(r"(?<!\s)\$(?![\d$])")
# Tags that replies use for layout; all others are text to be read, such as vector<int>.
_LAYOUT_TAG = re.compile(r"<(/?)(br|sub|sup|kbd|details|summary)(?=[\s/>])([^<>]*)>")
# A tag without attributes is harmless even where the browser sees no code, except <style>.
_ARMED_TAG = re.compile(r"<(?=[a-zA-Z/!?])(?!/?(?!style[\s/>])[a-z][^\s/<>]*[ ]?/?>)", re.IGNORECASE)
_OWN_PICTURE = re.compile(r"!\[[^\[\]\n]*\]\((?:data:image/|blob:)")

# Diagrams are drawn by a program that takes HTML, addresses and style sheets from their text.
# U+FEFF is white space to the browser, but not to Python.
_DIAGRAM = re.compile(r"(?<!`)```mermaid[\s\ufeff]*\n")
_DIAGRAM_END = re.compile(r"```(?:[^\S\n]|\ufeff)*(?:\n|\Z)")
_NESTED_DIAGRAM = re.compile(r"```(?=mermaid)")
_TITLE = re.compile(r"\s*---[ ]*\n[ ]*title:[\w ,.()-]*\n[ ]*---[ ]*\n(?![\s>]*---)")
_FRONT_MATTER = re.compile(r"[\s>]*---")
_RULE = re.compile(r"^[ \t>]*---[ \t]*\n", re.MULTILINE)
_IN_DIAGRAM = re.compile(
    r"&(?=[#a-z])(?!(?:quot|apos|gt|nbsp);)"  # tags spelled with entities
    r"|%%(?=\{)|\burl(?=\()|@(?=import)"  # settings and styles
    r"|\$(?=\$)|\\(?=[(\[])",  # formulas, which could hide the diagram's end from the browser
    re.IGNORECASE,
)


def shown_reply(text: str) -> str:
    """Return a reply for Markdown: tags stay readable, but those for layout work, without their attributes.

    Pictures from elsewhere become links. Formulas in single dollars become `\\(…\\)`, which nothing else
    looks like.
    """
    return "".join(_pieces(text))


def without_empty_start(text: str) -> str:
    """Return a text from its first line that holds anything.

    Gradio would remove the lines before it one by one, and move all the others each time.
    """
    begins = len(text) - len(text.lstrip())
    return text[text.rfind("\n", 0, begins) + 1 :]


Piece = tuple[str, int]  # what to show, and where in the text what follows begins


def _pieces(text: str) -> Iterator[str]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as the browser reads them
    ticks = _ClosingTicks(text)
    position = 0
    while found := _POINT.search(text, position):
        yield text[position : found.start()]
        kind = found.lastgroup
        if kind in ("fence", "ticks") and (diagram := _DIAGRAM.match(text, found.start(kind))):
            shown, position = _diagram(text, found.start(), diagram)
        elif kind == "fence":
            end = _end_of_fence(text, found)
            shown, position = _code(text[found.start() : end]), end
        elif kind == "ticks":
            shown, position = _code_span(text, found, ticks)
        elif kind == "dollar":
            shown, position = _formula(text, found.start())
        elif kind == "picture":
            is_own = _OWN_PICTURE.match(text, found.start())
            shown, position = "!" if is_own else f"!{WORD_JOINER}", found.end()
        else:
            shown, position = _layout_tag(found) or (f"<{WORD_JOINER}", found.end())
        yield shown
    yield text[position:]


def _layout_tag(found: re.Match[str]) -> Piece | None:
    tag = _LAYOUT_TAG.match(found.string, found.start())
    if tag is None:
        return None
    slash, name, rest = tag.groups()
    if rest.strip() in ("", "/"):
        return tag[0], tag.end()
    kept = " open" if name == "details" and not slash and "open" in rest.split() else ""
    return f"<{slash}{name}{kept}>", tag.end()


def _code(code: str) -> str:
    return _NESTED_DIAGRAM.sub(f"```{WORD_JOINER}", _ARMED_TAG.sub(f"<{WORD_JOINER}", code))


def _diagram(text: str, start: int, opening: re.Match[str]) -> Piece:
    """Return a diagram with only its drawing. It ends where the browser ends it, not where code ends."""
    closing = _DIAGRAM_END.search(text, opening.end())
    end = closing.start() if closing else len(text)
    drawing = _ARMED_TAG.sub(f"<{WORD_JOINER}", text[opening.end() : end])
    drawing = _without_settings(_IN_DIAGRAM.sub(lambda found: found[0] + WORD_JOINER, drawing))
    return text[start : opening.end()] + drawing + ("```" if closing else ""), end + 3 if closing else end


def _without_settings(drawing: str) -> str:
    """Drop the settings before a drawing, between two lines of "---", but keep a plain title."""
    if _TITLE.match(drawing) or not _FRONT_MATTER.match(drawing):
        return drawing
    rules = [*islice(_RULE.finditer(drawing), 2)]
    drawing = drawing[rules[1].end() :] if len(rules) > 1 else drawing
    return drawing.replace("---", f"-{WORD_JOINER}--", 1) if _FRONT_MATTER.match(drawing) else drawing


def _end_of_fence(text: str, opening: re.Match[str]) -> int:
    fence = opening["fence"]
    for line in _FENCE_LINE.finditer(text, opening.end()):
        if line["fence"].startswith(fence):
            return line.start("fence") + len(fence)
    return len(text)


def _code_span(text: str, opening: re.Match[str], ticks: "_ClosingTicks") -> Piece:
    """Return the code between two runs of backticks of the same length.

    When nothing closes the whole run, its first backticks are text and the rest may begin code.
    """
    for start in range(opening.start(), opening.end()):
        end = ticks.end_of_code(opening.end() - start, opening.end())
        if end is not None:
            return text[opening.start() : start] + _code(text[start:end]), end
    return opening[0], opening.end()


class _ClosingTicks:
    """Finds the runs of backticks that close code; asked from left to right, it looks at each run once."""

    def __init__(self, text: str) -> None:
        self._starts: dict[int, list[int]] = {}
        for run in reversed([*_TICK_RUN.finditer(text)]):
            self._starts.setdefault(len(run[0]), []).append(run.start())

    def end_of_code(self, length: int, after: int) -> int | None:
        """Return where the first run of this length after this place ends; None when there is none."""
        starts = self._starts.get(length, [])
        while starts and starts[-1] < after:
            starts.pop()
        return starts[-1] + length if starts else None


def _formula(text: str, start: int) -> Piece:
    end = _UP_TO_DOLLAR.match(text, start + 1).end()  # type: ignore[union-attr]
    if end == start + 1 or not _CLOSING_DOLLAR.match(text, end):
        return "$", start + 1
    # A blank also keeps "<" from being read as the start of a tag, and means nothing in a formula.
    formula = _ARMED_TAG.sub("< ", text[start + 1 : end])
    return rf"\({formula}\)", end + 1
