"""The text fields of one own price, and reading what was typed into them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import gradio as gr
from gradio.components import Component

from texts import _
from usage.prices import FIELDS, OwnPrice, PriceField, PricesError
from usage.ui.view import Shown, Values
from usage.units import exact_text


class PriceForm:
    """The fields, the model's name first. They are no gr.Number, which turns an empty field into 0."""

    def __init__(self) -> None:
        with gr.Row(elem_classes="usage-form"):
            self._fields = {"model": _text_field("model", _("Model"), "")}
            self._add(field for field in FIELDS if field.kind != "usd")
        with gr.Row(elem_classes="usage-form"):
            self._add(field for field in FIELDS if field.kind == "usd")

    def _add(self, fields: Iterable[PriceField]) -> None:
        for field in fields:
            self._fields[field.name] = _text_field(field.name, _(field.label), _(field.hint))

    @property
    def controls(self) -> list[Component]:
        """Return the fields themselves."""
        return [*self._fields.values()]

    def read(self, values: Values) -> tuple[str, OwnPrice]:
        """Return the model and the price that were typed. Raises PricesError naming the field."""
        return read_price({name: values[field] or "" for name, field in self._fields.items()})

    def show(self, model: str, price: OwnPrice | None, endpoint: str = "") -> Shown:
        """Fill the fields with a price; for a model without one, with its name and endpoint."""
        given: Mapping[str, Any] = {"endpoint": endpoint} if price is None else price.values
        texts = {"model": model, **{name: _text(value) for name, value in given.items()}}
        return {field: texts.get(name, "") for name, field in self._fields.items()}


def read_price(typed: Mapping[str, str]) -> tuple[str, OwnPrice]:
    """Read a model's name and its price from texts by the names of the fields; empty is left out.

    Raises PricesError naming the field.
    """
    model = typed["model"].strip()
    if not model:
        raise PricesError(_("Model is missing: expected its name as the endpoint calls it"))
    values = {}
    for field in FIELDS:
        text = typed.get(field.name, "").strip()
        if field.is_required and not text:
            reason = _("{field} is missing: expected a number, 0 if it is free")
            raise PricesError(reason.format(field=field.subject))
        if text:
            try:
                values[field.name] = field.read_typed(text)
            except PricesError as exc:
                raise PricesError(f"{field.subject} {exc}") from exc
    return model, OwnPrice(values)


def _text_field(name: str, label: str, hint: str) -> Component:
    elem_id = f"usage-price-{name.replace('_', '-')}"
    return gr.Textbox(label=label, placeholder=hint, max_lines=1, min_width=120, elem_id=elem_id)


def _text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else exact_text(value)
