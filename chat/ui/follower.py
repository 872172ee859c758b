"""Shows a conversation and follows its reply: the only thing that changes the Chatbot."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import gradio as gr

from chat.conversation import Conversation, Turn
from chat.store import StoreError
from chat.ui.chat_tab import MOST_TURNS, ChatTab
from chat.ui.notices import failure, no_notice, page_state
from chat.ui.services import ChatServices
from chat.ui.sidebar import Sidebar, conversations_html, spend_html
from chat.ui.view import ChatbotMessage, messages_of
from usage.ledger import LedgerError

Updates = dict[Any, Any]


class Follower:
    """One page shows one conversation at a time: whoever begins to follow ends what it followed before."""

    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
        self._services = services
        self._tab = tab
        self._sidebar = sidebar
        self._latest: dict[str, object] = {}

    @property
    def outputs(self) -> list[Any]:
        """Everything that following changes."""
        tab, sidebar = self._tab, self._sidebar
        return [
            tab.chatbot,
            tab.state,
            tab.notice,
            tab.conversation,
            sidebar.conversations,
            sidebar.spend,
        ]

    async def open_from_address(self, window: int, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Show the conversation that the page's address names, unless the page has gone on already."""
        if (request.session_hash or "") in self._latest:
            return
        async for updates in self.follow(request.query_params.get("c") or "", window, request):
            yield updates

    async def follow(
        self, conversation_id: str, window: int, request: gr.Request, *, just_asked: bool = False
    ) -> AsyncGenerator[Updates, None]:
        """Show the last `window` turns of a conversation, then its reply as it grows."""
        page, mark = request.session_hash or "", object()
        self._latest[page] = mark
        user = self._services.user_of(request)
        try:
            conversation = await self._conversation(user, conversation_id)
        except StoreError as exc:
            yield {self._tab.notice: failure(str(exc))}
            return
        if conversation_id and conversation is None:
            conversation_id = ""
            yield {self._tab.notice: failure("This conversation does not exist, or it is somebody else's.")}
        window = min(max(int(window), 1), MOST_TURNS)
        branch = conversation.branch if conversation else ()
        earlier = [message for turn in branch[-window:-1] for message in messages_of(turn)]
        has_earlier = len(branch) > window
        yield {self._tab.conversation: conversation_id, **self._shown(branch[-1:], earlier, has_earlier)}
        unseen = {asyncio.create_task(self._surroundings(user, conversation_id))}
        if branch and (branch[-1].status == "running" or just_asked):
            last = branch[-1]
            async for turn in self._services.runner.follow(last.id):
                last = turn
                if self._latest.get(page) is not mark:
                    yield {self._tab.chatbot: gr.skip()}  # Gradio shows what came last once more
                    return
                yield self._shown([last], earlier, has_earlier) | _taken(unseen)
            yield {self._tab.notice: failure(last.error) if last.error else no_notice()}
            unseen = {asyncio.create_task(self._surroundings(user, conversation_id))}
        await asyncio.wait(unseen)
        yield _taken(unseen)

    def forget(self, request: gr.Request) -> None:
        """The page was closed."""
        self._latest.pop(request.session_hash or "", None)

    async def _conversation(self, user: str, conversation_id: str) -> Conversation | None:
        if not conversation_id:
            return None
        return await asyncio.to_thread(self._services.store.conversation, user, conversation_id)

    def _shown(self, last: Sequence[Turn], earlier: list[ChatbotMessage], has_earlier: bool) -> Updates:
        is_running = any(turn.status == "running" for turn in last)
        return {
            self._tab.chatbot: earlier + [message for turn in last for message in messages_of(turn)],
            self._tab.state: page_state(is_running=is_running, has_earlier=has_earlier),
        }

    async def _surroundings(self, user: str, conversation_id: str) -> Updates:
        """The list of conversations and what has been spent."""
        services = self._services
        try:
            summaries = await asyncio.to_thread(services.store.summaries, user)
            spend = await asyncio.to_thread(services.spend, user, conversation_id or None)
        except (StoreError, LedgerError) as exc:
            return {self._tab.notice: failure(str(exc))}
        listed = conversations_html(summaries, conversation_id, services.clock(), services.zone)
        return {self._sidebar.conversations: listed, self._sidebar.spend: spend_html(spend)}


def _taken(unseen: set[asyncio.Task[Updates]]) -> Updates:
    """What the tasks have found that are done, once; a word of the reply never waits for them."""
    done = {task for task in unseen if task.done()}
    unseen -= done
    return {component: update for task in done for component, update in task.result().items()}
