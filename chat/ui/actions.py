"""What the controls of the chat do: ask and follow the reply, choose, stop, open and delete."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import replace
from typing import Any

import gradio as gr

from chat.calls import Ask, known_message_id, models_asked
from chat.conversation import Conversation, Turn
from chat.providers import DEMO_MODEL, ChatError, NotSent
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import WINDOW, ChatTab
from chat.ui.follower import Follower
from chat.ui.messages import edited_text, failure, is_being_finished, turn_at
from chat.ui.settings_panel import model_choices
from chat.ui.sidebar import Sidebar, account_html
from texts import _
from usage.ledger import NOBODY, Purpose

Values = dict[Any, Any]
Updates = AsyncGenerator[Values, None]


class Actions:
    """The handlers. Each looks up for itself whose conversation it is; ids from the page are not trusted.

    Asking is one event from the question to the end of its reply: no word waits for another round trip.
    """

    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar, follower: Follower) -> None:
        self._services = services
        self._tab = tab
        self._sidebar = sidebar
        self._follower = follower

    @property
    def asking_changes(self) -> list[Any]:
        """Everything on the page that asking changes."""
        return [*self._follower.outputs, self._tab.sent]

    async def send(self, values: Values, request: gr.Request) -> Updates:
        """Send the message in the box."""
        asking = self._send(values, request, values[self._tab.message] or "")
        async for updates in self._asked(asking, values, request):
            yield updates

    async def example(self, values: Values, chosen: gr.SelectData, request: gr.Request) -> Updates:
        """Send the example question that was clicked."""
        clicked = chosen.value
        text = str(clicked.get("text") or "") if isinstance(clicked, dict) else ""
        async for updates in self._asked(self._send(values, request, text), values, request):
            yield updates

    async def retry(self, values: Values, chosen: gr.RetryData, request: gr.Request) -> Updates:
        """Ask a question again, as another version."""
        asking = self._again(values, request, chosen.index, None)
        async for updates in self._asked(asking, values, request):
            yield updates

    async def edit(self, values: Values, edited: gr.EditData, request: gr.Request) -> Updates:
        """Ask the edited message in place of the original."""
        asking = self._again(values, request, edited.index, str(edited.value))
        async for updates in self._asked(asking, values, request):
            yield updates

    async def _asked(self, asking: Awaitable[Values], values: Values, request: gr.Request) -> Updates:
        try:
            asked = await asking
        except (ChatError, StoreError) as exc:
            yield {self._tab.notice: failure(str(exc))}
            return
        yield {self._tab.notice: "", **asked}
        conversation_id, window = asked[self._tab.conversation], values[self._tab.window]
        async for updates in self._follower.follow(conversation_id, window, request, just_asked=True):
            yield updates

    async def _send(self, values: Values, request: gr.Request, question: str) -> Values:
        """Ask a question after the last turn. Raises ChatError or StoreError."""
        conversation = await self._conversation(values, request)
        last = conversation.goes_on_from if conversation else None
        parent_id = last.id if last else None
        turn = await self._ask(values, request, conversation, parent_id, question, "reply")
        return self._taken(values, turn, turn.question)

    async def _again(self, values: Values, request: gr.Request, index: Any, edited: str | None) -> Values:
        """Ask a turn's question again, or edited; `index` is that of a message in the Chatbot.

        Raises ChatError or StoreError.
        """
        conversation = await self._conversation(values, request)
        turn = self._turn_shown(conversation, values, index)
        question = turn.question if edited is None else edited_text(turn.question, edited)
        purpose: Purpose = "retry" if edited is None else "reply"
        version = await self._ask(values, request, conversation, turn.parent_id, question, purpose)
        return self._taken(values, version, "")

    def _taken(self, values: Values, turn: Turn, from_the_box: str) -> Values:
        """Tell the page's script what was taken: the message's id, its turn, and the text to clear."""
        sent = f"{known_message_id(values[self._tab.message_id])} {turn.id}\n{from_the_box}"
        return {self._tab.conversation: turn.conversation_id, self._tab.sent: sent}

    def _turn_shown(self, conversation: Conversation | None, values: Values, index: Any) -> Turn:
        shown = conversation.branch[-int(values[self._tab.window]) :] if conversation else ()
        position = index[0] if isinstance(index, list | tuple) else index
        turn = turn_at(shown, int(position))
        if turn is None:
            raise NotSent(_("The page is older than what is stored. Reload it."))
        return turn

    async def _ask(
        self,
        values: Values,
        request: gr.Request,
        conversation: Conversation | None,
        parent_id: str | None,
        question: str,
        purpose: Purpose,
    ) -> Turn:
        """Ask the model, and those to compare it with; return the first turn."""
        settings = self._sidebar.settings
        provider, key_owner = await asyncio.to_thread(
            self._services.endpoints.provider, values[settings.key] or ""
        )
        others = () if purpose == "retry" else values[self._sidebar.compare_with] or ()
        models = models_asked(values[self._sidebar.model] or "", others)
        ask = Ask(
            user=self._services.user_of(request),
            conversation_id=conversation.id if conversation else None,
            parent_id=parent_id,
            question=question,
            model=next(iter(models), ""),
            parameters=settings.read(values),
            provider=provider,
            key_owner=key_owner,
            purpose=purpose if len(models) < 2 else "compare",
            budget_usd=settings.budgets.read_new(values) if conversation is None else None,
            message_id=known_message_id(values[self._tab.message_id]),
        )
        asks = [replace(ask, model=model) for model in models] or [ask]
        return (await self._services.runner.start_all(asks))[0]

    async def choose(self, event: gr.EventData, request: gr.Request) -> Values:
        """Go on with the reply of a comparison that was clicked, and with its model alone."""
        store, turn_id = self._services.store, str((event._data or {}).get("choose", ""))
        try:
            await asyncio.to_thread(store.choose, self._services.user_of(request), turn_id)
            turn = await asyncio.to_thread(store.turn, turn_id)
        except StoreError as exc:
            return {self._tab.notice: failure(str(exc))}
        model = turn.model if turn else gr.skip()
        return {self._tab.notice: "", self._sidebar.model: model, self._sidebar.compare_with: []}

    async def stop(self, conversation_id: str, finish: bool, request: gr.Request) -> None:
        """Stop the reply that is being written in this conversation; `finish`: receive its rest unseen.

        Where none is being written, stop receiving the rest of earlier ones.
        """
        conversation = await self._find(conversation_id, request)
        turns = conversation.turns if conversation else ()
        running = [turn for turn in turns if turn.status == "running"]
        for turn in running or filter(is_being_finished, turns):
            self._services.runner.stop(turn.id, finish=finish)

    def account(self, request: gr.Request) -> Any:
        """Show who is signed in; for somebody who is not, leave the sidebar as it was laid out."""
        user = self._services.user_of(request)
        return gr.skip() if user == NOBODY else account_html(user)

    async def models(self, key: str, chosen: str | None) -> Values:
        """List the models that this key reaches; the chosen one stays, unless it was the demo model.

        Then nothing is said about it: another may have been chosen meanwhile.
        """
        model, notice = self._sidebar.model, self._tab.notice
        try:
            choices, first = await model_choices(self._services, key or "")
        except ChatError as exc:
            instead = {} if chosen else {model: self._services.model}
            return {notice: failure(str(exc)), **instead}
        names = {name for _label, name in choices}
        keeps = chosen in names or chosen not in (None, "", DEMO_MODEL)
        return {
            model: gr.update(choices=choices) if keeps else gr.update(choices=choices, value=first),
            self._sidebar.compare_with: gr.update(choices=choices),
        }

    async def models_of_key(self, key: str, chosen: str | None) -> Values:
        """List the models that a new key reaches, and clear what was said about the old one."""
        return {self._tab.notice: ""} | await self.models(key, chosen)

    async def pick(self, event: gr.EventData, shown_id: str, request: gr.Request) -> Values:
        """Open or delete the conversation that was clicked in the list."""
        clicked: dict[str, str] = event._data or {}
        tab = self._tab
        if (deleted := clicked.get("delete")) is None:
            return {tab.conversation: clicked.get("open", ""), tab.window: WINDOW, tab.notice: ""}
        try:
            await asyncio.to_thread(self._services.store.delete, self._services.user_of(request), deleted)
        except StoreError as exc:
            return {tab.notice: failure(str(exc))}
        return {tab.conversation: "" if deleted == shown_id else shown_id}

    async def settings_of_picked(self, event: gr.EventData, request: gr.Request) -> Values:
        """Show the model and the parameters of the conversation that was clicked."""
        return await self._settings_of((event._data or {}).get("open", ""), request)

    async def settings_from_address(self, request: gr.Request) -> Values:
        """Show the model and the parameters of the conversation that the page's address names."""
        return await self._settings_of(request.query_params.get("c") or "", request)

    async def _settings_of(self, conversation_id: str, request: gr.Request) -> Values:
        conversation = await self._find(conversation_id, request)
        if not conversation or not conversation.branch:
            return {self._sidebar.model: gr.skip()}
        last = conversation.branch[-1]
        return self._sidebar.settings.show(last.parameters) | {self._sidebar.model: last.model}

    async def _conversation(self, values: Values, request: gr.Request) -> Conversation | None:
        conversation_id = values[self._tab.conversation]
        conversation = await self._find(conversation_id, request)
        if conversation_id and conversation is None:
            raise NotSent(
                _("This conversation no longer exists. Start a new chat; your message is still here.")
            )
        return conversation

    async def _find(self, conversation_id: str, request: gr.Request) -> Conversation | None:
        if not conversation_id:
            return None
        store = self._services.store
        return await asyncio.to_thread(store.conversation, self._services.user_of(request), conversation_id)
