"""How the page looks."""

from chat.ui.look.theme import STYLE, head, page_scripts, theme

__all__ = [
    "STYLE",
    "head",
    "page_scripts",
    "theme",
]
