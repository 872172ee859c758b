"""What is kept in the database: conversations, limits, and money set aside for calls under way."""

from chat.store.conversations import ConversationStore, PendingCall, StoreError
from chat.store.database import database_folder
from chat.store.instances import Instances, OnlyInstance
from chat.store.limits_store import LimitsStore
from chat.store.shared_reservations import SharedReservations

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
