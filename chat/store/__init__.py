"""What is kept in the database: conversations, what people set, and money set aside for calls under way."""

from chat.store.budget_store import LimitsStore, SharedReservations
from chat.store.conversations import ConversationStore, PendingCall, StoreError
from chat.store.database import database_folder
from chat.store.instances import Instances, OnlyInstance
from chat.store.pages import Keeper, OwnKeys
from chat.store.preferences import PreferencesStore, SavedPromptsStore
from chat.store.waiting_messages import WaitingMessages

__all__ = [
    "ConversationStore",
    "Instances",
    "Keeper",
    "LimitsStore",
    "OnlyInstance",
    "OwnKeys",
    "PendingCall",
    "PreferencesStore",
    "SavedPromptsStore",
    "SharedReservations",
    "StoreError",
    "WaitingMessages",
    "database_folder",
]
