"""What is kept of temporary chats: what there is room for in memory, and their calls in the database."""

from chat.store.temporary_chats.calls_without_turn import CallsWithoutTurn, PendingCall
from chat.store.temporary_chats.room import forget_old, make_room

__all__ = ["CallsWithoutTurn", "PendingCall", "forget_old", "make_room"]
