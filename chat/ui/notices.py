"""Notices that stay until they are no longer true, and what else comes and goes on the page."""

from html import escape
from typing import Any, Literal

import gradio as gr

# With False a component is taken out of the page; an update that comes while it is put back gets lost.
HIDDEN: Literal["hidden"] = "hidden"


def failure(text: str) -> Any:
    """Say what went wrong."""
    return gr.update(value=f'<p role="alert">{escape(text)}</p>', visible=True)


def no_notice() -> Any:
    """All is well."""
    return gr.update(value="", visible=HIDDEN)


def shown(is_shown: bool) -> Any:
    """Show a control or hide it."""
    return gr.update(visible=True if is_shown else HIDDEN)
