"""Notices that stay until they are no longer true."""

from html import escape
from typing import Any

import gradio as gr


def failure(text: str) -> Any:
    """Say what went wrong."""
    return gr.update(value=f'<p role="alert">{escape(text)}</p>', visible=True)


def no_notice() -> Any:
    """All is well."""
    return gr.update(value="", visible=False)
