"""What is kept for each person: settings and prompts in the database, keys in memory."""

from chat.store.personal.pages import Keeper, OwnKeys
from chat.store.personal.preferences import PreferencesStore, SavedPromptsStore

__all__ = ["Keeper", "OwnKeys", "PreferencesStore", "SavedPromptsStore"]
