"""The settings beside a chat: own key, system prompt, parameters and budgets."""

from chat.ui.settings_panel.budget_settings import BudgetSettings
from chat.ui.settings_panel.models import model_choices
from chat.ui.settings_panel.panel import SettingsPanel

__all__ = [
    "BudgetSettings",
    "SettingsPanel",
    "model_choices",
]
