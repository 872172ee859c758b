"""The prompts that a person saves: the form in the settings, and the menu at the message box."""

from chat.ui.settings_panel.saved_prompts.prompt_library import PromptLibrary
from chat.ui.settings_panel.saved_prompts.prompt_menu import PromptMenu, chip_html, fields_dialog, menu_html
from chat.ui.settings_panel.saved_prompts.prompt_settings import PromptFields, PromptSettings, prompts_html
from chat.ui.settings_panel.saved_prompts.saved_prompt import Chosen, SavedPromptError

__all__ = [
    "Chosen",
    "PromptFields",
    "PromptLibrary",
    "PromptMenu",
    "PromptSettings",
    "SavedPromptError",
    "chip_html",
    "fields_dialog",
    "menu_html",
    "prompts_html",
]
