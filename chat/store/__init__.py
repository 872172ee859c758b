"""What is kept in the database: conversations, what people set, and money set aside for calls under way."""

from chat.store.budget_store import LimitsStore, SharedReservations
from chat.store.conversations import ConversationStore, PendingCall, StoreError
from chat.store.database import database_folder
from chat.store.instances import Instances, OnlyInstance
from chat.store.own_keys import OwnKeys
from chat.store.pages import Keeper
from chat.store.preferences import PreferencesStore

__all__ = [
    "ConversationStore",
    "Instances",
    "Keeper",
    "LimitsStore",
    "OnlyInstance",
    "OwnKeys",
    "PendingCall",
    "PreferencesStore",
    "SharedReservations",
    "StoreError",
    "database_folder",
]
