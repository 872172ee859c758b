"""Who answers: the requests that go out, and the replies that come back."""

from chat.providers.connector import Connect, connector
from chat.providers.demo import DEMO_MODEL, DemoProvider
from chat.providers.request_fields import Quirks
from chat.providers.seam import (
    Answered,
    ChatError,
    Completed,
    CompletionEvent,
    CompletionProvider,
    CompletionRequest,
    NotSent,
    Parameters,
    ReasoningDelta,
    Remark,
    ReplyBroken,
    RequestRefused,
    Retrying,
    Sending,
    TextDelta,
    choice_of,
)

__all__ = [
    "DEMO_MODEL",
    "Answered",
    "ChatError",
    "Completed",
    "CompletionEvent",
    "CompletionProvider",
    "CompletionRequest",
    "Connect",
    "DemoProvider",
    "NotSent",
    "Parameters",
    "Quirks",
    "ReasoningDelta",
    "Remark",
    "ReplyBroken",
    "RequestRefused",
    "Retrying",
    "Sending",
    "TextDelta",
    "choice_of",
    "connector",
]
