"""The sidebar: new chat, the model, past conversations, what has been spent, settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from html import escape
from itertools import groupby

import gradio as gr

from chat.calls import MOST_MODELS
from chat.conversation import ConversationSummary
from chat.ui.account import SignInKind, create_account
from chat.ui.settings_panel import SettingsPanel, create_settings_panel

BRAND = (
    '<div class="brand"><span>Tally</span><button type="button" '
    'aria-label="Switch between light and dark" title="Light or dark">◐</button></div>'
)
SWITCH_THEME = "element.querySelector('button').addEventListener('click', () => tally.switchTheme());"
OPEN_OR_DELETE = """
element.addEventListener('click', (event) => {
  const remove = event.target.closest('[data-delete]');
  if (remove) {
    event.preventDefault();
    if (confirm('Delete this conversation? What it cost stays in your ledger.')) {
      trigger('click', {delete: remove.dataset.delete});
    }
    return;
  }
  const link = event.target.closest('[data-open]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  trigger('click', {open: link.dataset.open});
});
"""


@dataclass(frozen=True)
class Sidebar:
    """The controls of the sidebar."""

    account: gr.HTML | None
    new_chat: gr.Button
    model: gr.Dropdown
    compare_with: gr.Dropdown
    conversations: gr.HTML
    spend: gr.HTML
    settings: SettingsPanel


def create_sidebar(model: str | None, *, sign_in: SignInKind | None) -> Sidebar:
    """Lay out the sidebar; `model` is what is chosen at start, `sign_in` how people sign in, if they do."""
    with gr.Sidebar(width=290, elem_id="sidebar", label="Menu"):
        gr.HTML(BRAND, js_on_load=SWITCH_THEME)
        account = create_account(sign_in)
        new_chat = gr.Button("New chat", elem_id="new-chat", variant="secondary", size="md")
        chosen = gr.Dropdown(
            choices=[model] if model else [],
            value=model,
            label="Model",
            elem_id="model",
            allow_custom_value=True,
            filterable=True,
        )
        compare_with = gr.Dropdown(
            choices=[],
            value=[],
            multiselect=True,
            max_choices=MOST_MODELS - 1,
            label="Compare with",
            elem_id="compare-with",
            allow_custom_value=True,
            filterable=True,
        )
        conversations = gr.HTML(elem_id="conversations", js_on_load=OPEN_OR_DELETE)
        spend = gr.HTML(elem_id="spend")
        settings = create_settings_panel()
    return Sidebar(account, new_chat, chosen, compare_with, conversations, spend, settings)


def conversations_html(
    summaries: Sequence[ConversationSummary], current_id: str, now: datetime, zone: tzinfo
) -> str:
    """The list of conversations under the days they were last used on."""

    def heading(summary: ConversationSummary) -> str:
        return _day_name(summary.updated_at.astimezone(zone).date(), now.astimezone(zone).date())

    if not summaries:
        return '<p class="quiet">Your conversations will be listed here.</p>'
    sections = (
        f"<h2>{day}</h2><ul>{''.join(_item(each, current_id) for each in group)}</ul>"
        for day, group in groupby(summaries, heading)
    )
    return f'<nav aria-label="Conversations">{"".join(sections)}</nav>'


def _item(summary: ConversationSummary, current_id: str) -> str:
    current = ' aria-current="page"' if summary.id == current_id else ""
    title, link = escape(summary.title), escape(summary.id)
    return (
        f'<li{current}><a href="?c={link}" data-open="{link}" title="{title}">{title}</a>'
        f'<button data-delete="{link}" aria-label="Delete “{title}”" title="Delete">×</button></li>'
    )


def _day_name(day: date, today: date) -> str:
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day > today - timedelta(days=7):
        return "This week"
    return f"{day:%B %Y}"
