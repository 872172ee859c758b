"""Who answers: the requests that go out, and the replies that come back."""

from chat.providers.account_balance import BALANCE_SOURCES
from chat.providers.connector import Connect, connector
from chat.providers.demo import DEMO_MODEL, DemoProvider
from chat.providers.seam import (
    LONGEST_MODEL_NAME,
    Answered,
    ChatError,
    Completed,
    CompletionEvent,
    CompletionProvider,
    CompletionRequest,
    Counted,
    ModelInputs,
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
from chat.providers.secrets import shown_address
from chat.providers.sending import Quirks

__all__ = [
    "BALANCE_SOURCES",
    "DEMO_MODEL",
    "LONGEST_MODEL_NAME",
    "Answered",
    "ChatError",
    "Completed",
    "CompletionEvent",
    "CompletionProvider",
    "CompletionRequest",
    "Connect",
    "Counted",
    "DemoProvider",
    "ModelInputs",
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
    "shown_address",
]
