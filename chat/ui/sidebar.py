"""The sidebar: who is signed in, new chat, the model, past conversations, what was spent, settings."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from itertools import groupby
from typing import Literal

import gradio as gr

from chat.calls import MOST_MODELS
from chat.conversation import ConversationSummary
from chat.ui.settings_panel import SettingsPanel
from texts import _, month_name

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
OPEN_OR_DELETE = """
element.addEventListener('click', (event) => {
  const remove = event.target.closest('[data-delete]');
  if (remove) {
    event.preventDefault();
    if (confirm(remove.closest('nav').dataset.confirm)) {
      trigger('click', {delete: remove.dataset.delete});
    }
    return;
  }
  const link = event.target.closest('[data-open]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  tally.openConversation(link.dataset.open);
});
tally.openBy((id) => trigger('click', {open: id}));
"""


class Sidebar:
    """The controls of the sidebar."""

    def __init__(self, model: str | None, *, sign_in: SignInKind | None) -> None:
        """Lay out the sidebar; `model` is chosen at start, `sign_in` is how people sign in, if they do."""
        with gr.Sidebar(width=290, elem_id="sidebar", label=_("Menu")):
            switch, title = escape(_("Switch between light and dark")), escape(_("Light or dark"))
            button = f'<button type="button" aria-label="{switch}" title="{title}">◐</button>'
            gr.HTML(f'<div class="brand"><h1>Tally</h1>{button}</div>', js_on_load=SWITCH_THEME)
            self.account = _create_account(sign_in)
            self.new_chat = gr.Button(_("New chat"), elem_id="new-chat", variant="secondary", size="md")
            self.model = gr.Dropdown(
                choices=[model] if model else [],
                value=model,
                label=_("Model"),
                elem_id="model",
                allow_custom_value=True,
                filterable=True,
            )
            self.compare_with = gr.Dropdown(
                choices=[],
                value=[],
                multiselect=True,
                max_choices=MOST_MODELS - 1,
                label=_("Compare with"),
                elem_id="compare-with",
                allow_custom_value=True,
                filterable=True,
            )
            self.conversations = gr.HTML(elem_id="conversations", js_on_load=OPEN_OR_DELETE)
            self.spend = gr.HTML(elem_id="spend")
            self.settings = SettingsPanel()


def _create_account(kind: SignInKind | None) -> gr.HTML | None:
    """Lay out what a person sees before `account_html` names them; None where nobody signs in."""
    if kind is None:
        return None
    if kind == "password":
        return gr.HTML(account_html(""), elem_id="account")
    gr.LoginButton(visible=False)  # Gradio offers Hugging Face's sign-in only to a page that has its button
    sign_in = f'<a id="sign-in" href="login/huggingface">{_("Sign in with Hugging Face")}</a>'
    return gr.HTML(sign_in, elem_id="account", js_on_load=LEAVE_FRAME)


def account_html(user: str) -> str:
    """Return the name of the person who is signed in, with a button that signs this browser out."""
    name = escape(user)
    return (
        f'<form method="post" action="logout?all_session=false"><span title="{name}">{name}</span>'
        f'<button id="sign-out">{_("Sign out")}</button></form>'
    )


def conversations_html(
    summaries: Sequence[ConversationSummary], current_id: str, now: datetime, zone: tzinfo
) -> str:
    """Return the list of conversations, grouped by when they were last used."""

    def heading(summary: ConversationSummary) -> str:
        return _day_name(summary.updated_at.astimezone(zone).date(), now.astimezone(zone).date())

    if not summaries:
        return f'<p class="quiet">{_("Your conversations will be listed here.")}</p>'
    sections = (
        f"<h2>{day}</h2><ul>{''.join(_item(each, current_id) for each in group)}</ul>"
        for day, group in groupby(summaries, heading)
    )
    question = escape(_("Delete this conversation? What it cost stays in your ledger."))
    return (
        f'<nav aria-label="{escape(_("Conversations"))}" data-confirm="{question}">{"".join(sections)}</nav>'
    )


def _item(summary: ConversationSummary, current_id: str) -> str:
    current = ' aria-current="page"' if summary.id == current_id else ""
    title, link = escape(summary.title), escape(summary.id)
    delete = escape(_("Delete “{title}”").format(title=summary.title))
    return (
        f'<li{current}><a href="?c={link}" data-open="{link}" title="{title}">{title}</a>'
        f'<button data-delete="{link}" aria-label="{delete}" title="{escape(_("Delete"))}">×</button></li>'
    )


def _day_name(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return _("This week")
    return _("{month} {year}").format(month=month_name(day.month), year=day.year)
