"""What is kept in the database: conversations, what people set, and money set aside for calls under way."""

from chat.store.budget_store import LimitsStore, SharedReservations
from chat.store.conversation_import import Outcome, WholeConversation, WholeConversations
from chat.store.conversation_list import RESTORABLE_FOR, Cursor, ListStart, Purge
from chat.store.conversations import ConversationStore, StoreError
from chat.store.database import database_folder
from chat.store.instances import Instances, OnlyInstance
from chat.store.personal import (
    MOST_BYTES_OF_A_PERSON,
    MOST_BYTES_OF_A_SHARED_NAME,
    Keeper,
    KeptFile,
    KeptFiles,
    KeptPicture,
    OwnKeys,
    PreferencesStore,
    SavedPromptsStore,
    temporary_hash,
)
from chat.store.search import MOST_FOUND, Found, SearchQuery, read_query
from chat.store.temporary_chats import PendingCall
from chat.store.waiting_messages import WaitingMessages, waiting_json

__all__ = [
    "MOST_BYTES_OF_A_PERSON",
    "MOST_BYTES_OF_A_SHARED_NAME",
    "MOST_FOUND",
    "RESTORABLE_FOR",
    "ConversationStore",
    "Cursor",
    "Found",
    "Instances",
    "Keeper",
    "KeptFile",
    "KeptFiles",
    "KeptPicture",
    "LimitsStore",
    "ListStart",
    "OnlyInstance",
    "Outcome",
    "OwnKeys",
    "PendingCall",
    "PreferencesStore",
    "Purge",
    "SavedPromptsStore",
    "SearchQuery",
    "SharedReservations",
    "StoreError",
    "WaitingMessages",
    "WholeConversation",
    "WholeConversations",
    "database_folder",
    "read_query",
    "temporary_hash",
    "waiting_json",
]
