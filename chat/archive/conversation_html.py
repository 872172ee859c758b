"""The current branch of a conversation as one page that opens without the app: no script, nothing loaded."""

from collections.abc import Iterator
from datetime import tzinfo
from html import escape
from pathlib import Path

from chat.archive.conversation_markdown import (
    below_reply,
    files_line,
    said_when,
    summary_line,
    who_asked,
    with_system_prompts,
)
from chat.conversation import Conversation, Turn
from chat.markup import FORMULA_MARKS, plain, receipt_html, shown_reply
from texts import _

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = Path(__file__).parent / "conversation.css"
_FORMULAS = dict(
    zip(
        map(ord, FORMULA_MARKS),
        ('<code class="formula">', "</code>", '<code class="formula display">', "</code>"),
        strict=True,
    )
)


def conversation_html(conversation: Conversation, zone: tzinfo) -> str:
    """Return the page: who said what and when in this zone, and what each reply cost.

    Formulas stand as they were written, since only a script could draw them.
    """
    title = plain(conversation.title)
    body = "".join(_pieces(conversation, zone))
    summary = plain(summary_line(conversation, zone))
    page = (
        f'<!doctype html>\n<html lang="{_("en")}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE.read_text('utf-8')}</style></head>\n"
        f'<body><header><h1 dir="auto">{title}</h1><p>{summary}</p></header>\n<main>{body}</main>\n'
        f"<footer>{escape(_('Exported from Tally'))}</footer></body></html>\n"
    )
    return page.translate(_FORMULAS)


def _pieces(conversation: Conversation, zone: tzinfo) -> Iterator[str]:
    for turn, system_prompt in with_system_prompts(conversation.branch):
        if system_prompt is not None:
            name, said = escape(_("System prompt:")), plain(system_prompt or _("none"))
            yield f'<p class="remark"><b>{name}</b> {said}</p>\n'
        yield from _turn_pieces(turn, zone)


def _turn_pieces(turn: Turn, zone: tzinfo) -> Iterator[str]:
    said = plain(said_when(turn.created_at, zone))
    yield f'<article class="question"><h2>{escape(who_asked(turn))} <time>{said}</time></h2>'
    if turn.attachments:
        yield f'<p class="remark">{plain(files_line(turn))}</p>'
    if turn.question:
        yield f'<div class="typed" dir="auto">{plain(turn.question)}</div>'
    yield "</article>\n"
    yield f'<article class="reply"><h2>{plain(turn.choice)}</h2>'
    if turn.reasoning:
        thoughts = f"<summary>{escape(_('Reasoning'))}</summary>{shown_reply(turn.reasoning)}"
        yield f'<details class="reasoning">{thoughts}</details>'
    yield shown_reply(turn.reply)
    lines = [*below_reply(turn)]
    if turn.entry is not None:
        lines.pop()
    yield from (f'<p class="remark">{plain(line)}</p>' for line in lines)
    if turn.entry is not None:
        yield receipt_html(turn.entry)
    yield "</article>\n"
