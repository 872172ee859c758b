"""How a conversation looks in the Chatbot: turns in, messages out. Pure."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from chat.conversation import Turn
from chat.ui.receipts import receipt_details, receipt_line

# Tags that replies use for layout; all others are text to be read, such as vector<int>.
LAYOUT_TAGS = "br|sub|sup|kbd|details|summary"
CODE_OR_TAG = re.compile(
    r"(?P<code>^(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)|\Z)|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`))"
    rf"|<(?=[a-zA-Z/!?])(?!/?(?:{LAYOUT_TAGS})\b)",
    re.DOTALL | re.MULTILINE,
)
WORD_JOINER = "\u2060"  # invisible; keeps a "<" from being read as the start of a tag

ENDINGS = {
    "stopped": "You stopped this reply.",
    "interrupted": "Tally ended before this reply did. What had come is kept.",
}

ChatbotMessage = dict[str, Any]


def messages_of(turn: Turn) -> list[ChatbotMessage]:
    """Everything that is shown of one turn, in order."""
    messages = [_said("user", shown_text(turn.question))]
    if turn.reasoning:
        messages.append(_folded("Reasoning", shown_text(turn.reasoning)))
    if turn.reply:
        messages.append(_said("assistant", shown_text(turn.reply)))
    if aside := _aside(turn):
        messages.append(_said("assistant", aside))
    if turn.entry is not None:
        messages.append(_folded(receipt_line(turn.entry), receipt_details(turn.entry)))
    return messages


def turn_at(turns: Sequence[Turn], index: int) -> Turn | None:
    """The turn that the Chatbot's message with this index belongs to."""
    for turn in turns:
        index -= len(messages_of(turn))
        if index < 0:
            return turn
    return None


def shown_text(text: str) -> str:
    """Text that shows its tags instead of losing them to HTML. Code is left as it is."""
    return CODE_OR_TAG.sub(lambda found: found["code"] or f"<{WORD_JOINER}", text)


def typed_text(text: str) -> str:
    """What stood there before `shown_text`."""
    return text.replace(WORD_JOINER, "")


def _aside(turn: Turn) -> str:
    """What Tally itself says of a turn: that it waits, what went wrong, how it ended."""
    lines = [_line("remark", remark) for remark in turn.remarks]
    if turn.status in ENDINGS:
        lines.append(_line("remark", ENDINGS[turn.status]))
    if turn.error:
        lines.append(_line("waiting" if turn.status == "running" else "failure", turn.error))
    elif turn.status == "running" and not turn.reply and not turn.reasoning:
        lines.append('<div class="waiting" aria-label="Waiting for the reply"><i></i><i></i><i></i></div>')
    return "".join(lines)


def _line(kind: str, text: str) -> str:
    return f'<div class="{kind}">{escape(text)}</div>'


def _said(role: str, content: str) -> ChatbotMessage:
    return {"role": role, "content": content}


def _folded(title: str, content: str) -> ChatbotMessage:
    return {"role": "assistant", "content": content, "metadata": {"title": title, "status": "done"}}
