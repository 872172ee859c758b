"""What the controls of the chat do: ask and follow the reply, choose, stop, open, delete and undo."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import gradio as gr
from pydantic import Field, TypeAdapter, ValidationError

from chat.calls import SUMMARY_QUESTION, Ask, known_message_id, summary_parameters, whole_characters
from chat.conversation import Attachment, Conversation, Turn, WaitingMessage, is_temporary
from chat.providers import ChatError, NotSent
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import WINDOW, ChatTab, window_with
from chat.ui.estimate import context_in, summary_choice
from chat.ui.follower import Follower
from chat.ui.messages import (
    data_of,
    edited_text,
    failure,
    is_being_finished,
    read_attached,
    texts_of,
    turn_at,
)
from chat.ui.settings_panel import OwnSettings, title_ask
from chat.ui.sidebar import LAST_COPIED, ListChanges, Sidebar, account_html
from texts import _
from usage.ledger import NOBODY, Purpose

Values = dict[Any, Any]
logger = logging.getLogger(__name__)

Updates = AsyncGenerator[Values, None]

MOST_OF_ONE = 50  # replies under way, so that nobody takes all places
_LONGEST_NUMBER = 20  # by which the page counts what it tells
_MOST_CHANGES = 100  # of what waits, in one event
_CHANGES = TypeAdapter(Annotated[list[WaitingMessage], Field(max_length=_MOST_CHANGES)])


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, and after which turn."""

    parent_id: str | None
    text: str
    purpose: Purpose = "reply"
    attachments: tuple[Attachment, ...] = ()

    @classmethod
    def after_last(
        cls, conversation: Conversation | None, text: str, attachments: tuple[Attachment, ...]
    ) -> "_Question":
        """Return a new question after the last turn of a conversation."""
        last = conversation.goes_on_from if conversation else None
        return cls(last.id if last else None, text, attachments=attachments)


@dataclass(frozen=True)
class Actions:
    """The handlers. Each looks up for itself whose conversation it is; ids from the page are not trusted.

    Asking is one event from the question to the end of its reply: no word waits for another round trip.
    """

    services: ChatServices
    tab: ChatTab
    sidebar: Sidebar
    follower: Follower
    settings: OwnSettings
    changes: ListChanges

    async def send(self, values: Values, request: gr.Request) -> Updates:
        """Send the message in the box."""
        text, sent = values[self.tab.message] or "", values[self.tab.attached]
        user = self.services.user_of(request)

        def last(conversation: Conversation | None) -> _Question:
            attachments = read_attached(self.services.files, user, sent)
            return _Question.after_last(conversation, text, attachments)

        async for updates in self._ask(values, request, last):
            yield updates

    async def retry(self, values: Values, chosen: gr.RetryData, request: gr.Request) -> Updates:
        """Ask a question again, as another version."""

        def same(conversation: Conversation | None) -> _Question:
            turn = self._turn_shown(conversation, values, chosen.index)
            if turn.is_summary:
                return _Question(turn.parent_id, SUMMARY_QUESTION, "summary")
            return _Question(turn.parent_id, turn.question, "retry", turn.attachments)

        async for updates in self._ask(values, request, same):
            yield updates

    async def edit(self, values: Values, edited: gr.EditData, request: gr.Request) -> Updates:
        """Ask the edited message in place of the original."""

        def other(conversation: Conversation | None) -> _Question:
            turn = self._turn_shown(conversation, values, edited.index)
            if turn.is_summary:
                raise NotSent(_("This page is out of date. Reload it."))
            text = edited_text(turn.question, str(edited.value))
            return _Question(turn.parent_id, text, attachments=turn.attachments)

        is_refused = False
        async for updates in self._ask(values, request, other):
            is_refused = is_refused or bool(self.tab.sent in updates and updates.get(self.tab.notice))
            yield updates
        if is_refused:  # the Chatbot itself has put the edited text in place of the message
            async for updates in self._follow_shown(values, request):
                yield updates

    async def summarize(self, values: Values, request: gr.Request) -> Updates:
        """Ask a model for a summary of what was said, which goes along from then on in place of that."""

        def summary(conversation: Conversation | None) -> _Question:
            last = conversation.goes_on_from if conversation else None
            branch = conversation.branch_to(last.id) if conversation and last else ()
            if not any(turn.reply and not turn.is_summary for turn in branch):
                raise NotSent(_("There is nothing to summarize yet."))
            return _Question(branch[-1].id, SUMMARY_QUESTION, "summary")

        async for updates in self._ask(values, request, summary):
            yield updates

    def _follow_shown(self, values: Values, request: gr.Request) -> Updates:
        """Show the conversation as it is now."""
        conversation_id, window = values[self.tab.conversation] or "", values[self.tab.window]
        return self.follower.follow(conversation_id, window, request)

    def _is_out_of_date(self, conversation: Conversation | None, ask: Ask, values: Values) -> bool:
        """Return whether the page shows the end of another branch than the one that a message would follow.

        What was taken before, though the page did not hear of it, is not asked again in any case.
        """
        seen = (values[self.tab.seen] or "").split()
        if conversation is None or not seen or conversation.current_turn_id in seen:
            return False
        turn_id = ask.turn_id(0)
        return turn_id is None or conversation.turn(turn_id) is None

    async def _ask(
        self, values: Values, request: gr.Request, question_in: Callable[[Conversation | None], "_Question"]
    ) -> Updates:
        """Ask the question in the conversation shown, and follow the reply to its end."""
        tab, runner = self.tab, self.services.runner
        message_id, is_out_of_date = known_message_id(values[tab.message_id]), False
        try:
            conversation = await self._conversation(values, request)
            question = await asyncio.to_thread(question_in, conversation)
            asks = await self._asks(values, request, conversation, question)
            is_out_of_date = self._is_out_of_date(conversation, asks[0], values)
            if is_out_of_date:
                raise NotSent(
                    _(
                        "This chat has changed in another window, so your message was not sent. Look at what "
                        "is new, then send it again."
                    )
                )
            may_be_many = self.services.shares_name(asks[0].user)
            taken = await runner.start(asks, None if may_be_many else MOST_OF_ONE)
            await asyncio.to_thread(self._note_sent, asks[0])
        except (ChatError, StoreError) as exc:
            yield {tab.notice: failure(str(exc)), tab.sent: message_id}
            if is_out_of_date:
                async for updates in self._follow_shown(values, request):
                    yield updates
            return
        # The page's script is told what was taken: the message's id, its turn and conversation.
        sent = f"{message_id} {taken.turn.id} {taken.conversation.id}"
        asked_from, shown = values[tab.conversation] or "", self.follower.followed(request)
        if shown and not {asked_from, taken.conversation.id} & {*shown.conversation_ids}:
            yield {tab.sent: sent}  # the person has gone to another chat meanwhile; the reply goes on unseen
            return
        yield {tab.notice: "", tab.conversation: taken.conversation.id, tab.sent: sent}
        async for updates in self.follower.follow_new(
            taken.conversation, asked_from, values[tab.window], request
        ):
            yield updates

    def _note_sent(self, ask: Ask) -> None:
        """Note that files were sent: if that fails the message is sent all the same, and they stay longer."""
        try:
            for attachment in ask.attachments:
                self.services.files.was_sent(ask.user, attachment.hash)
        except StoreError as exc:
            logger.warning("Files of a message may stay a day longer than it: %s", exc)

    async def _conversation(self, values: Values, request: gr.Request) -> Conversation | None:
        """Read the conversation shown; None for a new chat. Raises NotSent or StoreError."""
        user, conversation_id = self.services.user_of(request), values[self.tab.conversation] or ""
        conversation = await self.services.runner.conversation(user, conversation_id)
        if conversation_id and conversation is None:
            raise NotSent(_("This chat no longer exists. Start a new chat; your message is still here."))
        return conversation

    def _turn_shown(self, conversation: Conversation | None, values: Values, index: Any) -> Turn:
        """Return the turn that the Chatbot's message with this index belongs to. Raises NotSent."""
        shown = conversation.branch[-int(values[self.tab.window]) :] if conversation else ()
        position = index[0] if isinstance(index, list | tuple) else index
        turn = turn_at(shown, int(position))
        if turn is None:
            raise NotSent(_("This page is out of date. Reload it."))
        return turn

    async def _asks(
        self, values: Values, request: gr.Request, conversation: Conversation | None, question: "_Question"
    ) -> list[Ask]:
        """Return what is asked of the model, and of those to compare it with. Raises ChatError."""
        settings, services = self.sidebar.settings, self.services
        user = services.user_of(request)
        own_key = services.own_key(request)
        choices = self.tab.models.asked(values)
        if question.purpose in ("retry", "summary"):
            choices = choices[:1]
        if question.purpose == "summary":
            keeper = services.keeper(request)
            choices = tuple(
                [await asyncio.to_thread(summary_choice, services, keeper, each) for each in choices]
            )
        if not choices:
            troubles = (await services.endpoints.models(own_key)).troubles
            raise NotSent(next(iter(troubles.values()), _("Choose a model first.")))
        found = await asyncio.to_thread(
            lambda: [services.endpoints.chosen(each, own_key) for each in choices]
        )
        parameters = settings.read(values)
        if question.purpose == "summary":
            parameters = summary_parameters(parameters)
        budget_usd = settings.budgets.read_new(values) if conversation is None else None
        temporary = is_temporary(conversation.id) if conversation else bool(values[self.tab.temporary])
        attachments = await asyncio.to_thread(
            self._kept_where_asked, user, question.attachments, is_temporary=temporary
        )
        naming = (
            None
            if temporary or question.purpose == "summary"
            else await self._title_ask(request, conversation)
        )
        return [
            Ask(
                user=user,
                conversation=conversation,
                parent_id=question.parent_id,
                question=question.text,
                model=chosen.model,
                connection=chosen.connection,
                parameters=parameters,
                provider=chosen.provider,
                key_owner=chosen.key_owner,
                purpose=question.purpose if len(found) < 2 else "compare",
                budget_usd=budget_usd,
                message_id=known_message_id(values[self.tab.message_id]),
                is_temporary=temporary,
                title_ask=naming if number == 0 else None,
                attachments=attachments,
                context=context_in(values[self.tab.context]),
                parts_of=services.files_of(user).parts_of,
            )
            for number, chosen in enumerate(found)
        ]

    def _kept_where_asked(
        self, user: str, attachments: tuple[Attachment, ...], *, is_temporary: bool
    ) -> tuple[Attachment, ...]:
        """Return what is attached as it is kept for this chat: on the disk, or in memory if it is temporary.

        Raises StoreError.
        """
        files, room = self.services.files, self.services.file_room(user)
        hashes = [files.move(user, each.hash, room, is_temporary=is_temporary) for each in attachments]
        return tuple(replace(each, hash=hash_) for each, hash_ in zip(attachments, hashes, strict=True))

    async def _title_ask(self, request: gr.Request, conversation: Conversation | None) -> Ask | None:
        """Return what asks a model for the chat's title; a message goes out whatever is wrong with that."""
        try:
            return await asyncio.to_thread(
                title_ask, self.services, self.services.keeper(request), conversation
            )
        except (ChatError, StoreError) as exc:
            logger.warning("The chat will keep its first title: %s", exc)
            return None

    async def choose(self, event: gr.EventData, request: gr.Request) -> Values:
        """Go on with the reply of a comparison that was clicked, and with its model alone."""
        store, user = self.services.store, self.services.user_of(request)
        turn_id = texts_of(event).get("choose", "")
        try:
            await asyncio.to_thread(store.choose, user, turn_id)
            turn = await asyncio.to_thread(store.own_turn, user, turn_id)
        except StoreError as exc:
            return {self.tab.notice: failure(str(exc))}
        chosen = self.tab.models.choose(turn.choice) if turn else {}
        return {self.tab.notice: "", **chosen}

    async def keep_waiting(self, event: gr.EventData, request: gr.Request) -> Values:
        """Keep on the server what waits for the end of a reply, or take it out again."""
        conversation_id = texts_of(event).get("conversation", "")
        try:
            changes = _CHANGES.validate_python(data_of(event).get("changes"))
            changes = [each for each in changes if known_message_id(each.id)]
            user = self.services.user_of(request)
            await asyncio.to_thread(self.services.waiting.change, user, conversation_id, changes)
        except ValidationError:
            return {self.tab.kept: "", self.tab.notice: failure(_("This page is out of date. Reload it."))}
        except StoreError as exc:
            return {self.tab.kept: "", self.tab.notice: failure(str(exc))}
        return {self.tab.kept: texts_of(event).get("number", "")[:_LONGEST_NUMBER]}

    async def show_version(
        self, event: gr.EventData, conversation_id: str, window: int, request: gr.Request
    ) -> Values:
        """Show another version of a message, open a new chat from one, or leave one out of what is sent."""
        asked = texts_of(event)
        services, user = self.services, self.services.user_of(request)
        store, turn_id = services.store, asked.get("turn", "")
        try:
            if asked.get("how") in ("fork", "fork-last"):
                last = LAST_COPIED if asked["how"] == "fork-last" else None
                now = services.clock()
                copied = await asyncio.to_thread(store.fork, user, turn_id, services.new_id, now, last)
                return await self._open(copied, request)
            if asked.get("how") in ("leave-out", "take-along"):
                left_out = asked["how"] == "leave-out"
                await asyncio.to_thread(store.leave_out, user, turn_id, left_out=left_out)
                return {self.tab.notice: ""}
            if asked.get("how") in ("leave-out-file", "take-along-file"):
                left_out, file = asked["how"] == "leave-out-file", asked.get("file", "")
                await asyncio.to_thread(store.leave_out_file, user, turn_id, file, left_out=left_out)
                return {self.tab.notice: ""}
            if asked.get("how") == "edit-summary":
                text = whole_characters(asked.get("text", ""))
                await asyncio.to_thread(store.edit_summary, user, turn_id, text)
                return {self.tab.notice: ""}
            goes_on = asked.get("how") != "compared"
            await asyncio.to_thread(store.show_turn, user, conversation_id, turn_id, goes_on=goes_on)
            conversation = await services.conversation(request, conversation_id)
        except StoreError as exc:
            return {self.tab.notice: failure(str(exc))}
        branch = conversation.branch if conversation else ()
        return {self.tab.notice: "", self.tab.window: window_with(turn_id, branch, window or WINDOW)}

    async def stop(self, conversation_id: str, finish: bool, request: gr.Request) -> None:
        """Stop the reply that is being written in this conversation; `finish`: receive its rest unseen.

        Where none is being written, stop receiving the rest of earlier ones.
        """
        conversation = await self.services.conversation(request, conversation_id)
        turns = conversation.turns if conversation else ()
        running = [turn for turn in turns if turn.status == "running"]
        for turn in running or filter(is_being_finished, turns):
            self.services.runner.stop(turn.id, finish=finish)

    def account(self, request: gr.Request) -> Any:
        """Show who is signed in; for somebody who is not, leave the sidebar as it was laid out."""
        user = self.services.user_of(request)
        return gr.skip() if user == NOBODY else account_html(user)

    async def pick(self, event: gr.EventData, request: gr.Request) -> Values:
        """Open a conversation that was chosen, at one of its turns where one was chosen."""
        chosen = texts_of(event)
        return await self._open(chosen.get("open", ""), request, chosen.get("turn", ""))

    async def delete(self, event: gr.EventData, shown_id: str, request: gr.Request) -> Values:
        """Delete a conversation, which can be brought back for a while; a new chat follows the one shown."""
        user, deleted = self.services.user_of(request), texts_of(event).get("id", "")
        if user == NOBODY:
            return {self.tab.notice: gr.skip()}
        notices = self.sidebar.notices
        try:
            await asyncio.to_thread(self.services.store.delete, user, deleted, self.services.clock())
        except StoreError as exc:
            return {notices: await self.changes.notices_html(user, str(exc))}
        self.services.purge_soon()
        after = await self.new_chat(request) if deleted == shown_id else {self.tab.conversation: shown_id}
        return after | {notices: await self.changes.notices_html(user)}

    async def delete_temporary(self, conversation_id: str, request: gr.Request) -> Values:
        """Delete the temporary chat that is shown, for good, and begin a new one."""
        user = self.services.user_of(request)
        try:
            await asyncio.to_thread(self.services.store.delete_temporary, user, conversation_id or "")
        except StoreError as exc:
            return {self.tab.notice: failure(str(exc))}
        return await self.new_chat(request)

    async def undo(self, event: gr.EventData, shown_id: str, request: gr.Request) -> Values:
        """Bring a deleted conversation back, and open it where it was the one shown."""
        user, asked = self.services.user_of(request), texts_of(event)
        if user == NOBODY:
            return {self.tab.notice: gr.skip()}
        restored, notices = asked.get("id", ""), self.sidebar.notices
        try:
            await asyncio.to_thread(self.services.store.restore, user, restored)
        except StoreError as exc:
            return {notices: await self.changes.notices_html(user, str(exc))}
        opens = bool(asked.get("open")) and not shown_id
        after = await self._open(restored, request) if opens else {self.tab.conversation: shown_id}
        return after | {notices: await self.changes.notices_html(user)}

    async def new_chat(self, request: gr.Request) -> Values:
        """Begin a new chat, with what the person has set."""
        return await self._open("", request)

    async def _open(self, conversation_id: str, request: gr.Request, turn_id: str = "") -> Values:
        """Open a chat together with its settings, so that no message goes out with another chat's.

        With a turn it is opened where that is shown, if it is there. Nothing changes when the page asks for
        another chat meanwhile.
        """
        tab, keeper = self.tab, self.services.keeper(request)
        mark = self.follower.mark(request, conversation_id)
        opened = {
            tab.conversation: conversation_id,
            tab.window: WINDOW,
            tab.notice: "",
            tab.temporary: False,
            tab.context: "",
        }
        try:
            if turn_id:
                opened[tab.window] = await self.follower.lead_to(conversation_id, turn_id, request)
            opened |= await asyncio.to_thread(self.settings.settings_of, conversation_id, keeper)
        except StoreError as exc:
            self.follower.forget(request)
            return {tab.notice: failure(str(exc))}
        return opened if self.follower.followed(request) is mark else {tab.notice: gr.skip()}
