"""Events of the page, without what Gradio does with each for features that Tally does not have.

It leans on what Gradio is like inside. What each part is worth stands in docs/decisions.md.
"""

import sys
from collections import ChainMap
from copy import copy
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import state_holder
from gradio.block_function import BlockFunction
from gradio.blocks import Block, BlockContext
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
        is_usual = block_fn.preprocess and not block_fn.component_prop_inputs
        if state is None or not is_usual or not all(map(_is_plain, block_fn.inputs)):
            return await super().preprocess_data(block_fn, inputs, state, *more, **named)
        self.validate_inputs(block_fn, inputs)
        components = [state.get(each._id, each) for each in block_fn.inputs]
        return [component.preprocess(value) for component, value in zip(components, inputs, strict=True)]

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: Any, state: SessionState | None
    ) -> Any:
        """Return what to send for each output of an event, given what its function returned for some of them.

        Gradio would also rebuild the component of every output that was left out.
        """
        left_out = gr.skip()
        changed = copy(block_fn)
        if isinstance(predictions, dict) and all(isinstance(key, Block) for key in predictions):
            if unknown := predictions.keys() - set(block_fn.outputs):
                raise ValueError(f"{block_fn.api_name} returned what is none of its outputs: {unknown}")
            changed.outputs = [out for out in block_fn.outputs if predictions.get(out, left_out) != left_out]
            values = [predictions[output] for output in changed.outputs]
            predictions = values[0] if len(values) == 1 else values
        data = await super().postprocess_data(changed, predictions, state)
        if isinstance(state, LeanSession):
            state.forget_looks()
        sent = dict(zip(changed.outputs, data, strict=True))
        return [sent.get(output, left_out) for output in block_fn.outputs]


def _is_plain(block: Block) -> bool:
    """Return whether what a component takes is plain JSON, without files."""
    return isinstance(block, Component) and not block.stateful and block.data_model is None


# What these take in and send is the same whatever they look like.
_LOOKS_DO_NOT_MATTER = (BlockContext, gr.Button, gr.Checkbox, gr.HTML, gr.Markdown, gr.Textbox)


class LeanSession(SessionState):
    """What Gradio keeps for an open page: only what its events need and what differs from other pages.

    All else, of which most is a description of all components, would be for links that hold a page's whole
    state, which Tally does not have. Nobody tells when a page closes, so its share stays for a while.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        whole = blocks.default_config
        super().__init__(SimpleNamespace(default_config=whole, blocks={}))  # type: ignore[arg-type]
        self.blocks_config.fns = whole.fns
        self._own: dict[int, Block] = {}
        self.blocks_config.blocks = ChainMap(self._own, whole.blocks)  # type: ignore[assignment]

    def __setitem__(self, key: int, value: Any) -> None:
        if isinstance(value, Block):
            self._own[key] = value
        else:
            super().__setitem__(key, value)

    def forget_looks(self) -> None:
        """Forget what components of this page look like, once it has been told, where no event needs that."""
        for key in [key for key, block in self._own.items() if isinstance(block, _LOOKS_DO_NOT_MATTER)]:
            del self._own[key]

    def _update_config(self, key: int) -> None:
        """Describe nothing."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep nothing."""


def serve_lean_pages() -> None:
    """Have Gradio keep little for each page, and look for Matplotlib once, not twice for each update."""
    state_holder.SessionState = LeanSession  # type: ignore[misc]
    if find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]  # which is how Python keeps that it is missing
