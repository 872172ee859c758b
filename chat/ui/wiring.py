"""Connects the controls of the chat to their handlers."""

import json
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chat.ui.actions import Actions
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import MOST_TURNS, ChatTab
from chat.ui.estimate import ContextHandler, EstimateHandler
from chat.ui.follower import Follower
from chat.ui.settings_panel import (
    BudgetSettings,
    ConnectionSettings,
    CurrencySettings,
    OwnSettings,
    PromptSettings,
    TitleSettings,
)
from chat.ui.sidebar import ListChanges, Listing, Search, Sidebar

# Replies of many people stream at once, so that no event may wait for another of its kind.
QUIETLY: dict[str, Any] = {
    "show_progress": "hidden",
    "show_progress_on": [],  # else each of its steps would have the browser copy all that the outputs hold
    "concurrency_limit": None,
    "api_visibility": "private",
}
# Each time that it is triggered, also while an earlier one still runs.
AT_ONCE: dict[str, Any] = {"trigger_mode": "multiple", **QUIETLY}
ESTIMATE_AGAIN: dict[str, Any] = {
    "fn": None,
    "inputs": None,
    "outputs": None,
    "js": "() => tally.press('estimate-again')",
}
SHOW_AMOUNTS_AGAIN: dict[str, Any] = {
    "fn": None,
    "inputs": None,
    "outputs": None,
    "js": "() => (tally.press('refresh'), document.dispatchEvent(new Event('tally-currency')))",
}


def wire_chat(page: gr.Blocks, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
    """Connect the controls of the chat. Call inside `page`."""
    wiring = _Wiring(services, tab, sidebar)
    built = wiring.opening(page)
    wiring.moving_about()
    wiring.listing()
    wiring.asking()
    wiring.comparing()
    wiring.changing_versions()
    wiring.estimating()
    Search(services, sidebar.search).wire(QUIETLY)
    budgets = BudgetSettings(services, sidebar.settings.budgets, tab.conversation, sidebar.spend)
    budgets.wire(built, QUIETLY, ESTIMATE_AGAIN)
    PromptSettings(services, sidebar.settings.prompts, tab.prompts, tab.notice).wire(QUIETLY)
    TitleSettings(services, sidebar.settings.titles).wire(built, QUIETLY, ESTIMATE_AGAIN)
    CurrencySettings(services, sidebar.settings.currency).wire(built, QUIETLY, SHOW_AMOUNTS_AGAIN)


class _Wiring:
    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
        self._tab = tab
        self._sidebar = sidebar
        listing = Listing(
            services.store, services.runner, services.conversation_costs, services.clock, services.zone
        )
        self._follower = Follower(services, tab, sidebar, listing)
        self._changes = ListChanges(services, sidebar, listing)
        self._settings = OwnSettings(
            services, sidebar.settings, tab.models, tab.prompts, tab.conversation, tab.chatbot, tab.notice
        )
        self._connections = ConnectionSettings(services, sidebar.settings.connections)
        self._actions = Actions(services, tab, sidebar, self._follower, self._settings, self._changes)
        self._context = ContextHandler(services, tab)
        self._estimate = EstimateHandler(services, tab, sidebar, self._context)
        self._shown = [tab.conversation, tab.window]
        self._opened = [*self._shown, tab.notice, tab.temporary, tab.context, *self._settings.of_chat]

    def opening(self, page: gr.Blocks) -> Dependency:
        """Wire what happens when the page is loaded. Returns the event after which the settings are there."""
        tab, follower = self._tab, self._follower
        opened = page.load(follower.open_from_address, tab.window, [*follower.outputs, tab.window], **QUIETLY)
        opened.then(**ESTIMATE_AGAIN)
        # Where the address names a chat that does not exist, nothing changes that would tell.
        opened.then(None, tab.conversation, None, js='(id) => id || tally.showAddress("")')
        built = self._settings.wire(page, QUIETLY, ESTIMATE_AGAIN)
        self._connections.wire(
            built, QUIETLY, lambda event: self._settings.list_after(event, QUIETLY, ESTIMATE_AGAIN)
        )
        if self._sidebar.account is not None:
            page.load(self._actions.account, None, self._sidebar.account, **QUIETLY)
        return built

    def moving_about(self) -> None:
        """Wire the ways between conversations, and back within one."""
        tab, sidebar = self._tab, self._sidebar
        tab.conversation.change(None, tab.conversation, None, js="(id) => tally.showAddress(id)")
        self._then_follow(tab.refresh.click(None, None, None))
        relisted = [sidebar.conversations, sidebar.spend, tab.notice]
        sidebar.relist.click(self._follower.relist, tab.conversation, relisted, **QUIETLY)
        more = tab.earlier.click(lambda shown: min(shown * 2, MOST_TURNS), tab.window, tab.window, **QUIETLY)
        self._then_follow(more)
        # Somebody may go back before the other chat has come.
        opened = sidebar.new_chat.click(self._actions.new_chat, None, self._opened, **AT_ONCE)
        self._then_follow(opened).then(None, None, None, js="() => tally.focusMessage()")
        deleted = tab.delete_temporary.click(
            self._actions.delete_temporary, tab.conversation, self._opened, **QUIETLY
        )
        self._then_follow(deleted)
        picked = sidebar.conversations.click(self._actions.pick, None, self._opened, **AT_ONCE)
        for answered in (picked.then, picked.failure):
            answered(None, None, None, js="() => tally.answeredOpening()")
        self._then_follow(picked)

    def listing(self) -> None:
        """Wire what is done to conversations in the list."""
        sidebar, actions = self._sidebar, self._actions
        listed: dict[str, Any] = {
            "fn": None,
            "inputs": None,
            "outputs": None,
            "js": "() => tally.listChanged()",
        }
        edited = [sidebar.conversations, sidebar.notices]
        sidebar.conversations.edit(self._changes.change_row, None, edited, **AT_ONCE).then(**listed)
        moved = [*self._opened, sidebar.notices]
        for event, change in (
            (sidebar.conversations.delete, actions.delete),
            (sidebar.notices.undo, actions.undo),
        ):
            changed = event(change, self._tab.conversation, moved, **AT_ONCE)
            changed.then(**listed)
            self._then_follow(changed)

    def asking(self) -> None:
        """Wire sending, asking again and stopping."""
        tab, settings = self._tab, self._sidebar.settings
        asked = {
            *self._shown,
            tab.message_id,
            tab.seen,
            tab.temporary,
            tab.context,
            *tab.models.controls,
            *settings.controls.values(),
            settings.budgets.conversation,
        }
        actions = self._actions
        # The reply in another conversation may still run when the next question is asked.
        how: dict[str, Any] = {"outputs": [*self._follower.outputs, tab.sent], **AT_ONCE}
        for event, ask, inputs in (
            (tab.send.click, actions.send, {*asked, tab.message, tab.attached}),
            (tab.chatbot.retry, actions.retry, asked),
            (tab.chatbot.edit, actions.edit, asked),
            (tab.summarize.click, actions.summarize, asked),
        ):
            asks = event(ask, inputs, js=_with_message(tab, inputs), **how)
            for settled in (asks.then, asks.failure):
                settled(None, tab.sent, None, js="(sent) => tally.settled(sent)")
            asks.then(**ESTIMATE_AGAIN)
        tab.sent.change(None, tab.sent, None, js="(sent) => tally.answered(sent)")
        kept = tab.queue.click(actions.keep_waiting, None, [tab.kept, tab.notice], **AT_ONCE)
        kept.then(None, tab.kept, None, js="(kept) => tally.queue.answered(kept)")
        kept.failure(None, None, None, js="() => tally.queue.answered('')")
        tab.stop.click(actions.stop, [tab.conversation, settings.finish_stopped], None, **QUIETLY)

    def comparing(self) -> None:
        """Wire the choice of a comparison's reply to go on with."""
        tab = self._tab
        chosen = gr.on(
            [head.click for head in tab.compared.heads],
            self._actions.choose,
            None,
            [tab.notice, *tab.models.controls],
            **QUIETLY,
        )
        self._then_follow(chosen.then(None, None, None, js="() => tally.announce()"))

    def changing_versions(self) -> None:
        """Wire the ways to other versions of a message, and to a new chat from one."""
        shown = self._tab.state.click(self._actions.show_version, self._shown, self._opened, **QUIETLY)
        self._then_follow(shown.then(None, None, None, js="() => tally.announce()"))

    def estimating(self) -> None:
        """Wire the estimate, as one types and after everything else that changes it.

        It is one event whatever triggers it, so that no estimate can overtake a newer one.
        """
        handler, tab = self._estimate, self._tab
        # The box that has just been emptied needs no estimate: the end of the reply brings one.
        tab.message.change(None, None, None, js="() => tally.typed()")
        others = handler.changes - {tab.message}
        triggers = [*(control.change for control in others), tab.estimate_again.click]
        gr.on(
            triggers,
            handler.estimate,
            handler.inputs,
            [tab.estimate, tab.along],
            trigger_mode="always_last",
            **QUIETLY,
        )
        told = [tab.context, tab.notice]
        tab.along.click(self._context.choose, tab.conversation, told, **AT_ONCE).then(**ESTIMATE_AGAIN)

    def _then_follow(self, event: Any) -> Any:
        # One may still follow another chat.
        following = event.then(self._follower.follow, self._shown, self._follower.outputs, **AT_ONCE)
        return following.then(**ESTIMATE_AGAIN)


def _with_message(tab: ChatTab, inputs: set[Any]) -> str:
    """Return the script that gives a message its id, its text and what was seen, on its way to the server."""
    # The inputs of an event are sent in the order of their ids.
    sent = sorted(component._id for component in inputs)
    places = {
        name: sent.index(part._id)
        for name, part in (
            ("id", tab.message_id),
            ("seen", tab.seen),
            ("text", tab.message),
            ("files", tab.attached),
        )
        if part in inputs
    }
    return f"(...values) => tally.withMessage(values, {json.dumps(places)})"
