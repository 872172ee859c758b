"""Events of the page, without what Gradio does with each for features that Tally does not have.

It leans on what Gradio is like inside. What each part is worth stands in docs/decisions.md.
"""

import sys
from copy import copy
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.components import Component
from gradio.state_holder import SessionState


class LeanPage(gr.Blocks):
    """A page whose events take in plain values at once, and send no output that an update leaves out."""

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, *more: Any, **named: Any
    ) -> Any:
        """Return an event's inputs as its function takes them.

        Gradio has a thread do that for each of them, and looks for files in each.
        """
        if state is None or block_fn.component_prop_inputs or not all(map(_is_plain, block_fn.inputs)):
            return await super().preprocess_data(block_fn, inputs, state, *more, **named)
        self.validate_inputs(block_fn, inputs)
        components = [state.get(each._id, each) for each in block_fn.inputs]
        return [component.preprocess(value) for component, value in zip(components, inputs, strict=True)]

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: Any, *more: Any, **named: Any
    ) -> Any:
        """Return what to send for each output of an event, given what its function returned for some of them.

        Gradio would also rebuild the component of every output that was left out.
        """
        if not isinstance(predictions, dict) or not all(isinstance(key, Block) for key in predictions):
            return await super().postprocess_data(block_fn, predictions, *more, **named)
        left_out = gr.skip()
        changed = copy(block_fn)
        changed.outputs = [each for each in block_fn.outputs if predictions.get(each, left_out) != left_out]
        values = [predictions[output] for output in changed.outputs]
        data = await super().postprocess_data(
            changed, values[0] if len(values) == 1 else values, *more, **named
        )
        sent = dict(zip(changed.outputs, data, strict=True))
        return [sent.get(output, left_out) for output in block_fn.outputs]


def _is_plain(block: Block) -> bool:
    """Return whether what a component takes is plain JSON, without files."""
    return isinstance(block, Component) and not block.stateful and block.data_model is None


class LeanSession(SessionState):
    """What Gradio keeps for an open page, without a description of all its components.

    It would be for links that hold a page's whole state, which Tally does not have.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]

    def __setitem__(self, key: int, value: Any) -> None:
        if isinstance(value, Block):
            self.blocks_config.blocks[key] = value
        else:
            super().__setitem__(key, value)

    def _update_config(self, key: int) -> None:
        """Describe nothing."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep nothing."""


def serve_lean_pages() -> None:
    """Have Gradio keep little for each page, and look for Matplotlib once, not twice for each update."""
    state_holder.SessionState = LeanSession  # type: ignore[misc]
    if find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]  # which is how Python keeps that it is missing
