"""What the chat's page needs from the rest of the app, handed in by app.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import gradio as gr

from chat.endpoints import Endpoints
from chat.runner import TurnRunner
from chat.store import ConversationStore
from usage.ledger import LOCAL_USER
from usage.meter import Meter
from usage.totals import Spend


@dataclass(frozen=True)
class ChatServices:
    """`spend(user, conversation_id)` sums the ledger. `model` is the one at start, None for the cheapest."""

    store: ConversationStore
    runner: TurnRunner
    endpoints: Endpoints
    meter: Meter
    spend: Callable[[str, str | None], Spend]
    clock: Callable[[], datetime]
    zone: tzinfo
    model: str | None


def user_of(request: gr.Request) -> str:
    """Whose request it is. Without sign-in everything belongs to `local`."""
    return request.username or LOCAL_USER
