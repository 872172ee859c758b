"""What is kept for each person: settings and prompts in the database, files beside it, keys in memory."""

from chat.store.personal.kept_files import (
    MOST_BYTES_OF_A_PERSON,
    MOST_BYTES_OF_A_SHARED_NAME,
    KeptFile,
    KeptFiles,
    KeptPicture,
    temporary_hash,
)
from chat.store.personal.pages import Keeper, OwnKeys
from chat.store.personal.preferences import PreferencesStore, SavedPromptsStore

__all__ = [
    "MOST_BYTES_OF_A_PERSON",
    "MOST_BYTES_OF_A_SHARED_NAME",
    "Keeper",
    "KeptFile",
    "KeptFiles",
    "KeptPicture",
    "OwnKeys",
    "PreferencesStore",
    "SavedPromptsStore",
    "temporary_hash",
]
