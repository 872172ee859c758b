"""What a person sets: the model at the message box, and the settings dialog with parameters and budgets."""

from chat.ui.settings_panel.budget_settings import BudgetSettings
from chat.ui.settings_panel.connection_settings import ConnectionSettings
from chat.ui.settings_panel.currency_settings import CurrencySettings
from chat.ui.settings_panel.models import ModelMenu, TitleSettings, title_ask
from chat.ui.settings_panel.own_settings import OwnSettings
from chat.ui.settings_panel.panel import SettingsPanel
from chat.ui.settings_panel.saved_prompts import PromptMenu, PromptSettings, fields_dialog
from chat.ui.settings_panel.your_data import archive_routes

__all__ = [
    "BudgetSettings",
    "ConnectionSettings",
    "CurrencySettings",
    "ModelMenu",
    "OwnSettings",
    "PromptMenu",
    "PromptSettings",
    "SettingsPanel",
    "TitleSettings",
    "archive_routes",
    "fields_dialog",
    "title_ask",
]
