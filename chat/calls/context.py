"""Which messages go with a request."""

from collections.abc import Iterable

from chat.conversation import Turn
from chat.providers import Message


def messages_for(history: Iterable[Turn], question: str, system_prompt: str) -> tuple[Message, ...]:
    """The system prompt, the turns before, then the question.

    A turn that has no reply leaves its question to stand before the next one, in one message:
    many servers insist that user and assistant take turns.
    """
    messages = [Message("system", system_prompt)] if system_prompt.strip() else []
    waiting: list[str] = []
    for turn in history:
        waiting.append(turn.question)
        if turn.reply:
            messages += [_user(waiting), Message("assistant", turn.reply)]
            waiting = []
    messages.append(_user([*waiting, question]))
    return tuple(messages)


def as_pairs(messages: Iterable[Message]) -> tuple[tuple[str, str], ...]:
    """The messages as (role, content), the way they are counted."""
    return tuple((message.role, message.content) for message in messages)


def _user(questions: list[str]) -> Message:
    return Message("user", "\n\n".join(questions))
