"""What happens when somebody uses the chat: the handlers of its controls, and what connects them."""

from chat.ui.handlers.wiring import wire_chat

__all__ = [
    "wire_chat",
]
