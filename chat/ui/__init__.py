"""The Chat tab and the sidebar."""

from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import ChatTab, forgetful_space, one_copy_only
from chat.ui.messages import file_routes, message_route
from chat.ui.settings_panel import archive_routes
from chat.ui.sidebar import Listing, Sidebar, SignInKind, conversations_route
from chat.ui.wiring import wire_chat

__all__ = [
    "ChatServices",
    "ChatTab",
    "Listing",
    "Sidebar",
    "SignInKind",
    "archive_routes",
    "conversations_route",
    "file_routes",
    "forgetful_space",
    "message_route",
    "one_copy_only",
    "wire_chat",
]
