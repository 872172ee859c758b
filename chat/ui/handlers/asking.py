"""Sending, retrying and editing: each asks, then follows the reply in the same event."""

from collections.abc import AsyncGenerator, Awaitable
from typing import Any

import gradio as gr

from chat.providers import ChatError
from chat.store import StoreError
from chat.ui.chat_tab import ChatTab
from chat.ui.handlers.actions import Actions, Values
from chat.ui.handlers.follower import Follower
from chat.ui.messages import failure, no_notice


class Asking:
    """One event from the question to the end of its reply: no word waits for another round trip."""

    def __init__(self, tab: ChatTab, actions: Actions, follower: Follower) -> None:
        self._tab = tab
        self._actions = actions
        self._follower = follower

    @property
    def outputs(self) -> list[Any]:
        """Everything that asking changes."""
        return [*self._follower.outputs, self._tab.sent]

    async def send(self, values: Values, request: gr.Request) -> AsyncGenerator[Values, None]:
        """Send the message in the box."""
        asking = self._actions.send(values, request, values[self._tab.message] or "")
        async for updates in self._asked(asking, values, request):
            yield updates

    async def example(
        self, values: Values, chosen: gr.SelectData, request: gr.Request
    ) -> AsyncGenerator[Values, None]:
        """Send the starter question that was clicked."""
        clicked = chosen.value
        text = str(clicked.get("text") or "") if isinstance(clicked, dict) else ""
        async for updates in self._asked(self._actions.send(values, request, text), values, request):
            yield updates

    async def retry(
        self, values: Values, chosen: gr.RetryData, request: gr.Request
    ) -> AsyncGenerator[Values, None]:
        """Ask the same again, as another version."""
        asking = self._actions.again(values, request, chosen.index, None)
        async for updates in self._asked(asking, values, request):
            yield updates

    async def edit(
        self, values: Values, edited: gr.EditData, request: gr.Request
    ) -> AsyncGenerator[Values, None]:
        """Ask the edited message in place of the one that it was."""
        asking = self._actions.again(values, request, edited.index, str(edited.value))
        async for updates in self._asked(asking, values, request):
            yield updates

    async def _asked(
        self, asking: Awaitable[Values], values: Values, request: gr.Request
    ) -> AsyncGenerator[Values, None]:
        try:
            asked = await asking
        except (ChatError, StoreError) as exc:
            yield {self._tab.notice: failure(str(exc))}
            return
        yield {self._tab.notice: no_notice(), **asked}
        conversation_id, window = asked[self._tab.conversation], values[self._tab.window]
        async for updates in self._follower.follow(conversation_id, window, request, just_asked=True):
            yield updates
