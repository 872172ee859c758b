"""How a conversation looks in the Chatbot: turns in, messages out. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Any

from chat.conversation import Turn
from chat.ui.messages.markup import shown_name, shown_question, shown_reply
from chat.ui.messages.receipts import receipt_details, receipt_line

ENDINGS = {
    "stopped": "You stopped this reply.",
    "interrupted": "Tally ended before this reply did. What had come is kept.",
}

BEING_FINISHED = "You stopped this reply. It is still being received for its exact cost; Esc ends that too."

ChatbotMessage = dict[str, Any]


def messages_of(turn: Turn) -> list[ChatbotMessage]:
    """Everything that is shown of one turn, in order."""
    messages = [_said("user", shown_question(turn.question))]
    if turn.reasoning:
        messages.append(_folded("Reasoning", shown_reply(turn.reasoning)))
    if turn.reply:
        messages.append(_said("assistant", shown_reply(turn.reply)))
    if said := aside(turn):
        messages.append(_said("assistant", said))
    if turn.entry is not None:
        messages.append(_folded(shown_name(receipt_line(turn.entry)), receipt_details(turn.entry)))
    return messages


def turn_at(turns: Sequence[Turn], index: int) -> Turn | None:
    """The turn that the Chatbot's message with this index belongs to."""
    for turn in turns:
        index -= len(messages_of(turn))
        if index < 0:
            return turn
    return None


def is_being_finished(turn: Turn) -> bool:
    """Whether it was stopped and its call is still received, unseen."""
    return turn.status == "stopped" and turn.entry is None


def aside(turn: Turn) -> str:
    """What Tally itself says of a turn: that it waits, what went wrong, how it ended."""
    lines = [_line("remark", remark) for remark in turn.remarks]
    if is_being_finished(turn):
        lines.append(_line("remark finishing", BEING_FINISHED))
    elif turn.status in ENDINGS:
        lines.append(_line("remark", ENDINGS[turn.status]))
    if turn.error:
        lines.append(_line("waiting" if turn.status == "running" else "failure", turn.error))
    elif turn.status == "running" and not turn.reply and not turn.reasoning:
        lines.append('<div class="waiting" aria-label="Waiting for the reply"><i></i><i></i><i></i></div>')
    return "".join(lines)


def _line(kind: str, text: str) -> str:
    # An empty line would end the HTML for Markdown, which would then read what follows as its own.
    return f'<div class="{kind}">{"<br>".join(escape(text).splitlines())}</div>'


def _said(role: str, content: str) -> ChatbotMessage:
    # A plain string would go through `inspect.cleandoc`, which removes indentation and expands tabs.
    return {"role": role, "content": {"type": "text", "text": content}}


def _folded(title: str, content: str) -> ChatbotMessage:
    return _said("assistant", content) | {"metadata": {"title": title, "status": "done"}}
