"""Puts the chat's page together: layout, wiring, and what the rest of the app may refresh."""

from typing import Any

import gradio as gr

from chat.ui.actions import Actions
from chat.ui.chat_tab import WINDOW, ChatTab
from chat.ui.follower import Follower
from chat.ui.services import ChatServices
from chat.ui.sidebar import Sidebar

def wire_chat(page: gr.Blocks, services: ChatServices, tab: ChatTab, sidebar: Sidebar) -> None:
    """Connect the controls of the chat. Call inside `page`."""
    actions = Actions(services, tab, sidebar)
    follower = Follower(services, tab, sidebar)
    quietly: dict[str, Any] = {
        "show_progress": "hidden",
        "concurrency_limit": None,
        "api_visibility": "private",
    }
    _wire_opening(page, tab, sidebar, actions, follower, quietly)
    _wire_asking(tab, sidebar, actions, follower, quietly)
    _wire_estimate(tab, sidebar, actions, quietly)


def _wire_opening(
    page: gr.Blocks,
    tab: ChatTab,
    sidebar: Sidebar,
    actions: Actions,
    follower: Follower,
    quietly: dict[str, Any],
) -> None:
    shown = [tab.conversation, tab.window]
    remembered = [*sidebar.settings.controls.values(), sidebar.model]

    page.load(follower.open_from_address, tab.window, follower.outputs, **quietly)
    page.load(
        actions.models, [sidebar.settings.key, sidebar.model], [sidebar.model, tab.notice], **quietly
    ).then(actions.settings_from_address, None, remembered, **quietly)
    page.unload(follower.forget)
    sidebar.settings.key.blur(
        actions.models, [sidebar.settings.key, sidebar.model], [sidebar.model, tab.notice], **quietly
    )
    tab.conversation.change(None, tab.conversation, None, js="(id) => tally.showAddress(id)")
    tab.refresh.click(follower.follow, shown, follower.outputs, **quietly)
    tab.earlier.click(lambda window: window * 2, tab.window, tab.window, **quietly).then(
        follower.follow, shown, follower.outputs, **quietly
    )
    sidebar.new_chat.click(lambda: ("", WINDOW, ""), None, [*shown, tab.estimate], **quietly).then(
        follower.follow, shown, follower.outputs, **quietly
    ).then(None, None, None, js="() => tally.focusMessage()")
    sidebar.conversations.click(
        actions.pick, tab.conversation, [tab.conversation, tab.window, tab.notice], **quietly
    ).then(follower.follow, shown, follower.outputs, **quietly)
    sidebar.conversations.click(actions.settings_of_picked, None, remembered, **quietly)


def _wire_asking(
    tab: ChatTab, sidebar: Sidebar, actions: Actions, follower: Follower, quietly: dict[str, Any]
) -> None:
    shown = [tab.conversation, tab.window]
    asked = {*shown, sidebar.model, sidebar.settings.key, *sidebar.settings.controls.values()}
    sent = [tab.conversation, tab.notice, tab.sent]

    tab.chatbot.example_select(actions.take_example, None, tab.message, **quietly).then(
        None, None, None, js="() => tally.press('send')"
    )
    sending = gr.on(
        [tab.message.submit, tab.send.click], actions.send, asked | {tab.message}, sent, **quietly
    )
    sending.then(None, [tab.sent, tab.message], tab.message, js="(sent, now) => tally.withoutSent(sent, now)")
    sending.then(follower.follow, shown, follower.outputs, **quietly)
    tab.chatbot.retry(actions.retry, asked, tab.notice, **quietly).then(
        follower.follow, shown, follower.outputs, **quietly
    )
    tab.chatbot.edit(actions.edit, asked, tab.notice, **quietly).then(
        follower.follow, shown, follower.outputs, **quietly
    )
    tab.stop.click(actions.stop, tab.conversation, None, **quietly)


def _wire_estimate(tab: ChatTab, sidebar: Sidebar, actions: Actions, quietly: dict[str, Any]) -> None:
    settings = sidebar.settings
    gr.on(
        [tab.message.input, tab.message.change, sidebar.model.change, settings.system_prompt.change],
        actions.estimate,
        {tab.message, tab.conversation, sidebar.model, settings.key, settings.system_prompt},
        tab.estimate,
        trigger_mode="always_last",
        **quietly,
    )
