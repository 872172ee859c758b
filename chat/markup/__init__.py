"""What people and models write, and what it cost, as HTML that shows what was written and does nothing.

Markdown is read here, on the server, by a parser that follows its specification. The Chatbot gets HTML: each
block is one line between blank lines, which its own Markdown passes on as it is. All text in it is escaped,
and makes no tags or attributes.
"""

from chat.markup.escaped import FORMULA_MARKS, plain
from chat.markup.formulas import FORMULAS
from chat.markup.receipts import cost_text, receipt_explanation, receipt_html, receipt_line, receipt_rows
from chat.markup.replies import GrowingReplies, shown_reply

__all__ = [
    "FORMULAS",
    "FORMULA_MARKS",
    "GrowingReplies",
    "cost_text",
    "plain",
    "receipt_explanation",
    "receipt_html",
    "receipt_line",
    "receipt_rows",
    "shown_reply",
]
