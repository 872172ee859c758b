"""The text fields of a price. Not gr.Number, which turns an empty field into 0."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import gradio as gr
from gradio.components import Component

from usage.prices import OwnPrice
from usage.ui.view import Shown, Values
from usage.units import exact_text

# The names are those that `read_price_form` takes.
_ROWS = (
    (("model", "Model", ""), ("endpoint", "Endpoint", "all"), ("from_day", "Valid from", "always")),
    (
        ("input_rate", "Input", "USD per million"),
        ("cached_rate", "Cached input", "as input"),
        ("cache_write_rate", "Cache write", "as input"),
        ("output_rate", "Output", "USD per million"),
    ),
    (
        ("reasoning_rate", "Reasoning", "as output"),
        ("per_request", "A request (USD)", "nothing"),
        ("context_window", "Context window", "tokens"),
    ),
)


class PriceFields:
    """The fields by name."""

    def __init__(self) -> None:
        self._fields = {name: field for row in _ROWS for name, field in _row(row).items()}

    @property
    def controls(self) -> list[Component]:
        """The fields themselves."""
        return [*self._fields.values()]

    def texts(self, values: Values) -> dict[str, str]:
        """What was typed, by the fields' names."""
        return {name: values[field] or "" for name, field in self._fields.items()}

    def show(self, model: str, price: OwnPrice | None, endpoint: str = "") -> Shown:
        """What the fields hold for this price; for a model without one, its name and endpoint."""
        texts = {"model": model, "endpoint": endpoint}
        if price is not None:
            texts |= {
                "endpoint": price.endpoint or "",
                "from_day": _text(price.from_day),
                "input_rate": _text(price.input_usd_per_mtok),
                "cached_rate": _text(price.cached_input_usd_per_mtok),
                "cache_write_rate": _text(price.cache_write_usd_per_mtok),
                "output_rate": _text(price.output_usd_per_mtok),
                "reasoning_rate": _text(price.reasoning_usd_per_mtok),
                "per_request": _text(price.per_request_usd),
                "context_window": _text(price.context_window),
            }
        return {field: texts.get(name, "") for name, field in self._fields.items()}


def _row(fields: Sequence[tuple[str, str, str]]) -> dict[str, Component]:
    with gr.Row(elem_classes="usage-form"):
        return {
            name: gr.Textbox(
                label=label,
                placeholder=hint,
                max_lines=1,
                min_width=120,
                elem_id=f"usage-price-{name.replace('_', '-')}",
            )
            for name, label, hint in fields
        }


def _text(value: Decimal | int | date | None) -> str:
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
        case _:
            return exact_text(value)
