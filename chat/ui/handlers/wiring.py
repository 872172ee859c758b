"""Connects the controls of the chat to what they do."""

import json
from typing import Any

import gradio as gr

from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import MOST_TURNS, WINDOW, ChatTab
from chat.ui.handlers.actions import Actions
from chat.ui.handlers.asking import Asking
from chat.ui.handlers.budgeting import Budgeting
from chat.ui.handlers.estimating import Estimating
from chat.ui.handlers.follower import Follower
from chat.ui.messages import no_notice
from chat.ui.sidebar import Sidebar

# Replies of many people stream at once, so that no event may wait for another of its kind.
QUIETLY: dict[str, Any] = {
    "show_progress": "hidden",
    "concurrency_limit": None,
    "api_visibility": "private",
}
ESTIMATE_ANEW: dict[str, Any] = {
    "fn": None,
    "inputs": None,
    "outputs": None,
    "js": "() => tally.press('estimate-anew')",
}


def wire_chat(page: gr.Blocks, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
    """Connect the controls of the chat. Call inside `page`."""
    wiring = _Wiring(services, tab, sidebar)
    wiring.opening(page)
    wiring.moving_about()
    wiring.asking()
    wiring.comparing()
    wiring.estimating()
    wiring.budgeting(page)


class _Wiring:
    def __init__(self, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
        self._tab = tab
        self._sidebar = sidebar
        self._actions = Actions(services, tab, sidebar)
        self._follower = Follower(services, tab, sidebar)
        self._estimating = Estimating(services, tab, sidebar)
        self._budgeting = Budgeting(services, tab, sidebar)
        self._shown = [tab.conversation, tab.window]
        self._remembered = [*sidebar.settings.controls.values(), sidebar.model]

    def opening(self, page: gr.Blocks) -> None:
        """Wire what happens when the page is loaded or given a key."""
        key, model = self._sidebar.settings.key, self._sidebar.model
        changed = [model, self._sidebar.compare_with, self._tab.notice]
        models = {"inputs": [key, model], "outputs": changed, **QUIETLY}
        page.load(self._follower.open_from_address, self._tab.window, self._follower.outputs, **QUIETLY).then(
            **ESTIMATE_ANEW
        )
        # Settings first: what comes later would undo what a person has set meanwhile.
        restored = page.load(self._actions.settings_from_address, None, self._remembered, **QUIETLY)
        # What the same costs elsewhere is known once the models are.
        restored.then(self._actions.models, **models).then(**ESTIMATE_ANEW)
        if self._sidebar.account is not None:
            page.load(self._actions.account, None, self._sidebar.account, **QUIETLY)
        key.blur(self._actions.models_of_key, **models).then(**ESTIMATE_ANEW)

    def moving_about(self) -> None:
        """Between conversations, and back within one."""
        tab, sidebar = self._tab, self._sidebar
        tab.conversation.change(None, tab.conversation, None, js="(id) => tally.showAddress(id)")
        self._then_follow(tab.refresh.click(None, None, None))
        self._then_follow(tab.earlier.click(_more_turns, tab.window, tab.window, **QUIETLY))
        opened = sidebar.new_chat.click(
            lambda: ("", WINDOW, no_notice()), None, [*self._shown, tab.notice], **QUIETLY
        )
        self._then_follow(opened).then(None, None, None, js="() => tally.focusMessage()")
        picked = sidebar.conversations.click(
            self._actions.pick, tab.conversation, [*self._shown, tab.notice], **QUIETLY
        )
        self._then_follow(picked)
        sidebar.conversations.click(self._actions.settings_of_picked, None, self._remembered, **QUIETLY)

    def asking(self) -> None:
        """Sending, asking again, stopping."""
        tab, settings = self._tab, self._sidebar.settings
        asking_whom = {self._sidebar.model, self._sidebar.compare_with, settings.key}
        asked = {
            *self._shown,
            tab.message_id,
            *asking_whom,
            *settings.controls.values(),
            settings.budgets.conversation,
        }
        asking = Asking(tab, self._actions, self._follower)
        # The reply in another conversation may still run when the next question is asked.
        how: dict[str, Any] = {"outputs": asking.outputs, "trigger_mode": "multiple", **QUIETLY}
        for events, ask, inputs in (
            ([tab.message.submit, tab.send.click], asking.send, {*asked, tab.message}),
            ([tab.chatbot.example_select], asking.example, asked),
            ([tab.chatbot.retry], asking.retry, asked),
            ([tab.chatbot.edit], asking.edit, asked),
        ):
            asks = gr.on(events, ask, inputs, js=_with_message_id(tab, inputs), **how)
            asks.then(None, None, None, js="() => tally.arm()")
            asks.then(**ESTIMATE_ANEW)
        tab.sent.change(
            None, [tab.sent, tab.message], tab.message, js="(sent, now) => tally.withoutSent(sent, now)"
        )
        tab.stop.click(self._actions.stop, [tab.conversation, settings.finish_stopped], None, **QUIETLY)

    def comparing(self) -> None:
        """Choosing the reply of a comparison to go on with."""
        tab, sidebar = self._tab, self._sidebar
        chosen = gr.on(
            [head.click for head in tab.compared.heads],
            self._actions.choose,
            None,
            [tab.notice, sidebar.model, sidebar.compare_with],
            **QUIETLY,
        )
        self._then_follow(chosen.then(None, None, None, js="() => tally.announce()"))

    def estimating(self) -> None:
        """What sending would cost, as one types and after all else that changes it.

        It is one event whatever triggers it, so that no estimate can overtake a newer one.
        """
        estimating, tab = self._estimating, self._tab
        triggers = [*(control.change for control in estimating.changes), tab.estimate_anew.click]
        gr.on(
            triggers,
            estimating.estimate,
            estimating.inputs,
            tab.estimate,
            trigger_mode="always_last",
            **QUIETLY,
        )

    def budgeting(self, page: gr.Blocks) -> None:
        """The budgets that a person sets."""
        self._budgeting.wire(page, QUIETLY, ESTIMATE_ANEW)

    def _then_follow(self, event: Any) -> Any:
        following = event.then(self._follower.follow, self._shown, self._follower.outputs, **QUIETLY)
        return following.then(**ESTIMATE_ANEW)


def _with_message_id(tab: ChatTab, inputs: set[Any]) -> str:
    """Return the script that gives a message its id, one of the inputs, on its way to the server."""
    sent = [
        component._id for component in inputs
    ]  # the inputs of an event are sent in the order of their ids
    places = {
        name: sorted(sent).index(part._id)
        for name, part in (("id", tab.message_id), ("conversation", tab.conversation), ("text", tab.message))
        if part in inputs
    }
    return f"(...values) => tally.withMessageId(values, {json.dumps(places)})"


def _more_turns(window: float) -> float:
    return min(window * 2, MOST_TURNS)
