"""The settings beside a chat: own key, system prompt, parameters and budgets."""

from chat.ui.settings_panel.budget_fields import LABELS, Which, note_html, read_amount
from chat.ui.settings_panel.models import model_choices
from chat.ui.settings_panel.numbers import NUMBER_FIELDS
from chat.ui.settings_panel.panel import SettingsPanel, create_settings_panel

__all__ = [
    "LABELS",
    "NUMBER_FIELDS",
    "SettingsPanel",
    "Which",
    "create_settings_panel",
    "model_choices",
    "note_html",
    "read_amount",
]
