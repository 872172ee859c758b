"""The marks that tell a cache up to where it is to keep a prompt, as Anthropic's models want to be told."""

from collections.abc import Sequence

from chat.providers.sending.sent_messages import SentMessage

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
    """Return a message with a mark on its last text, as a message of parts: only a text part can have one."""
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    texts = [place for place, part in enumerate(parts) if part["type"] == "text"]
    if texts:
        parts[texts[-1]] = {**parts[texts[-1]], "cache_control": {"type": "ephemeral"}}
    return {**message, "content": parts}
