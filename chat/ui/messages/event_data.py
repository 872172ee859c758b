"""Reads what a page sends with an event, which may be anything: anybody can call an event over HTTP."""

from collections.abc import Mapping
from typing import Any

import gradio as gr


def data_of(event: gr.EventData) -> Mapping[str, Any]:
    """Return what came with an event by name; nothing where a page sends anything else."""
    return event._data if isinstance(event._data, dict) else {}


def texts_of(event: gr.EventData) -> dict[str, str]:
    """Return the texts by name that came with an event; anything else is left out."""
    return texts_in(event._data)


def texts_in(sent: object) -> dict[str, str]:
    """Return the texts by name in something that a page sent; anything else is left out."""
    if not isinstance(sent, dict):
        return {}
    return {name: text for name, text in sent.items() if isinstance(name, str) and isinstance(text, str)}
