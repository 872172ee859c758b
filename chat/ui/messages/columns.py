"""The replies of a comparison side by side: model, cost, and a button to continue with one of them."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import gradio as gr

from chat.calls import MOST_MODELS
from chat.conversation import Turn, chosen_of
from chat.markup import FORMULAS, GrowingReplies, plain, receipt_html
from chat.ui.messages.plain import button
from chat.ui.messages.shown_turns import is_unanswered, left_out, remarks_html, reply_buttons, reply_html
from texts import _, ngettext
from usage.forecast import sum_of
from usage.units import Currency, format_usd

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
        self.total = gr.HTML(elem_id="compare-total")
        with gr.Row(elem_id="compare", equal_height=False):
            for number in range(MOST_MODELS):
                with gr.Column(elem_classes=["compared", f"compared-{number + 1}"], min_width=0):
                    self.heads.append(gr.HTML(elem_classes="compared-head", js_on_load=CHOOSE))
                    self.replies.append(
                        gr.Markdown(
                            elem_classes="compared-reply",
                            latex_delimiters=FORMULAS,
                            buttons=[],
                        )
                    )

    @property
    def outputs(self) -> list[Any]:
        """Return everything that showing a comparison changes."""
        return [self.total, *self.heads, *self.replies]

    def show(
        self,
        turns: Sequence[Turn],
        before: Sequence[Turn],
        current_id: str | None,
        growing: GrowingReplies | None = None,
        currency: Currency | None = None,
        followed: Collection[str] = (),
    ) -> Updates:
        """Return the columns of these turns, without what has not changed; receipts are in `currency` too.

        `followed` are the ids of turns that others follow, on branches that are not shown.
        """
        total = total_html(turns)
        updates: Updates = {} if before and total == total_html(before) else {self.total: total}
        merits, merits_before = merits_of(turns), merits_of(before)
        chosen, chosen_before = chosen_of(turns, current_id), chosen_of(before, current_id)
        columns = zip_longest(turns, before, self.heads[: len(turns)], self.replies[: len(turns)])
        for turn, earlier, head, reply in columns:
            is_chosen = turn is chosen
            merit = merits.get(turn.id, "")
            is_new = turn is not earlier or merit != merits_before.get(turn.id, "")
            if is_new or is_chosen != (earlier is chosen_before):
                updates[head] = head_html(
                    turn, merit, is_chosen=is_chosen, is_followed=turn.id in followed, currency=currency
                )
            if earlier is None or (turn.reply, turn.status) != (earlier.reply, earlier.status):
                updates[reply] = reply_html(turn, "reply", growing)
        return updates


def merits_of(turns: Sequence[Turn]) -> dict[str, str]:
    """Return by turn whether it was the cheapest or the fastest of the whole replies, once all have ended.

    A reply of unknown price may be cheaper than the cheapest that is known.
    """
    whole = [turn for turn in turns if turn.status == "completed"]
    if any(turn.entry is None for turn in turns):
        return {}
    costs = {turn.id: turn.entry.cost_usd for turn in whole if turn.entry}
    known = {turn_id: cost for turn_id, cost in costs.items() if cost is not None}
    cheapest = _("cheapest") if len(known) == len(costs) else _("cheapest known price")
    # As the receipts show it: a difference that nobody can see makes nobody faster.
    times = {turn.id: round((turn.entry.duration_ms or 0) / 1000, 1) for turn in whole if turn.entry}
    merits: dict[str, list[str]] = {}
    for word, values in ((cheapest, known), (_("fastest"), times)):
        for turn_id in _lowest(values):
            merits.setdefault(turn_id, []).append(word)
    return {turn_id: " · ".join(words) for turn_id, words in merits.items()}


def _lowest(values: Mapping[str, Decimal | float]) -> list[str]:
    """Return which have the lowest value; none where all have it."""
    best = min(values.values(), default=None)
    lowest = [name for name, value in values.items() if value == best]
    return lowest if len(lowest) < len(values) else []


def total_html(turns: Sequence[Turn]) -> str:
    """Return what the comparison cost in all, once all its replies have ended."""
    entries = [turn.entry for turn in turns if turn.entry]
    if not entries or len(entries) < len(turns):
        return ""
    cost, unknown = sum_of(entry.cost_usd for entry in entries)
    estimated = any(entry.is_estimated for entry in entries)
    said = []
    if cost:
        said.append(_("This comparison cost {cost}.").format(cost=format_usd(cost, estimated)))
    elif not unknown:
        said.append(_("This comparison was free."))
    if unknown:
        text = ngettext(
            "{number} reply has no known price.", "{number} replies have no known price.", unknown
        )
        said.append(text.format(number=unknown))
    if all(map(is_unanswered, turns)):
        said.append(left_out())
    return f"<p>{' '.join(said)}</p>"


def head_html(
    turn: Turn,
    merit: str = "",
    *,
    is_chosen: bool,
    is_followed: bool = False,
    currency: Currency | None = None,
) -> str:
    """Return the model's name, its merits, the receipt of its reply, and what can be done with it.

    `is_followed`: there is more of the conversation after it, which can be shown again.
    """
    kept, name = f"receipt-{turn.id}", plain(turn.choice)
    again = button("show-version", turn, _("Show what follows"), in_words=True) if is_followed else ""
    receipt = '<p class="receipt">…</p>'
    if turn.entry:
        tier = turn.parameters.service_tier
        receipt = receipt_html(turn.entry, names_model=False, kept=kept, asked_tier=tier, currency=currency)
    return (
        f'<header><h3 title="{name}">{name}</h3>'
        f"<div>{_choice(turn, is_chosen)}{again}"
        f'<span class="merit">{merit}</span></div></header>'
        f'<div class="foot">{receipt}<div class="actions">{"".join(reply_buttons(turn))}</div></div>'
        f"{_reasoning(turn)}{remarks_html(turn)}"
    )


def _choice(turn: Turn, is_chosen: bool) -> str:
    if is_chosen:
        return f'<span class="chosen">✓ {_("Continuing with this")}</span>'
    if not turn.reply and turn.status != "running":
        return ""
    label = plain(_("Continue with {model}").format(model=turn.choice))
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
