"""Conversations of ChatGPT, Claude, Open WebUI and LibreChat, told apart by what is in them."""

from chat.archive.foreign.kinds import read_foreign
from chat.archive.foreign.loosely import NotReadableError, is_sane, shown_title, storable

__all__ = [
    "NotReadableError",
    "is_sane",
    "read_foreign",
    "shown_title",
    "storable",
]
