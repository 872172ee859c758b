"""The marks that tell a cache up to where it is to keep a prompt, as Anthropic's models want to be told."""

from collections.abc import Sequence
from typing import Any

SentMessage = dict[str, Any]

# Four marks are allowed. The question's mark is written now and read by the next call, which has it as the
# question before; the system prompt is the same when the first question is edited.
_QUESTIONS = 2


def with_cache_marks(messages: Sequence[SentMessage]) -> list[SentMessage]:
    """Return the messages with marks on the system prompt, the question, and the question before it."""
    places = {place for place, message in enumerate(messages) if message["role"] == "system"}
    questions = [place for place, message in enumerate(messages) if message["role"] == "user"]
    places.update(questions[-_QUESTIONS:])
    return [_marked(message) if place in places else message for place, message in enumerate(messages)]


def _marked(message: SentMessage) -> SentMessage:
    """Return a message of one text as one of parts, since only a part can have a mark."""
    part = {"type": "text", "text": message["content"], "cache_control": {"type": "ephemeral"}}
    return {**message, "content": [part]}
