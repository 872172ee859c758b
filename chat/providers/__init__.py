"""Who answers: endpoints and keys, the requests that go out, and the replies that come back."""

from chat.providers.demo import DEMO_MODEL
from chat.providers.endpoints import Endpoints, connector
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
)

__all__ = [
    "DEMO_MODEL",
    "Answered",
    "ChatError",
    "Completed",
    "CompletionEvent",
    "CompletionProvider",
    "CompletionRequest",
    "Endpoints",
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
    "connector",
]
