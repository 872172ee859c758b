"""How a conversation looks in the Chatbot: turns in, messages out."""

from collections.abc import Sequence
from html import escape
from typing import Any, Literal

from chat.conversation import Turn
from chat.ui.messages.markup import GrowingReplies, shown_name, shown_question, shown_reply
from chat.ui.messages.receipts import receipt_details, receipt_line
from texts import _

ChatbotMessage = dict[str, Any]


def messages_of(turn: Turn, growing: GrowingReplies | None = None) -> list[ChatbotMessage]:
    """Return everything that is shown of one turn, in order; `growing` is what its page saw of it before."""
    messages = [_said("user", shown_question(turn.question))]
    if turn.reasoning:
        messages.append(_folded(_("Reasoning"), reply_html(turn, "reasoning", growing)))
    if turn.reply:
        messages.append(_said("assistant", reply_html(turn, "reply", growing)))
    if remarks := remarks_html(turn):
        messages.append(_said("assistant", remarks))
    if turn.entry is not None:
        messages.append(_folded(shown_name(receipt_line(turn.entry)), receipt_details(turn.entry)))
    return messages


def reply_html(turn: Turn, part: Literal["reply", "reasoning"], growing: GrowingReplies | None) -> str:
    """Return a reply, or what the model thought, as HTML."""
    text = turn.reply if part == "reply" else turn.reasoning
    if growing is None or turn.status != "running":
        return shown_reply(text)
    return growing.html(f"{turn.id} {part}", text)


def turn_at(turns: Sequence[Turn], index: int) -> Turn | None:
    """Return the turn that the Chatbot's message with this index belongs to."""
    for turn in turns:
        index -= len(messages_of(turn))
        if index < 0:
            return turn
    return None


def is_being_finished(turn: Turn) -> bool:
    """Return whether the turn was stopped while the rest of its reply is still received, unseen."""
    return turn.status == "stopped" and turn.entry is None


def remarks_html(turn: Turn) -> str:
    """Return what Tally itself says about a turn: that it waits, what went wrong, how it ended."""
    lines = [_line("remark", remark) for remark in turn.remarks]
    if is_being_finished(turn):
        lines.append(
            _line(
                "remark finishing",
                _("You stopped this reply. Its rest is received for the exact cost; Esc ends that too."),
            )
        )
    elif turn.status == "stopped":
        lines.append(_line("remark", _("You stopped this reply.")))
    elif turn.status == "interrupted":
        lines.append(_line("remark", _("Tally ended before this reply did. What had arrived is kept.")))
    if turn.error:
        lines.append(_line("waiting" if turn.status == "running" else "failure", turn.error))
    elif turn.status == "running" and not turn.reply and not turn.reasoning:
        label = escape(_("Waiting for the reply"))
        lines.append(f'<div class="waiting" aria-label="{label}"><i></i><i></i><i></i></div>')
    return "".join(lines)


def _line(kind: str, text: str) -> str:
    # An empty line would end the HTML for Markdown, which would then read what follows as its own.
    return f'<div class="{kind}">{"<br>".join(escape(text).splitlines())}</div>'


def _said(role: str, content: str) -> ChatbotMessage:
    # A plain string would go through `inspect.cleandoc`, which removes indentation and expands tabs.
    return {"role": role, "content": {"type": "text", "text": content}}


def _folded(title: str, content: str) -> ChatbotMessage:
    return _said("assistant", content) | {"metadata": {"title": title, "status": "done"}}
