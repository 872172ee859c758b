"""What models write, as HTML that shows what was written and does nothing on the page.

Markdown is read here, on the server, by a parser that follows its specification. The Chatbot gets HTML: each
block is one line between blank lines, which its own Markdown passes on as it is. All text in it is escaped,
and makes no tags or attributes.
"""

from chat.ui.messages.markup.formulas import FORMULAS
from chat.ui.messages.markup.replies import GrowingReplies, shown_reply

__all__ = [
    "FORMULAS",
    "GrowingReplies",
    "shown_reply",
]
