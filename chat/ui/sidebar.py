"""The sidebar: who is signed in, new chat, past conversations, what was spent, settings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from itertools import groupby
from typing import Literal

import gradio as gr

from chat.conversation import ConversationSummary
from chat.ui.settings_panel import SettingsPanel
from chat.ui.spend import cost_of_chat
from texts import _, month_name, short_month_name
from usage.reports import Totals

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
SHOW_CONVERSATIONS = "tally.showConversations((what) => trigger('click', what));"


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
            self.conversations = gr.HTML(elem_id="conversations", js_on_load=SHOW_CONVERSATIONS)
            self.spend = gr.HTML(elem_id="spend")
            gr.HTML(settings_button(), js_on_load=None)
        self.settings = SettingsPanel()
        self.relist = gr.Button("List again", visible="hidden", elem_id="relist")
        gr.HTML(dialogs_html(), elem_id="dialogs")


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


def conversations_html(
    summaries: Sequence[ConversationSummary],
    current_id: str,
    now: datetime,
    zone: tzinfo,
    running: Collection[str] = (),
    costs: Mapping[str, Totals] | None = None,
) -> str:
    """Return the list of conversations, grouped by when they were last used, each with its time and its cost.

    Those `running` are marked; those without a call have no `costs`.
    """
    today = now.astimezone(zone).date()

    def heading(summary: ConversationSummary) -> str:
        return _day_name(summary.updated_at.astimezone(zone).date(), today)

    def item(summary: ConversationSummary) -> str:
        when = _when(summary.updated_at.astimezone(zone), today)
        totals = (costs or {}).get(summary.id)
        under = f"{when} · {cost_of_chat(totals)}" if totals else when
        return _item(summary, under, is_current=summary.id == current_id, is_running=summary.id in running)

    if not summaries:
        return f'<p class="quiet">{_("Your conversations will be listed here.")}</p>'
    sections = (
        f"<h2>{day}</h2><ul>{''.join(map(item, group))}</ul>" for day, group in groupby(summaries, heading)
    )
    return f'<nav aria-label="{escape(_("Conversations"))}">{"".join(sections)}</nav>'


def _item(summary: ConversationSummary, under: str, *, is_current: bool, is_running: bool) -> str:
    """Return a conversation, with this under its title. The script gives one of the list the tab stop."""
    current = ' aria-current="page"' if is_current else ""
    title, link = escape(summary.title), escape(summary.id)
    more = escape(_("More about “{title}”").format(title=summary.title))
    mark = f'<i class="running" role="img" aria-label="{escape(_("reply being written"))}">●</i>'
    return (
        f'<li{current}><a href="?c={link}" data-open="{link}" title="{title}" tabindex="-1">'
        f'<span dir="auto">{title}</span>{mark if is_running else ""}</a><small>{under}</small>'
        f'<button type="button" data-more="{link}" aria-label="{more}" aria-haspopup="menu" tabindex="-1">⋯'
        "</button></li>"
    )


def dialogs_html() -> str:
    """Return what opens over the page: the menu of a conversation, its deletion, and the keys."""
    keys = (
        (_("Enter"), _("Send")),
        (_("Shift+Enter"), _("New line")),
        ("↑", _("Edit the last message, from an empty box")),
        (_("Esc"), _("Stop the reply, or close what is open")),
        (_("Ctrl/⌘+Shift+O"), _("New chat")),
        (_("Ctrl/⌘+K"), _("Find a conversation")),
        (_("Ctrl/⌘+/"), _("These keys")),
    )
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{escape(what)}</dd>" for key, what in keys)
    return (
        f'<div id="conversation-menu" popover role="menu"><button type="button" role="menuitem">'
        f"{_('Delete…')}</button></div>"
        '<dialog id="delete-dialog" aria-labelledby="delete-title"><form method="dialog">'
        f'<h2 id="delete-title">{_("Delete this conversation?")}</h2><p class="title" dir="auto"></p>'
        f"<p>{_('Its messages are deleted. What it cost stays in your ledger.')}</p>"
        f'<footer><button value="cancel">{_("Cancel")}</button>'
        f'<button value="delete" class="danger">{_("Delete")}</button></footer></form></dialog>'
        '<dialog id="keys-dialog" aria-labelledby="keys-title"><form method="dialog">'
        f'<h2 id="keys-title">{_("Keys")}</h2><dl>{rows}</dl>'
        f'<footer><button value="close">{_("Close")}</button></footer></form></dialog>'
    )


def _day_name(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day > today - timedelta(days=7):
        return _("Last 7 days")
    return _("{month} {year}").format(month=month_name(day.month), year=day.year)


def _when(moment: datetime, today: date) -> str:
    """Return the time of day where that says most, and else the day, whose year stands above."""
    if moment.date() >= today - timedelta(days=1):
        return f"{moment:%H:%M}"
    return _("{month} {day}").format(month=short_month_name(moment.month), day=moment.day)
