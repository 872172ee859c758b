"""The settings beside a chat: own key, system prompt, parameters and budgets."""

from chat.ui.settings_panel.budgeting import Budgeting
from chat.ui.settings_panel.models import model_choices
from chat.ui.settings_panel.numbers import NUMBER_FIELDS
from chat.ui.settings_panel.panel import SettingsPanel, create_settings_panel

__all__ = [
    "NUMBER_FIELDS",
    "Budgeting",
    "SettingsPanel",
    "create_settings_panel",
    "model_choices",
]
