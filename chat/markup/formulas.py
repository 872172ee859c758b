"""Formulas in Markdown: `\\(…\\)`, `\\[…\\]`, `$$…$$`, and `$…$` where it is not money."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from chat.markup.escaped import FORMULA_MARKS, plain

FORMULAS: list[dict[str, str | bool]] = [
    {"left": FORMULA_MARKS[0], "right": FORMULA_MARKS[1], "display": False},
    {"left": FORMULA_MARKS[2], "right": FORMULA_MARKS[3], "display": True},
]
"""What the page finds formulas by."""

_OPENING = re.compile(r"\\\(|\\\[|(?<![\\$\w])\$\$?(?!\$)")
_CLOSING = {r"\(": r"\)", r"\[": r"\]", "$": "$", "$$": "$$"}
_DOLLARS = re.compile(r"\$+")
_UP_TO_DOLLAR = re.compile(r"(?:[^$\\]+|\\.)*+", re.DOTALL)
_SIGN = re.compile(r"[\\^_{}=<>]")
_COMMAND = re.compile(r"\\[a-zA-Z]*(?:text|rm|name|bf|it|begin|end)\w*\*?\{[^{}]*\}|\\[a-zA-Z]+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_BRACKETS = re.compile(r"\\.|([(\[{])|([)\]}])")


def add_formulas(parser: MarkdownIt) -> None:
    """Make a parser find formulas: tokens of the type "formula" or "display_formula"."""
    parser.inline.ruler.before("escape", "formula", _inline_formula)
    parser.block.ruler.before(
        "fence", "formula", _formula_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def formula_html(formula: str, *, is_display: bool) -> str:
    """Return a formula between the characters that the page draws formulas between."""
    ends = FORMULAS[is_display]
    return f"{ends['left']}{plain(formula.strip())}{ends['right']}"


def is_formula(between: str) -> bool:
    """Return whether what stands between two single dollars is a formula, not a text between two amounts."""
    if not between or between[0].isspace() or between[-1].isspace() or "\n" in between:
        return False
    if sum(bool(opened) - bool(closed) for opened, closed in _BRACKETS.findall(between)):
        return False
    words = _WORD.findall(_COMMAND.sub(" ", between))
    if between[0].isdigit() or not _SIGN.search(between):
        return not words or (between.isalpha() and len(between) <= 3) or _is_call(between, words)
    return True


def _is_call(between: str, words: list[str]) -> bool:
    """Return whether the only words are functions, as in "sin(x)" or "O(n log n)"."""
    known = {"sin", "cos", "tan", "log", "ln", "exp", "max", "min", "gcd", "det", "lim", "mod"}
    return set(words) <= known and not between[0].isdigit()


def _inline_formula(state: StateInline, silent: bool) -> bool:
    opening = _OPENING.match(state.src, state.pos, state.posMax)
    if opening is None:
        return False
    found = _formula_at(state, opening[0], opening.end())
    if found is None:
        return False
    formula, state.pos = found
    if not silent:
        token = state.push("display_formula" if opening[0] in ("$$", r"\[") else "formula", "", 0)
        token.content = formula
    return True


def _formula_at(state: StateInline, opening: str, start: int) -> tuple[str, int] | None:
    """Return the formula that begins here, and where what follows it begins."""
    closing = _CLOSING[opening]
    if closing.startswith("$"):
        end = _UP_TO_DOLLAR.match(state.src, start, state.posMax).end()  # type: ignore[union-attr]
        run = _DOLLARS.match(state.src, end, state.posMax)
        if run is None or run[0] != closing or re.match(r"\w", state.src[run.end() : run.end() + 1]):
            return None
    else:
        if state.html_terminator_last(closing) < start:  # looked for once, however often this is asked
            return None
        end = state.src.find(closing, start, state.posMax)
        if end < 0:
            return None
    formula = state.src[start:end]
    if opening == "$":
        is_meant = is_formula(formula)
    elif opening == "$$" and formula.strip() != formula:
        is_meant = _SIGN.search(formula) is not None
    else:
        is_meant = bool(formula.strip())
    return (formula, end + len(closing)) if is_meant else None


def _formula_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a formula that takes lines of its own, which may look like anything else in Markdown."""
    begins = state.bMarks[start_line] + state.tShift[start_line]
    opening = state.src[begins : begins + 2]
    if opening not in (r"\[", "$$") or state.is_code_block(start_line):
        return False
    closing = _CLOSING[opening]
    searched: dict[str, int] = state.env.setdefault("searched", {})
    if start_line < searched.get(closing, 0):
        return False
    line, text = start_line, state.src[begins + 2 : state.eMarks[start_line]]
    while closing not in text:
        line += 1
        if line >= end_line or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            searched[closing] = line
            return False
        text = state.getLines(line, line + 1, state.blkIndent, False)
    if line > start_line:
        text = state.getLines(start_line, line + 1, state.blkIndent, False).lstrip()[2:]
    formula, _, rest = text.partition(closing)
    is_bare = opening != "$$" or not formula.partition("\n")[0].strip()
    if rest.strip() or not formula.strip() or not (is_bare or _SIGN.search(formula)):
        return False
    if not silent:
        state.line = line + 1
        token = state.push("display_formula", "", 0)
        token.content, token.map = formula, [start_line, state.line]
    return True
