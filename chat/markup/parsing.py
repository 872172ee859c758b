"""Reads Markdown: CommonMark with tables, as people and models write it in chats."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from chat.markup.formulas import add_formulas

# Tags that replies use for layout. All others are text to be read, such as vector<int>.
_LAYOUT_TAG = re.compile(r"<(/?)(br|sub|sup|kbd)(?:[\s/][^<>]*)?>", re.IGNORECASE)
_FOLD_TAG = re.compile(r"<(/?)(details|summary)((?:[\s/][^<>]*)?)>", re.IGNORECASE)
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
)
_DEEPEST = 50  # blocks within blocks; the parser would leave out what is ten deeper
_PUNCTUATION = re.compile(r"[^\w\s]|_")


def blocks_of(text: str, references: dict[str, Any]) -> list[list[Token]]:
    """Return the tokens of each block; what the text says of addresses is added to the references."""
    tokens = _parser().parse(text, {"references": references})
    return [*_blocks(tokens)]


def _blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST + 10})
    parser.inline = _InlineParser()
    parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign] # noqa: ARG005 - the writer decides what leads where
    parser.inline.ruler.before("html_inline", "layout_tag", _layout_tag)
    parser.block.ruler.before("table", "deepest", _deepest)
    parser.block.ruler.before("html_block", "fold", _fold, {"alt": ["paragraph", "reference", "blockquote"]})
    add_formulas(parser)
    return parser


class _InlineState(StateInline):
    """Knows where bold begins and ends in scripts that put no blanks between words.

    A CJK character beside the asterisks counts as a blank does elsewhere.
    """

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the library's names
        found = super().scanDelims(start, canSplitWord)
        before = self.src[start - 1 : start] if start else " "
        after = self.src[start + found.length : start + found.length + 1] or " "
        if self.src[start] != "*" or not (_CJK.match(before) or _CJK.match(after)):
            return found
        opens = not after.isspace() and not (_PUNCTUATION.match(after) and not _CJK.search(after + before))
        closes = not before.isspace() and not (_PUNCTUATION.match(before) and not _CJK.search(before + after))
        return Scanned(opens, closes, found.length)


class _InlineParser(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        state = _InlineState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _deepest(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read what is in very many quotations or lists as a paragraph."""
    if silent or state.level < _DEEPEST:
        return False
    state.push("paragraph_open", "p", 1).map = [start_line, end_line]
    token = state.push("inline", "", 0)
    token.content, token.children = state.getLines(start_line, end_line, 0, False).strip(), []
    state.push("paragraph_close", "p", -1)
    state.line = end_line
    return True


def _layout_tag(state: StateInline, silent: bool) -> bool:
    tag = _LAYOUT_TAG.match(state.src, state.pos, state.posMax)
    if tag is None:
        return False
    state.pos = tag.end()
    if not silent:
        state.push("layout_tag", "", 0).content = f"<{tag[1]}{tag[2].lower()}>"
    return True


def _fold(state: StateBlock, start_line: int, _end_line: int, silent: bool) -> bool:
    """Read a line that begins with a tag of something to be unfolded; what is inside is Markdown too."""
    begins, ends = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    if state.is_code_block(start_line) or not _FOLD_TAG.match(state.src, begins, ends):
        return False
    if silent:
        return True
    state.line = start_line + 1
    state.push("fold_open", "", 1).map = [start_line, state.line]
    position = begins
    for tag in [*_FOLD_TAG.finditer(state.src, begins, ends), None]:
        text = state.src[position : tag.start() if tag else ends].strip()
        if text:
            token = state.push("inline", "", 0)
            token.content, token.children = text, []
        if tag:
            name, is_open = tag[2].lower(), not tag[1] and "open" in tag[3].lower().split()
            token = state.push("layout_tag", "", 0)
            token.content = f"<{tag[1]}{name}{' open' if is_open and name == 'details' else ''}>"
            position = tag.end()
    state.push("fold_close", "", -1)
    return True
