"""The replies of a comparison side by side: each with its model, its cost, and a button to go on with it."""

from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from typing import Any

import gradio as gr

from chat.calls import MOST_MODELS
from chat.conversation import Turn, chosen_of
from chat.ui.messages.markup import FORMULAS, GrowingReplies
from chat.ui.messages.receipts import receipt_explanation, receipt_line, receipt_rows
from chat.ui.messages.shown_turns import remarks_html, reply_html
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

    def __init__(self) -> None:
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
                            latex_delimiters=FORMULAS,
                            buttons=["copy"],
                        )
                    )

    @property
    def outputs(self) -> list[Any]:
        """Return everything that showing a comparison changes."""
        return [*self.heads, *self.replies]

    def show(
        self,
        turns: Sequence[Turn],
        before: Sequence[Turn],
        current_id: str | None,
        growing: GrowingReplies | None = None,
    ) -> Updates:
        """Return the columns of these turns, without what has not changed."""
        updates: Updates = {}
        chosen, chosen_before = chosen_of(turns, current_id), chosen_of(before, current_id)
        columns = zip_longest(turns, before, self.heads[: len(turns)], self.replies[: len(turns)])
        for turn, earlier, head, reply in columns:
            is_chosen = turn is chosen
            if turn is not earlier or is_chosen != (earlier is chosen_before):
                updates[head] = head_html(turn, is_chosen=is_chosen)
            if earlier is None or (turn.reply, turn.status) != (earlier.reply, earlier.status):
                updates[reply] = reply_html(turn, "reply", growing)
        return updates


def head_html(turn: Turn, *, is_chosen: bool) -> str:
    """Return the model's name, the receipt of its reply, and the button to go on with it."""
    return (
        f'<header data-turn="{escape(turn.id)}"><h3>{escape(turn.model)}</h3>'
        f"{_choice(turn, is_chosen)}</header>"
        f"{_receipt(turn)}{_reasoning(turn)}{remarks_html(turn)}"
    )


def _choice(turn: Turn, is_chosen: bool) -> str:
    if is_chosen:
        return f'<span class="chosen">✓ {_("Going on with this")}</span>'
    if not turn.reply and turn.status != "running":
        return ""
    label = escape(_("Go on with {model}").format(model=turn.model))
    return (
        f'<button type="button" data-choose="{escape(turn.id)}" aria-label="{label}">'
        f"{_('Go on with this')}</button>"
    )


def _receipt(turn: Turn) -> str:
    entry = turn.entry
    if entry is None:
        return '<p class="receipt">…</p>'
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in receipt_rows(entry)
    )
    return (
        f'<details data-kept="{escape(f"receipt-{turn.id}")}">'
        f'<summary class="receipt">{escape(receipt_line(entry, names_model=False))}</summary>'
        f"<table>{rows}</table><p>{escape(receipt_explanation(entry).replace('`', ''))}</p></details>"
    )


def _reasoning(turn: Turn) -> str:
    if not turn.reasoning:
        return ""
    kept = escape(f"reasoning-{turn.id}")
    return (
        f'<details data-kept="{kept}"><summary>{_("Reasoning")}</summary>'
        f"<div>{escape(turn.reasoning)}</div></details>"
    )
