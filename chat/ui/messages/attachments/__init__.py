"""What is attached to messages: the addresses of files, what the page sends of them, how they are shown."""

from chat.ui.messages.attachments.attached import read_attached
from chat.ui.messages.attachments.attachment_html import attachments_html
from chat.ui.messages.attachments.file_addresses import file_routes
from chat.ui.messages.attachments.receiving import RefusedUploadError, received

__all__ = ["RefusedUploadError", "attachments_html", "file_routes", "read_attached", "received"]
