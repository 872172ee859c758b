"""What the chat's page needs from the rest of the app, handed in by app.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import gradio as gr

from chat.endpoints import Endpoints
from chat.runner import TurnRunner
from chat.store import ConversationStore
from usage.meter import Meter
from usage.totals import Spend


@dataclass(frozen=True)
class ChatServices:
    """What handlers work with.

    `user_of` says whose request it is, NOBODY for somebody who has yet to sign in; `spend(user,
    conversation_id)` sums the ledger; `model` is the one at start, None for the cheapest.
    """

    user_of: Callable[[gr.Request], str]
    store: ConversationStore
    runner: TurnRunner
    endpoints: Endpoints
    meter: Meter
    spend: Callable[[str, str | None], Spend]
    clock: Callable[[], datetime]
    zone: tzinfo
    model: str | None
