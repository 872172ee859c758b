"""A reply as HTML, whole or while it grows."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

from markdown_it.token import Token

from chat.markup.code_blocks import GrowingCode, code_html, coloured
from chat.markup.diagrams import diagram_html
from chat.markup.escaped import plain
from chat.markup.formulas import formula_html
from chat.markup.parsing import blocks_of
from texts import _

_BETWEEN = "\n\n"
_WEB = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_OWN_PICTURE = re.compile(r"data:image/|blob:")
_ADDRESS = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"、。，；：！？「」（）]+", re.IGNORECASE)
_AFTER_ADDRESS = "?!.,:;*_~'"  # rather belongs to the sentence around an address
_TASK = re.compile(r"\[([ xX])\]\s")
_ALIGNED = {"text-align:right": ' class="right"', "text-align:center": ' class="center"'}


@lru_cache(maxsize=256)
def shown_reply(text: str) -> str:
    """Return a whole reply, or what a model thought, as HTML."""
    return _BETWEEN.join(_block_html(block) for block in blocks_of(_lines(text), {}))


class GrowingReply:
    """Turns a reply into HTML while it grows: only its last block is read again, as no other can change."""

    def __init__(self) -> None:
        """Begin with no text."""
        self._text, self._html = "", ""
        self._references: dict[str, Any] = {}
        self._code = GrowingCode()

    def goes_on_as(self, text: str) -> bool:
        """Return whether a text is this reply and perhaps more of it."""
        return _lines(text).startswith(self._text)

    def html(self, text: str) -> str:
        """Return the reply as far as it has come.

        An address that is given further down than its link is known in the whole reply only. What the last
        block opens stays open: most of what comes is then added at the end, and Gradio sends only that.
        """
        text = _lines(text)
        references = dict(self._references)
        rest = text[len(self._text) :]
        blocks = blocks_of(rest, references)
        if len(blocks) > 1:
            begins = _first_line(blocks[-1])
            self._text += "".join(f"{line}\n" for line in rest.split("\n")[:begins])
            self._html += "".join(_block_html(block) + _BETWEEN for block in blocks[:-1])
            self._references |= {
                label: address for label, address in references.items() if address["map"][1] <= begins
            }
        last = "".join(_block_html(block, self._code) for block in blocks[-1:])
        return self._html + _left_open(last)


class GrowingReplies:
    """The replies that one page sees growing."""

    def __init__(self) -> None:
        """Begin with none."""
        self._replies: dict[str, GrowingReply] = {}

    def html(self, name: str, text: str) -> str:
        """Return the reply of this name as far as it has come."""
        reply = self._replies.get(name)
        if reply is None or not reply.goes_on_as(text):
            reply = self._replies[name] = GrowingReply()
        return reply.html(text)


def _left_open(html: str) -> str:
    """Return HTML without the tags at its end that close others, and without the last line end of code."""
    while html.endswith(">") and html.startswith("</", begins := html.rfind("<")):
        html = html[:begins]
    return html.removesuffix("&#10;")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _first_line(block: Sequence[Token]) -> int:
    return next(token.map[0] for token in block if token.map)


def _block_html(block: Sequence[Token], growing: GrowingCode | None = None) -> str:
    return "".join(_token_html(token, block[max(at - 2, 0) : at], growing) for at, token in enumerate(block))


def _token_html(token: Token, before: Sequence[Token], growing: GrowingCode | None) -> str:
    match token.type:
        case "inline":
            is_item = [each.type for each in before] == ["list_item_open", "paragraph_open"]
            return _inline_html(token.children or [], is_item=is_item)
        case "fence" | "code_block":
            return _code_html(token, growing)
        case "display_formula":
            return f'<p class="formula" tabindex="0">{formula_html(token.content, is_display=True)}</p>'
        case "layout_tag":
            return token.content
        case "table_open":
            return '<div class="table"><table dir="auto">'
        case "table_close":
            return "</table></div>"
        case "fold_open" | "fold_close":
            return ""
        case "paragraph_open" | "paragraph_close" if token.hidden:
            return ""
    if token.nesting < 0:
        return f"</{token.tag}>"
    return f"<{token.tag}{_attributes(token)}>"


def _attributes(token: Token) -> str:
    """Return the few attributes that tags have; what holds paragraphs gives them its direction."""
    if token.type in ("th_open", "td_open"):
        return _ALIGNED.get(str(token.attrGet("style")), "")
    is_list = token.type in ("bullet_list_open", "ordered_list_open")
    direction = ' dir="auto"' if is_list or (token.level == 0 and token.nesting > 0) else ""
    start = token.attrGet("start") if token.type == "ordered_list_open" else None
    return direction + (f' start="{start}"' if start is not None else "")


def _code_html(token: Token, growing: GrowingCode | None) -> str:
    code = token.content
    if code and not code.endswith("\n"):
        code += "\n"
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    if language == "mermaid" and not growing and _is_closed(token, code):
        return diagram_html(code)
    return code_html(code, language, growing.html(code, language) if growing else coloured(code, language))


def _is_closed(fence: Token, code: str) -> bool:
    begins, ends = fence.map or (0, 0)
    return ends - begins == code.count("\n") + 2


def _inline_html(tokens: Sequence[Token], *, is_item: bool) -> str:
    pieces, links = [], 0
    for at, token in enumerate(tokens):
        if token.type in ("link_open", "link_close"):
            links += token.nesting
        task = _TASK.match(token.content) if is_item and at == 0 and token.type == "text" else None
        if task:
            name, box = (_("To do"), "☐") if task[1] == " " else (_("Done"), "☑")
            pieces.append(f'<span class="task" role="img" title="{escape(name)}">{box}</span> ')
        content = token.content[task.end() :] if task else token.content
        pieces.append(_piece_html(token, content, is_linked=links > 0))
    return "".join(pieces)


def _piece_html(token: Token, content: str, *, is_linked: bool) -> str:
    match token.type:
        case "text":
            return plain(content) if is_linked else _with_links(content)
        case "softbreak" | "hardbreak":
            return "<br>"
        case "code_inline":
            return f"<code>{plain(content)}</code>"
        case "formula" | "display_formula":
            return formula_html(content, is_display=token.type == "display_formula")
        case "layout_tag":
            return content
        case "link_open":
            return _link_tag(str(token.attrGet("href") or ""), str(token.attrGet("title") or ""))
        case "link_close":
            return "</a>"
        case "image":
            return _picture(token)
    return f"<{'/' if token.nesting < 0 else ''}{token.tag}>"


def _link_tag(address: str, title: str = "") -> str:
    """Return the beginning of a link; one that leads to neither the web nor mail leads nowhere."""
    href = f' href="{plain(address)}"' if _WEB.match(address) else ""
    return f"<a{href}" + (f' title="{plain(title)}">' if title else ">")


def _picture(token: Token) -> str:
    """Return a picture that is in the text itself. Others are links: looking at a reply asks for nothing."""
    address, name = str(token.attrGet("src") or ""), plain(token.content)
    if _OWN_PICTURE.match(address):
        return f'<img src="{plain(address)}" alt="{name}">'
    return f"{_link_tag(address)}{name or plain(address)}</a>"


def _with_links(text: str) -> str:
    pieces, position = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_end(found[0])
        href = address if _WEB.match(address) else f"http://{address}"
        pieces += [plain(text[position : found.start()]), _link_tag(href), plain(address), "</a>"]
        position = found.start() + len(address)
    return "".join(pieces) + plain(text[position:])


def _without_end(address: str) -> str:
    """Return an address without the marks behind it; brackets belong to it if they open in it."""
    address = address.rstrip(_AFTER_ADDRESS)
    more = address.count(")") - address.count("(")
    while more > 0 and address.endswith(")"):
        address, more = address[:-1].rstrip(_AFTER_ADDRESS), more - 1
    return address
