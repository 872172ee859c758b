"""The sidebar."""

from chat.ui.sidebar.conversation_list import conversations_html
from chat.ui.sidebar.search_dialog import Search
from chat.ui.sidebar.sidebar_layout import Sidebar, SignInKind, account_html

__all__ = [
    "Search",
    "Sidebar",
    "SignInKind",
    "account_html",
    "conversations_html",
]
