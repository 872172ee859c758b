"""The sidebar: who is signed in, new chat, past conversations, what was spent, settings."""

from html import escape
from typing import Literal

import gradio as gr

from chat.ui.settings_panel import SettingsPanel, fields_dialog
from chat.ui.sidebar.dialogs import dialogs_html
from chat.ui.sidebar.search_dialog import SearchDialog, search_button
from texts import _

SignInKind = Literal["password", "space"]
"""How people sign in: with a password at Tally, or on a Space with Hugging Face."""

# In Hugging Face's frame a browser keeps no cookie of this site, so signing in opens a tab of its own.
LEAVE_FRAME = """
element.addEventListener('click', ({ target }) => {
  const link = target.closest('#sign-in');
  if (!link) return;
  link.target = window.top === window ? '_self' : '_blank';
  link.search = new URLSearchParams({ _target_url: `/${location.search}` });
});
"""
SWITCH_THEME = "element.querySelector('button').addEventListener('click', () => tally.switchTheme());"
# The script draws both: what it has loaded itself stands beside what the server shows, and stays there.
SHOW_CONVERSATIONS = "tally.showConversations(element, props, watch, trigger);"
SHOW_NOTICES = "tally.showListNotices(element, props, watch, trigger);"


class Sidebar:
    """The controls of the sidebar."""

    def __init__(self, *, sign_in: SignInKind | None) -> None:
        """Lay out the sidebar and the settings; `sign_in` is how people sign in, if they do."""
        with gr.Sidebar(width=290, elem_id="sidebar", label=_("Menu")):
            switch, title = escape(_("Switch between light and dark")), escape(_("Light or dark"))
            button = f'<button type="button" aria-label="{switch}" title="{title}">◐</button>'
            gr.HTML(f'<div class="brand"><span>Tally</span>{button}</div>', js_on_load=SWITCH_THEME)
            self.account = _create_account(sign_in)
            self.new_chat = gr.Button(_("New chat"), elem_id="new-chat", variant="secondary", size="md")
            gr.HTML(search_button(), js_on_load=None)
            self.conversations = gr.HTML(
                elem_id="conversations", html_template="", js_on_load=SHOW_CONVERSATIONS
            )
            self.notices = gr.HTML(elem_id="list-notices", html_template="", js_on_load=SHOW_NOTICES)
            self.spend = gr.HTML(elem_id="spend")
            gr.HTML(settings_button(), js_on_load=None)
        self.settings = SettingsPanel()
        self.relist = gr.Button("List again", visible="hidden", elem_id="relist")
        gr.HTML(dialogs_html() + fields_dialog(), elem_id="dialogs")
        self.search = SearchDialog()


def _create_account(kind: SignInKind | None) -> gr.HTML | None:
    """Lay out what a person sees before `account_html` names them; None where nobody signs in."""
    if kind is None:
        return None
    if kind == "password":
        return gr.HTML(account_html(""), elem_id="account")
    gr.LoginButton(visible=False)  # Gradio offers Hugging Face's sign-in only to a page that has its button
    sign_in = f'<a id="sign-in" href="login/huggingface">{_("Sign in with Hugging Face")}</a>'
    return gr.HTML(sign_in, elem_id="account", js_on_load=LEAVE_FRAME)


def settings_button() -> str:
    """Return the button that opens the settings."""
    return (
        f'<button type="button" id="settings-open" aria-haspopup="dialog"><span aria-hidden="true">⚙</span> '
        f"{escape(_('Settings'))}</button>"
    )


def account_html(user: str) -> str:
    """Return the name of the person who is signed in, with a button that signs this browser out."""
    name = escape(user)
    return (
        f'<form method="post" action="logout?all_session=false"><span title="{name}">{name}</span>'
        f'<button id="sign-out">{_("Sign out")}</button></form>'
    )
