"""Shows a conversation and follows its reply: the only thing that changes the Chatbot."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gradio as gr

from chat.calls import still_waiting
from chat.conversation import Conversation, Turn, is_temporary
from chat.store import StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import MOST_TURNS, WINDOW, ChatTab, window_with
from chat.ui.messages import (
    ChatbotMessage,
    GrowingReplies,
    TimeOfDay,
    failure,
    is_being_finished,
    messages_of,
    page_state,
    question_message,
    said_at,
    versions_html,
)
from chat.ui.sidebar import Listing, Sidebar
from chat.ui.spend import spend_html, tell_crossed
from texts import _
from usage.ledger import NOBODY, LedgerError
from usage.units import Currency

Updates = dict[Any, Any]

logger = logging.getLogger(__name__)

_MOST_PAGES = 10_000  # remembered at once, each with the conversation it followed last


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """What a page follows, from one request on; a new chat also before the page knows its id."""

    conversation_ids: tuple[str, ...]


@dataclass(frozen=True)
class Follower:
    """One page shows one conversation at a time: whoever begins to follow ends what it followed before."""

    services: ChatServices
    tab: ChatTab
    sidebar: Sidebar
    listing: Listing
    _latest: OrderedDict[str, Mark] = field(default_factory=OrderedDict)

    @property
    def outputs(self) -> list[Any]:
        """Return everything that following changes."""
        tab, sidebar = self.tab, self.sidebar
        return [
            tab.chatbot,
            *tab.compared.outputs,
            tab.state,
            tab.notice,
            tab.conversation,
            sidebar.conversations,
            sidebar.spend,
        ]

    @property
    def _nothing_new(self) -> Updates:
        """Return what a generator yields when it has nothing to show.

        Were nothing yielded, Gradio would empty every output.
        """
        return {self.tab.chatbot: gr.skip()}

    async def open_from_address(self, window: int, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Show the conversation that the page's address names, unless the page has gone on already.

        Where the address names a message too, that is shown.
        """
        if (request.session_hash or "") in self._latest:
            yield self._nothing_new
            return
        conversation_id, turn_id = (request.query_params.get(name) or "" for name in ("c", "m"))
        if turn_id:
            try:
                window = await self.lead_to(conversation_id, turn_id, request)
            except StoreError as exc:
                yield {self.tab.notice: failure(str(exc))}
                return
            yield {self.tab.window: window}
        async for updates in self.follow(conversation_id, window, request):
            yield updates

    async def lead_to(self, conversation_id: str, turn_id: str, request: gr.Request) -> int:
        """Make a turn one of those that its conversation shows; return how many turns to show, that one too.

        Nothing changes where there is no such turn. Raises StoreError.
        """
        conversation = await self.services.conversation(request, conversation_id)
        if conversation is None or conversation.turn(turn_id) is None:
            return WINDOW
        if all(turn.id != turn_id for turn in conversation.shown):
            user = self.services.user_of(request)
            await asyncio.to_thread(self.services.store.show_turn, user, conversation_id, turn_id)
            conversation = await self.services.conversation(request, conversation_id)
        return window_with(turn_id, conversation.branch if conversation else (), WINDOW)

    async def follow(
        self, conversation_id: str, window: int, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        """Show the last `window` turns of a conversation, then its reply as it grows.

        Nothing is shown when the page has asked for another conversation since.
        """
        latest = self.followed(request)
        if latest and conversation_id not in latest.conversation_ids:
            yield self._nothing_new
            return
        mark = self.mark(request, conversation_id)
        try:
            conversation = await self.services.conversation(request, conversation_id)
        except StoreError as exc:
            self.forget(request)
            yield {self.tab.notice: failure(str(exc))}
            return
        if conversation_id and conversation is None:
            mark = self.mark(request, "")
            yield {self.tab.notice: failure(_not_there(conversation_id))}
        async for updates in self._show(conversation, window, request, mark):
            yield updates

    async def follow_new(
        self, conversation: Conversation, asked_from: str, window: int, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        """Show a conversation in which something has just been asked, then the reply as it grows."""
        mark = self.mark(request, conversation.id, asked_from)
        async for updates in self._show(conversation, window, request, mark, just_asked=True):
            yield updates

    async def relist(self, conversation_id: str, request: gr.Request) -> Updates:
        """Show the list of conversations and what was spent as they are now."""
        try:
            conversation = await self.services.conversation(request, conversation_id)
        except StoreError as exc:
            return {self.tab.notice: failure(str(exc))}
        return await self._surroundings(request, conversation)

    async def _show(
        self,
        conversation: Conversation | None,
        window: int,
        request: gr.Request,
        mark: Mark,
        *,
        just_asked: bool = False,
    ) -> AsyncGenerator[Updates, None]:
        async with aclosing(self._updates(conversation, window, request, just_asked=just_asked)) as shown:
            async for updates in shown:
                if self.followed(request) is not mark:
                    yield self._nothing_new  # Gradio shows what came last once more
                    return
                yield updates

    async def _updates(
        self, conversation: Conversation | None, window: int, request: gr.Request, *, just_asked: bool
    ) -> AsyncGenerator[Updates, None]:
        conversation_id = conversation.id if conversation else ""
        unwritten = self.services.runner.unwritten
        when = partial(said_at, now=self.services.clock(), zone=self.services.zone)
        currency = await asyncio.to_thread(self.services.currency, request)
        turns_shown = min(max(int(window), 1), MOST_TURNS)
        view = _View(self.tab, conversation, turns_shown, unwritten, when, currency)
        # A long message takes a while to become HTML.
        first = await asyncio.to_thread(view.first)
        yield {self.tab.conversation: conversation_id, **first}
        unseen: set[asyncio.Task[Updates]] = set()
        if not just_asked:
            unseen.add(asyncio.create_task(self._surroundings(request, conversation)))
        if view.is_awaited and not just_asked:  # what is awaited may be long in coming
            await asyncio.wait(unseen)
            yield _taken(unseen)
        if view.is_awaited or (view.turns and just_asked):
            is_listed = False
            async for turns in self._growing(view.turns):
                if not any(turn.status == "running" for turn in turns):
                    await asyncio.to_thread(self._read_waiting, view)
                yield view.next(turns) | _taken(unseen)
                if just_asked and not is_listed and any(turn.reply or turn.reasoning for turn in turns):
                    # The first word comes before the list.
                    unseen.add(asyncio.create_task(self._surroundings(request, conversation)))
                    is_listed = True
            yield view.last()
            ended = view.turns if just_asked else ()
            unseen = {asyncio.create_task(self._surroundings(request, conversation, ended, is_over=True))}
        await asyncio.wait(unseen)
        yield _taken(unseen)

    def _read_waiting(self, view: "_View") -> None:
        """Read again what waits for the reply that has ended: another page may have taken something out."""
        if view.conversation is None:
            return
        user, id_ = view.conversation.user, view.conversation.id
        try:
            waiting = self.services.waiting.of(user, id_)
        except StoreError as exc:
            logger.warning("The messages that wait in a chat cannot be read. %s", exc)
        else:
            view.waiting = still_waiting(replace(view.conversation, waiting=waiting))

    def followed(self, request: gr.Request) -> Mark | None:
        """Return what the page of this request follows now; None where it follows nothing yet."""
        return self._latest.get(request.session_hash or "")

    def mark(self, request: gr.Request, *conversation_ids: str) -> Mark:
        """Mark that the page of this request follows from now on what this request follows."""
        # Nobody tells when a page closes: for that each page would have to keep a connection open.
        page, mark = request.session_hash or "", Mark(conversation_ids)
        self._latest[page] = mark
        self._latest.move_to_end(page)
        if len(self._latest) > _MOST_PAGES:
            self._latest.popitem(last=False)
        return mark

    def forget(self, request: gr.Request) -> None:
        """Forget what the page of this request follows: it stays where it is."""
        self._latest.pop(request.session_hash or "", None)

    async def _growing(self, turns: Sequence[Turn]) -> AsyncIterator[Sequence[Turn]]:
        runner = self.services.runner
        if len(turns) > 1:
            async for together in runner.follow_all(turns):
                yield together
        else:
            async for turn in runner.follow(turns[0].id):
                yield [turn]

    async def _surroundings(
        self,
        request: gr.Request,
        conversation: Conversation | None,
        ended: Sequence[Turn] = (),
        *,
        is_over: bool = False,
    ) -> Updates:
        """Return the list of conversations and what was spent, with the turns that have just ended.

        `is_over`: what was running in the conversation when it was read has ended since.
        """
        services = self.services
        user = services.user_of(request)
        if user == NOBODY:
            return {self.tab.notice: gr.skip()}
        try:
            if conversation and conversation.has_just_begun and not is_over:  # nothing of it is in the ledger
                begun, in_ledger = conversation.id, None
            else:
                begun, in_ledger = "", conversation
            listed, without_costs = await self.listing.start_html(user, begun)
        except StoreError as exc:
            return {self.tab.notice: failure(str(exc))}
        shown: Updates = {self.sidebar.conversations: listed}
        if without_costs:
            return {**shown, self.tab.notice: failure(without_costs)}
        conversation_id = conversation.id if conversation else ""
        try:
            spend = await asyncio.to_thread(services.spent, user, in_ledger)
            used = await asyncio.to_thread(services.budgets.used, user, conversation_id, services.clock())
            currency = await asyncio.to_thread(services.currency, request)
        except (StoreError, LedgerError) as exc:
            return {**shown, self.tab.notice: failure(str(exc))}
        tell_crossed(ended, used)
        spent = spend_html(spend, used, user, may_price=services.may_price(user), currency=currency)
        return {**shown, self.sidebar.spend: spent}


class _View:
    """What the page shows of a conversation: the turns before, then the last one or those compared."""

    def __init__(
        self,
        tab: ChatTab,
        conversation: Conversation | None,
        window: int,
        unwritten: Callable[[str], Turn | None],
        when: TimeOfDay,
        currency: Currency | None,
    ) -> None:
        branch = conversation.branch if conversation else ()
        self._tab = tab
        self._unwritten = unwritten
        self.conversation = conversation
        self.waiting = still_waiting(conversation) if conversation else ()
        self._growing = GrowingReplies()
        self._when = when
        self._currency = currency
        self._current_id = conversation.current_turn_id if conversation else None
        self._earlier = [message for turn in branch[-window:-1] for message in self._messages(turn)]
        self._has_earlier = len(branch) > window
        shown = (conversation.compared if conversation else ()) or branch[-1:]
        self.turns: Sequence[Turn] = [unwritten(turn.id) or turn for turn in shown]

    @property
    def is_running(self) -> bool:
        """Return whether a reply is still being written."""
        return any(turn.status == "running" for turn in self.turns)

    @property
    def is_unwritten(self) -> bool:
        """Return whether the end of a reply could not be saved yet."""
        return any(self._unwritten(turn.id) for turn in self.turns)

    @property
    def is_awaited(self) -> bool:
        """Return whether there is more to come, even if only the cost of a stopped reply."""
        return self.is_running or self.is_unwritten or any(map(is_being_finished, self.turns))

    def first(self) -> Updates:
        """Show the whole conversation."""
        if len(self.turns) < 2:
            return self.next(self.turns)
        turns, self.turns = self.turns, ()
        answered_by, versions = ", ".join(turn.choice for turn in turns), self._versions(turns[0])
        question = question_message(turns[0], self._when, answered_by, versions)
        return {self._tab.chatbot: [*self._earlier, question], **self.next(turns)}

    def next(self, turns: Sequence[Turn]) -> Updates:
        """Show what has changed since."""
        before, self.turns = self.turns, turns
        if len(turns) > 1:
            followed = [
                turn.id for turn in turns if self.conversation and self.conversation.is_followed(turn)
            ]
            shown = self._tab.compared.show(
                turns, before, self._current_id, self._growing, self._currency, followed
            )
        else:
            last = [message for turn in turns for message in self._messages(turn, is_last=True)]
            shown = {self._tab.chatbot: self._earlier + last}
        return shown | {self._tab.state: self._state()}

    def last(self) -> Updates:
        """Show whether the page has to look again, once nothing more comes."""
        return {self._tab.state: self._state()}

    def _messages(self, turn: Turn, *, is_last: bool = False) -> list[ChatbotMessage]:
        growing, versions = self._growing if is_last else None, self._versions(turn)
        return messages_of(
            turn,
            self._when,
            growing,
            is_last=is_last,
            currency=self._currency,
            versions=versions,
            before=self._before(turn) if turn.is_summary else 0,
        )

    def _before(self, turn: Turn) -> int:
        """Return how many turns with a reply are before a summary."""
        branch = self.conversation.branch_to(turn.parent_id) if self.conversation else ()
        return sum(bool(each.reply) and not each.is_summary for each in branch)

    def _versions(self, turn: Turn) -> str:
        return versions_html(self.conversation, turn) if self.conversation else ""

    def _state(self) -> str:
        return page_state(
            is_running=self.is_running,
            has_earlier=self._has_earlier,
            columns=len(self.turns) if len(self.turns) > 1 else 0,
            conversation_id=self.conversation.id if self.conversation else "",
            title=_name_of_tab(self.conversation),
            turn_ids=[turn.id for turn in self.turns],
            is_unwritten=self.is_unwritten,
            waiting=self.waiting,
        )


def _not_there(conversation_id: str) -> str:
    if is_temporary(conversation_id):
        return _(
            "This temporary chat is gone: it was deleted, it was too old, or Tally was restarted. "
            "A new one is open."
        )
    return _("This chat does not exist, or it belongs to someone else.")


def _name_of_tab(conversation: Conversation | None) -> str:
    """Return what the browser's tab is called, and with it an entry in the browser's history, on the disk."""
    if conversation is None:
        return ""
    return _("Temporary chat") if is_temporary(conversation.id) else conversation.title


def _taken(unseen: set[asyncio.Task[Updates]]) -> Updates:
    """Return what the finished tasks have found, each only once; no word of the reply waits for them."""
    done = {task for task in unseen if task.done()}
    unseen -= done
    return {component: update for task in done for component, update in task.result().items()}
