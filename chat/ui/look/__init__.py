"""How the page looks."""

from chat.ui.look.theme import STYLE, head, theme

__all__ = [
    "STYLE",
    "head",
    "theme",
]
