"""What comes and goes on the page: notices, and the state that the style sheet shows controls by.

Gradio applies changes of `visible` out of turn when they follow each other closely, so that a control
may stay hidden for good. Values come in turn: controls are always there, and CSS shows or hides them.
"""

from collections.abc import Sequence
from html import escape

from chat.conversation import WaitingMessage
from chat.store import waiting_json


def failure(text: str) -> str:
    """Return a notice of what went wrong."""
    return f'<p role="alert">{escape(text)}</p>'


def page_state(
    *,
    is_running: bool,
    has_earlier: bool,
    columns: int = 0,
    is_unwritten: bool = False,
    conversation_id: str = "",
    title: str = "",
    turn_ids: Sequence[str] = (),
    waiting: Sequence[WaitingMessage] = (),
) -> str:
    """Return the state that CSS and the page's script read.

    `columns` is how many replies stand side by side. `is_unwritten`: one could not be saved yet, so that the
    page looks again. `turn_ids` are the last turns shown: the script waits for what was asked.
    `waiting` is what waits for the end of the reply.
    """
    states = {
        "running": is_running,
        "has-earlier": has_earlier,
        f"columns-{columns}": columns > 0,
        "unwritten": is_unwritten,
    }
    classes = " ".join(name for name, holds in states.items() if holds)
    turns = escape(" ".join(turn_ids))
    shown = f'data-conversation="{escape(conversation_id)}" data-title="{escape(title)}"'
    waits = escape(waiting_json(waiting))
    return f'<i class="{classes}" {shown} data-turns="{turns}" data-waiting="{waits}"></i>'
