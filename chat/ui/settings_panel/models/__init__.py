"""The models on offer: the menu at the message box, and which one names chats."""

from chat.ui.settings_panel.models.model_menu import ModelMenu, models_html
from chat.ui.settings_panel.models.offers import (
    Offer,
    family_of,
    lately_used,
    model_at_start,
    offers,
)
from chat.ui.settings_panel.models.title_settings import TITLE_MODEL, TitleFields, TitleSettings, title_ask

__all__ = [
    "TITLE_MODEL",
    "ModelMenu",
    "Offer",
    "TitleFields",
    "TitleSettings",
    "family_of",
    "lately_used",
    "model_at_start",
    "models_html",
    "offers",
    "title_ask",
]
