"""What is kept in the database: conversations, limits, and money set aside for calls under way."""

from chat.store.budget_store import LimitsStore, SharedReservations
from chat.store.conversations import ConversationStore, PendingCall, StoreError
from chat.store.database import database_folder
from chat.store.instances import Instances, OnlyInstance

__all__ = [
    "ConversationStore",
    "Instances",
    "LimitsStore",
    "OnlyInstance",
    "PendingCall",
    "SharedReservations",
    "StoreError",
    "database_folder",
]
