"""The replies of a comparison side by side: each with its model, its cost, and a button to go on with it."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import gradio as gr

from chat.calls import MOST_MODELS
from chat.conversation import Turn, chosen_of
from chat.ui.messages.markup import shown_reply, without_empty_start
from chat.ui.messages.plain import plain
from chat.ui.messages.receipts import receipt_html
from chat.ui.messages.shown_turns import copy_buttons, remarks_html
from texts import _

CHOOSE = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-choose]');
  if (button) trigger('click', {choose: button.dataset.choose});
});
"""
Updates = dict[Any, Any]


class ComparePanel:
    """A column for each model. All columns are always there: CSS shows as many as the page's state says."""

    def __init__(self, latex_delimiters: list[dict[str, str | bool]]) -> None:
        """Lay out the columns."""
        self.heads: list[gr.HTML] = []
        self.replies: list[gr.Markdown] = []
        with gr.Row(elem_id="compare", equal_height=False):
            for number in range(MOST_MODELS):
                with gr.Column(elem_classes=["compared", f"compared-{number + 1}"], min_width=0):
                    self.heads.append(gr.HTML(elem_classes="compared-head", js_on_load=CHOOSE))
                    self.replies.append(
                        gr.Markdown(
                            elem_classes="compared-reply",
                            latex_delimiters=latex_delimiters,
                            line_breaks=True,
                            buttons=[],
                        )
                    )

    @property
    def outputs(self) -> list[Any]:
        """Return everything that showing a comparison changes."""
        return [*self.heads, *self.replies]

    def show(self, turns: Sequence[Turn], before: Sequence[Turn], current_id: str | None) -> Updates:
        """Return the columns of these turns, without what has not changed."""
        updates: Updates = {}
        chosen, chosen_before = chosen_of(turns, current_id), chosen_of(before, current_id)
        columns = zip_longest(turns, before, self.heads[: len(turns)], self.replies[: len(turns)])
        for turn, earlier, head, reply in columns:
            is_chosen = turn is chosen
            if turn is not earlier or is_chosen != (earlier is chosen_before):
                updates[head] = head_html(turn, is_chosen=is_chosen)
            if earlier is None or (turn.reply, turn.status) != (earlier.reply, earlier.status):
                updates[reply] = reply_text(turn)
        return updates


def reply_text(turn: Turn) -> str:
    """Return the reply as Markdown; a diagram takes time to draw, so it is drawn once the reply is whole."""
    text = without_empty_start(shown_reply(turn.reply))
    return text.replace("```mermaid", "```text") if turn.status == "running" else text


def head_html(turn: Turn, *, is_chosen: bool) -> str:
    """Return the model's name, the receipt of its reply, and what can be done with it."""
    kept = f"receipt-{turn.id}"
    receipt = (
        receipt_html(turn.entry, names_model=False, kept=kept) if turn.entry else '<p class="receipt">…</p>'
    )
    return (
        f"<header><h3>{plain(turn.model)}</h3>{_choice(turn, is_chosen)}</header>"
        f'<div class="foot">{receipt}<div class="actions">{"".join(copy_buttons(turn))}</div></div>'
        f"{_reasoning(turn)}{remarks_html(turn)}"
    )


def _choice(turn: Turn, is_chosen: bool) -> str:
    if is_chosen:
        return f'<span class="chosen">✓ {_("Continuing with this")}</span>'
    if not turn.reply and turn.status != "running":
        return ""
    label = plain(_("Continue with {model}").format(model=turn.model))
    return (
        f'<button type="button" class="words" data-choose="{plain(turn.id)}" aria-label="{label}">'
        f"{_('Continue with this')}</button>"
    )


def _reasoning(turn: Turn) -> str:
    if not turn.reasoning:
        return ""
    return (
        f'<details data-kept="{plain(f"reasoning-{turn.id}")}"><summary>{_("Reasoning")}</summary>'
        f"<div>{plain(turn.reasoning)}</div></details>"
    )
