"""The Chat tab and the sidebar."""

from chat.ui.account import SignInKind
from chat.ui.chat_services import ChatServices
from chat.ui.chat_tab import create_chat_tab
from chat.ui.sidebar import create_sidebar
from chat.ui.welcome import forgetful_space, one_copy_only, welcome

__all__ = [
    "ChatServices",
    "SignInKind",
    "create_chat_tab",
    "create_sidebar",
    "forgetful_space",
    "one_copy_only",
    "welcome",
]
