"""Budgets that a person sets: three amounts in the settings, and what is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

import gradio as gr

from chat.providers import NotSent
from usage.budgets import Limit, Scope, sentence
from usage.units import AmountError, Period, format_amount, read_usd

Which = tuple[Scope, Period]
LABELS: dict[Which, str] = {
    ("own", "day"): "Daily budget",
    ("own", "month"): "Monthly budget",
    ("conversation", "ever"): "Budget of this conversation",
}


@dataclass(frozen=True)
class BudgetFields:
    """The controls; `note` says what was given, what has no effect and what cannot be read."""

    own_day: gr.Textbox
    own_month: gr.Textbox
    conversation: gr.Textbox
    note: gr.HTML

    @property
    def by_limit(self) -> dict[Which, gr.Textbox]:
        """The fields by the limits that they stand for."""
        return dict(zip(LABELS, (self.own_day, self.own_month, self.conversation), strict=True))

    def trouble(self, values: Mapping[Any, Any]) -> str:
        """Why the first field that cannot be read cannot; empty where all can be."""
        for which, field in self.by_limit.items():
            try:
                read_amount(LABELS[which], values[field])
            except NotSent as exc:
                return str(exc)
        return ""

    def read_new(self, values: Mapping[Any, Any]) -> Decimal | None:
        """The budget for a conversation that is to begin. Raises NotSent when it cannot be read."""
        return read_amount(LABELS["conversation", "ever"], values[self.conversation])


def create_budget_fields() -> BudgetFields:
    """Lay out the fields inside the settings."""
    with gr.Row():
        own_day = _field(("own", "day"), "my-daily-budget")
        own_month = _field(("own", "month"), "my-monthly-budget")
    conversation = _field(("conversation", "ever"), "conversation-budget")
    note = gr.HTML(elem_id="budget-note")
    return BudgetFields(own_day, own_month, conversation, note)


def read_amount(label: str, text: str | None) -> Decimal | None:
    """Return the amount in USD, None for an empty text. Raises NotSent for what is no amount."""
    typed = (text or "").strip()
    try:
        return read_usd(typed) if typed else None
    except AmountError as exc:
        raise NotSent(f"{label} is “{typed}” in the settings: {exc}.") from exc


def note_html(limits: tuple[Limit, ...], trouble: str = "") -> str:
    """What to say below the fields: of what cannot be read, or of limits that were given."""
    if trouble:
        return f'<p class="over" role="alert">{escape(trouble)}</p>'
    given = [limit for limit in limits if limit.scope in ("all", "person")]
    lines = [_without_effect(limit, given) for limit in limits if limit.scope == "own"]
    if given:
        allowed = " and ".join(map(_amount_and_period, given))
        lines.append(f"Tally is set up to allow {allowed}; the lowest budget decides.")
    return f'<p aria-live="polite">{escape(" ".join(filter(None, lines)))}</p>' if any(lines) else ""


def _without_effect(own: Limit, given: list[Limit]) -> str:
    lower = [limit for limit in given if limit.period == own.period and limit.usd < own.usd]
    if not lower:
        return ""
    lowest = min(lower, key=lambda limit: limit.usd)
    return f"{sentence(own.name)} has no effect: {lowest.name} is lower."


def _amount_and_period(limit: Limit) -> str:
    whom = "for all together" if limit.scope == "all" else "for each person"
    return f"{format_amount(limit.usd)} a {limit.period} {whom}"


def _field(which: Which, elem_id: str) -> gr.Textbox:
    # Nobody can type before it shows what was set: that would come in between.
    return gr.Textbox(
        label=LABELS[which], placeholder="USD", max_lines=1, min_width=90, interactive=False, elem_id=elem_id
    )
