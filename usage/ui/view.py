"""What a view of the Usage tab is: a tab of its own, and a function that says what is in it now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import gradio as gr
from gradio.components import Component

from usage.ui.usage_services import Asker

# What an event brought for each of its inputs, and what it puts into controls.
Values: TypeAlias = Mapping[Component, Any]
Shown: TypeAlias = dict[Component, Any]

# How an event is listened to here: nothing flickers, and of many in a row the last one counts.
QUIETLY: dict[str, Any] = {
    "show_progress": "hidden",
    "trigger_mode": "always_last",
    "api_visibility": "private",
}

# What takes a moment and is done once however often a person presses.
WAITING: dict[str, Any] = {**QUIETLY, "show_progress": "minimal", "trigger_mode": "once"}


@dataclass(frozen=True)
class View:
    """`show` says what `outputs` are to hold for what `inputs` hold; the first output takes a notice.

    It is drawn again at each of the events in `changes`, except for its inputs: those are what changed.
    """

    tab: gr.Tab
    inputs: Sequence[Component]
    outputs: Sequence[Component]
    changes: Sequence[Any]
    show: Callable[[Values, Asker], Shown]
