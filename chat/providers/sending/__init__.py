"""What goes out to an endpoint: the messages with their pictures and documents, and the optional fields."""

from chat.providers.sending.request_fields import Quirks, RequestFields
from chat.providers.sending.sent_messages import SentMessage, sent_messages

__all__ = ["Quirks", "RequestFields", "SentMessage", "sent_messages"]
