"""The list of own prices, the choice of one of them, and the form that adds, changes and removes them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import gradio as gr
from gradio.components import Component

from texts import N_, _
from usage.prices import (
    FIELDS,
    SAME_AS,
    OwnPrice,
    OwnPrices,
    PriceField,
    PricesError,
    remove_own_price,
    set_own_price,
)
from usage.reports import Cell, ChatNames, Column, Filter, Sheet, sheet_html, unpriced_calls
from usage.ui.prices.price_sources import ShowAll
from usage.ui.snippets import done_html, lead
from usage.ui.view import QUIETLY, Asker, Shown, UsageServices, Values, owner_only
from usage.units import exact_text

NEW = ""
_NOTHING = N_("None yet. Add one for a model whose price is unknown, or if you pay a different price.")
_SAVED = N_("Saved for new calls. Past ones keep their price.")
_A_NEW_PRICE = N_("New price")
_COLUMNS = (
    Column("model", N_("Model")),
    *(Column(field.name, field.label, field.kind) for field in FIELDS),
)
_NOTE = N_("USD per million tokens. Your prices override the list and apply to new calls.")
_ASK_FIRST = N_("Remove this price? Past calls keep what they cost.")
_REQUIRED = N_("Required, in USD per million tokens:")
_OPTIONAL = N_("Optional. Tokens without a rate of their own are billed as input or output.")
_TO_FORM = "(wanted) => wanted && document.querySelector('#usage-price-input-usd-per-mtok input')?.focus()"


class OwnPricesForm:
    """The table, the choice and the form. `show_all` fills the whole view once prices have changed."""

    def __init__(self, services: UsageServices, show_all: ShowAll) -> None:
        self._services = services
        self._show_all = show_all
        self._table = gr.HTML(elem_id="usage-own-prices", apply_default_css=False)
        self.wanted = gr.Textbox("", visible="hidden", elem_id="usage-price-wanted")
        with gr.Column(elem_classes="usage-owners"):
            self.choice = PriceChoice(services)
            self._form = PriceForm()
            with gr.Row(elem_classes="usage-form"):
                self._save = gr.Button(_("Save price"), elem_id="usage-save-price", variant="primary")
                self._remove = gr.Button(_("Remove price"), elem_id="usage-remove-price")
            self._told = gr.HTML(elem_id="usage-price-saved", apply_default_css=False)
        self.outputs: list[Component] = [self._table, self.choice.control]

    def wire(self, outputs: list[Component]) -> None:
        """Connect the buttons; `outputs` are what `show_all` fills."""
        choice, fields = self.choice.control, self._form.controls
        filled = [*fields, self._told]
        choice.input(owner_only(self._services, self._told, self._fill), {choice}, filled, **QUIETLY)
        save = owner_only(self._services, self._told, self._write)
        wanted = owner_only(self._services, self._told, self._fill_wanted)
        self.wanted.change(wanted, {self.wanted}, filled, **QUIETLY).then(
            None, self.wanted, None, js=_TO_FORM
        )
        saved = self._save.click(save, {*fields}, [*outputs, *filled], **QUIETLY)
        saved.then(None, None, None, js="() => tallyUsage.showWrong()")
        remove = owner_only(self._services, self._told, self._take_out)
        ask_first = f"(price) => !price || confirm({json.dumps(_(_ASK_FIRST))}) ? price : null"
        self._remove.click(remove, {choice}, [*outputs, *filled], js=ask_first, **QUIETLY)

    def show(self, asker: Asker, chosen: str | None) -> Shown:
        """Show the own prices and what there is to choose from; None leaves what is chosen."""
        own = self._services.own_prices.current()
        html = sheet_html(own_prices_sheet(own), ChatNames(), nothing=_(_NOTHING))
        return {self._table: html, **self.choice.show(asker, chosen)}

    def _fill(self, values: Values, _asker: Asker) -> Shown:
        chosen = values[self.choice.control]
        return {**self._form.show(*self.choice.find(chosen)), self._told: ""}

    def _fill_wanted(self, values: Values, asker: Asker) -> Shown:
        """Fill in the model that a link asks for, and where it is without a price."""
        wanted = values[self.wanted]
        if not wanted:
            return {self._told: ""}
        rows = unpriced_calls(self._services.calls, Filter(user=asker.sees)).rows
        endpoint = next((str(endpoint) for endpoint, model, *_others in rows if model == wanted), "")
        return {**self._form.show(wanted, None, endpoint), self._told: ""}

    def _write(self, values: Values, asker: Asker) -> Shown:
        try:
            model, price = self._form.read(values)
        except FieldError as exc:
            return {**self._form.told(exc.field, str(exc)), self._told: ""}
        set_own_price(self._services.own_prices.path, model, price)
        shown = self._show_all(asker) | self.show(asker, self.choice.key(model, price)) | self._form.told()
        return shown | {self._told: done_html(_(_SAVED))}

    def _take_out(self, values: Values, asker: Asker) -> Shown:
        chosen = values[self.choice.control]
        if chosen is None:  # the person thought better of it
            return {self._told: ""}
        model, price, _endpoint = self.choice.find(chosen)
        if price is None:
            raise PricesError(_("Choose the price to remove."))
        remove_own_price(self._services.own_prices.path, model, price.endpoint, price.from_day)
        told = done_html(_("Removed the price of {model}.").format(model=model))
        shown = self._show_all(asker) | self.show(asker, NEW) | self._form.show(*self.choice.find(NEW))
        return shown | {self._told: told}


class PriceChoice:
    """The choice of a price to work on: a new one, an own one, or a model that has none yet.

    Each has a key that stands for its model, host and day.
    """

    def __init__(self, services: UsageServices) -> None:
        self._services = services
        self.control = gr.Dropdown(
            [(_(_A_NEW_PRICE), NEW)],
            value=NEW,
            label=_("Add or change"),
            # The choices come with an event: a server that has just started has none.
            allow_custom_value=True,
            elem_id="usage-price",
        )

    def show(self, asker: Asker, chosen: str | None) -> Shown:
        """Show what there is to choose from; None leaves what is chosen. Raises LedgerError."""
        own = [(_name(*each), self.key(*each)) for each in self._services.own_prices.current()]
        choices = [(_(_A_NEW_PRICE), NEW), *own, *self._unpriced(asker)]
        if chosen is None:
            return {self.control: gr.update(choices=choices)}
        is_there = chosen in {key for _name, key in choices}
        return {self.control: gr.update(choices=choices, value=chosen if is_there else NEW)}

    def key(self, model: str, price: OwnPrice) -> str:
        """Return what stands for an own price."""
        return json.dumps([model, price.endpoint, price.from_day and price.from_day.isoformat()])

    def find(self, key: str) -> tuple[str, OwnPrice | None, str]:
        """Return the model, its own price if it has one, and the endpoint; empty texts for a new price."""
        try:
            model, endpoint, _day = json.loads(key)
        except (TypeError, ValueError):
            return "", None, ""
        prices = self._services.own_prices.current().of(str(model))
        return (
            str(model),
            next((each for each in prices if self.key(model, each) == key), None),
            endpoint or "",
        )

    def _unpriced(self, asker: Asker) -> list[tuple[str, str]]:
        rows = unpriced_calls(self._services.calls, Filter(user=asker.sees)).rows
        text = _("New: {model} at {endpoint}")
        return [
            (text.format(model=model, endpoint=endpoint), json.dumps([model, endpoint, None]))
            for endpoint, model, *_others in rows
        ]


class FieldError(PricesError):
    """What was typed into a field is no value of it; `field` is its name."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class PriceForm:
    """The fields, the required ones first. They are no gr.Number, which turns an empty field into 0."""

    def __init__(self) -> None:
        lead(_(_REQUIRED))
        with gr.Row(elem_classes="usage-form"):
            self._fields = {"model": _text_field("model", _("Model"), "")}
            self._add(field for field in FIELDS if field.is_required)
        lead(_(_OPTIONAL))
        with gr.Row(elem_classes="usage-form"):
            self._add(field for field in FIELDS if field.kind == "rate" and not field.is_required)
        with gr.Row(elem_classes="usage-form"):
            self._add(field for field in FIELDS if field.kind != "rate")

    def _add(self, fields: Iterable[PriceField]) -> None:
        for field in fields:
            self._fields[field.name] = _text_field(field.name, _(field.label), _(field.hint))

    @property
    def controls(self) -> list[Component]:
        """Return the fields themselves."""
        return [*self._fields.values()]

    def read(self, values: Values) -> tuple[str, OwnPrice]:
        """Return the model and the price that were typed. Raises FieldError."""
        return read_price({name: values[field] or "" for name, field in self._fields.items()})

    def show(self, model: str, price: OwnPrice | None, endpoint: str = "") -> Shown:
        """Fill the fields with a price; for a model without one, with its name and endpoint."""
        given: Mapping[str, Any] = {"endpoint": endpoint} if price is None else price.values
        texts = {"model": model, **{name: _text(value) for name, value in given.items()}}
        return {
            field: gr.update(value=texts.get(name, ""), info="", elem_classes=[])
            for name, field in self._fields.items()
        }

    def told(self, wrong: str = "", text: str = "") -> Shown:
        """Say at a field what is wrong with it, and no longer at any other."""
        return {
            field: gr.update(info=text, elem_classes=["usage-wrong"])
            if name == wrong
            else gr.update(info="", elem_classes=[])
            for name, field in self._fields.items()
        }


def read_price(typed: Mapping[str, str]) -> tuple[str, OwnPrice]:
    """Read a model's name and its price from texts by the names of the fields; empty is left out.

    Raises FieldError.
    """
    model = typed["model"].strip()
    if not model:
        raise FieldError("model", _("Model is missing: expected its name as the endpoint calls it"))
    values = {}
    for field in FIELDS:
        text = typed.get(field.name, "").strip()
        if field.is_required and not text and not typed.get(SAME_AS, "").strip():
            reason = _("{field} is missing: expected a number, 0 if it is free")
            raise FieldError(field.name, reason.format(field=field.subject))
        if text:
            try:
                values[field.name] = field.read_typed(text)
            except PricesError as exc:
                raise FieldError(field.name, f"{field.subject} {exc}") from exc
    price = OwnPrice(values)
    if price.same_as and (
        rate := next((each for each in FIELDS if each.kind == "rate" and each.name in values), None)
    ):
        reason = _("{field}: leave it empty, or leave “Costs the same as” empty")
        raise FieldError(rate.name, reason.format(field=rate.subject))
    return model, price


def _text_field(name: str, label: str, hint: str) -> Component:
    elem_id = f"usage-price-{name.replace('_', '-')}"
    return gr.Textbox(label=label, placeholder=hint, max_lines=1, min_width=120, elem_id=elem_id)


def _text(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else exact_text(value)


def own_prices_sheet(own: OwnPrices) -> Sheet:
    """Return the own prices by model, host and day."""
    rows = sorted(own, key=lambda each: (each[0], each[1].endpoint or "", each[1].from_day or date.min))
    return Sheet(
        name="own-prices",
        title=_("Your prices"),
        columns=_COLUMNS,
        rows=[[model, *(_cell(field, price) for field in FIELDS)] for model, price in rows],
        note=_(_NOTE),
    )


def _cell(field: PriceField, price: OwnPrice) -> Cell:
    value: Cell | date = price.values.get(field.name)
    if value is None and field.name in ("endpoint", "from"):
        return _(field.hint)
    return value.isoformat() if isinstance(value, date) else value


def _name(model: str, price: OwnPrice) -> str:
    """Return what a person chooses a price by."""
    name = model
    if price.endpoint:
        name = _("{name} at {endpoint}").format(name=name, endpoint=price.endpoint)
    if price.from_day:
        name = _("{name} from {day}").format(name=name, day=price.from_day)
    return name
