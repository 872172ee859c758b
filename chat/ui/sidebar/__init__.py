"""The sidebar."""

from chat.ui.sidebar.dialogs import LAST_COPIED
from chat.ui.sidebar.list_changes import ListChanges
from chat.ui.sidebar.listing import Listing, conversations_route
from chat.ui.sidebar.search_dialog import Search
from chat.ui.sidebar.sidebar_layout import Sidebar, SignInKind, account_html

__all__ = [
    "LAST_COPIED",
    "ListChanges",
    "Listing",
    "Search",
    "Sidebar",
    "SignInKind",
    "account_html",
    "conversations_route",
]
