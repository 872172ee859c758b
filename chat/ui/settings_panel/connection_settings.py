"""The connections in the settings: a list of them, a form that adds or changes one, and a test of each."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from chat.connections import (
    KEYRING,
    MEMORY,
    Connection,
    Connections,
    ConnectionsError,
    Trial,
    read_connection,
)
from chat.providers import ChatError
from chat.ui.chat_services import ChatServices
from chat.ui.messages import failure
from texts import N_, _, ngettext
from usage.ledger import NOBODY
from usage.prices import billers
from usage.units import LOCAL, UNKNOWN

Values = Mapping[Any, Any]
Updates = dict[Any, Any]

# What many people have: a name, an address, and where its key is kept.
_PRESETS = {
    each.name: each
    for each in (
        Connection("OpenAI", "https://api.openai.com/v1", key_from=MEMORY),
        Connection("OpenRouter", "https://openrouter.ai/api/v1", key_from=MEMORY),
        Connection("Ollama", "http://127.0.0.1:11434/v1"),
        Connection("LM Studio", "http://127.0.0.1:1234/v1"),
        Connection("llama.cpp", "http://127.0.0.1:8080/v1"),
    )
}
_HINTS = {"key_from": N_("Or type the environment variable that holds it, such as OPENROUTER_API_KEY.")}
ON_CLICK = """
element.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-do]');
  if (button) trigger('click', { ...button.dataset });
});
"""


class ConnectionFields:
    """The controls; the form shows once a preset or a connection is in it."""

    def __init__(self) -> None:
        """Lay out the list and the form inside the settings."""
        self.listed = gr.HTML(elem_id="connections", js_on_load=ON_CLICK, padding=False)
        with gr.Column(elem_id="connection-form"):
            with gr.Row():
                self.name = _field(_("Name"), "connection-name")
                self.address = _field(_("Address"), "connection-address")
            self.key = _field(_("Key"), "connection-key", kind="password")
            with gr.Row():
                self.key_from = gr.Dropdown(
                    [
                        (_("No key is needed"), ""),
                        (_("In memory, until Tally ends"), MEMORY),
                        (_("In this computer's keyring"), KEYRING),
                    ],
                    value="",
                    label=_("Where the key is kept"),
                    info=_(_HINTS["key_from"]),
                    allow_custom_value=True,
                    elem_id="connection-key-from",
                )
                known = [(name, name) for name in billers() if name not in (LOCAL, UNKNOWN)]
                self.prices = gr.Dropdown(
                    [(_("Known from the address"), ""), (_("Free"), LOCAL), (_("Unknown"), UNKNOWN), *known],
                    value="",
                    label=_("Price list"),
                    elem_id="connection-prices",
                )
        with gr.Column(elem_id="connection-actions"):
            with gr.Row():
                self.test = gr.Button(_("Test"), elem_id="connection-test", size="sm", scale=0, min_width=96)
                self.save = gr.Button(
                    _("Save"), elem_id="connection-save", variant="primary", size="sm", scale=0, min_width=96
                )
            self.note = gr.HTML(elem_id="connection-note", padding=False)
        self.again = gr.Button("Models", visible="hidden", elem_id="models-again")

    @property
    def form(self) -> dict[str, Any]:
        """Return the controls of the form by what they hold."""
        names = ("name", "address", "key", "key_from", "prices")
        return {name: getattr(self, name) for name in names}

    def show(self, connection: Connection | None) -> Updates:
        """Return what changes when the form holds this connection, or nothing; never a stored key."""
        return {
            control: gr.update(value=getattr(connection, name, ""), **_unmarked(name))
            for name, control in self.form.items()
        }

    def tell(self, error: ConnectionsError) -> Updates:
        """Return what changes when something cannot be used, told at its field or below the form."""
        updates: Updates = {control: gr.update(**_unmarked(name)) for name, control in self.form.items()}
        reason = str(error)[:1].upper() + str(error)[1:]
        if error.field in self.form:
            updates[self.form[error.field]] = gr.update(info=escape(reason), elem_classes=["wrong"])
            return {**updates, self.note: ""}
        return {**updates, self.note: failure(reason)}


@dataclass(frozen=True)
class ConnectionSettings:
    """The handlers. Each finds out for itself whether who asks may change connections."""

    services: ChatServices
    fields: ConnectionFields

    def wire(self, page: gr.Blocks, how: dict[str, Any], then: Callable[[Any], object]) -> None:
        """Connect the controls; `then` has the models listed again after an event."""
        fields = self.fields
        form = set(fields.form.values())
        changed = [*form, fields.listed, fields.note]
        page.load(self.show_connections, None, fields.listed, **how)
        then(fields.again.click(None, None, None))
        then(fields.listed.click(self.press_connection, None, changed, **how))
        then(fields.save.click(self.save_connection, form, changed, **how))
        fields.test.click(self.test_connection, form, [*form, fields.note], **how)

    async def show_connections(self, request: gr.Request) -> str:
        """Show the connections that there are."""
        return self._listed(self.services.user_of(request))

    async def press_connection(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Put a preset or a connection into the form; one that is removed too, so that Save adds it again."""
        clicked: dict[str, str] = event._data or {}
        fields, user = self.fields, self.services.user_of(request)
        name, what, note = clicked.get("name", ""), clicked.get("do"), ""
        try:
            found = (_PRESETS if what == "preset" else self._connections(user)).get(name)
            if found is not None and what == "remove":
                self._connections(user)
                await asyncio.to_thread(self.services.endpoints.further.remove, name)
                note = _told(_("{name} is removed. Save adds it again.").format(name=name))
        except ConnectionsError as exc:
            return fields.tell(exc)
        listed = self._listed(user, is_editing=True)
        return {**fields.show(found), fields.listed: listed, fields.note: note}

    async def save_connection(self, values: Values, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Add or change the connection in the form, then say whether it answers."""
        fields, user, further = self.fields, self.services.user_of(request), self.services.endpoints.further
        try:
            connection = self._typed(values, user)
            await asyncio.to_thread(further.put, connection, values[fields.key] or "")
        except ConnectionsError as exc:
            yield fields.tell(exc)
            return
        saved = _("{name} is saved.").format(name=connection.name)
        yield {**fields.show(None), fields.listed: self._listed(user), fields.note: _told(saved)}
        result = await _said(self.services.endpoints.test("", connection.name))
        yield {fields.note: _told(f"{saved} {result}")}

    async def test_connection(self, values: Values, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Say whether the connection in the form answers; where it is empty, say so of every connection."""
        fields, endpoints, user = self.fields, self.services.endpoints, self.services.user_of(request)
        if user == NOBODY:
            return
        yield {fields.note: _told(_("Testing …"))}
        try:
            typed = self._typed(values, user) if (values[fields.address] or "").strip() else None
        except ConnectionsError as exc:
            yield fields.tell(exc)
            return
        if typed is not None:
            said = [await _said(endpoints.test_new(typed, values[fields.key] or ""))]
        else:
            said = await self._all_said(self.services.own_key(request))
        right = {control: gr.update(**_unmarked(name)) for name, control in fields.form.items()}
        yield {**right, fields.note: _told(*said)}

    async def _all_said(self, own_key: str) -> list[str]:
        endpoints = self.services.endpoints
        names = ("", *endpoints.further.all())
        said = await asyncio.gather(*(_said(endpoints.test(own_key, name)) for name in names))
        return [f"{name}: {each}" if name else each for name, each in zip(names, said, strict=True)]

    def _typed(self, values: Values, user: str) -> Connection:
        """Return the connection in the form, in place of one of the same name. Raises ConnectionsError."""
        texts = {name: values[control] or "" for name, control in self.fields.form.items()}
        has_key = bool(texts.pop("key").strip())
        if has_key and not texts["key_from"].strip():
            texts["key_from"] = MEMORY
        others = {
            name: each for name, each in self._connections(user).items() if name != texts["name"].strip()
        }
        connection = read_connection(**texts, others=others)
        if has_key and connection.key_from not in (KEYRING, MEMORY):
            reason = _("the key comes from {variable}: leave this empty")
            raise ConnectionsError(reason.format(variable=connection.key_from), "key")
        return connection

    def _connections(self, user: str) -> Connections:
        """Return the connections, for whoever may change them. Raises ConnectionsError."""
        if refusal := self.services.connecting_refused(user):
            raise ConnectionsError(refusal)
        return self.services.endpoints.further.all()

    def _listed(self, user: str, *, is_editing: bool = False) -> str:
        if user == NOBODY:
            return ""
        further = self.services.endpoints.further
        refusal = self.services.connecting_refused(user)
        rows = "".join(_row(each, may_change=not refusal) for each in further.all().values())
        problem = failure(further.problem) if further.problem and not refusal else ""
        end = f'<p class="quiet">{escape(refusal)}</p>' if refusal else _presets(is_editing=is_editing)
        return f"{f'<ul>{rows}</ul>' if rows else ''}{problem}{end}"


def _row(connection: Connection, *, may_change: bool) -> str:
    name = escape(connection.name)
    bills = {LOCAL: _("free"), UNKNOWN: _("prices unknown")}
    billed_by = connection.endpoint.billed_by
    where = f"{connection.place} · {bills.get(billed_by, billed_by)}"
    kept = {"": _("no key"), MEMORY: _("key in memory"), KEYRING: _("key in the keyring")}
    buttons = ""
    if may_change:
        where += f" · {kept.get(connection.key_from, connection.key_from)}"
        texts = {"change": (_("Change"), _("Change {name}")), "remove": (_("Remove"), _("Remove {name}"))}
        buttons = "".join(
            f'<button type="button" data-do="{what}" data-name="{name}" '
            f'aria-label="{escape(says.format(name=connection.name))}">{escape(label)}</button>'
            for what, (label, says) in texts.items()
        )
    return f"<li><span><b>{name}</b> <small>{escape(where)}</small></span>{buttons}</li>"


def _presets(*, is_editing: bool) -> str:
    """Return the buttons that open the form; the style sheet shows it by what this says."""
    named = [*((name, name) for name in _PRESETS), ("", _("Other"))]
    buttons = "".join(
        f'<button type="button" data-do="preset" data-name="{escape(name)}">{escape(label)}</button>'
        for name, label in named
    )
    classes = "presets editing" if is_editing else "presets"
    return f'<p class="{classes}">{escape(_("Add a connection:"))} {buttons}</p>'


async def _said(trial: Coroutine[Any, Any, Trial]) -> str:
    """Return in words what came of a test."""
    try:
        tested = await trial
    except ChatError as exc:
        return str(exc)
    if tested.is_key_proved is None:
        text = ngettext("Connected: {count} model.", "Connected: {count} models.", tested.models)
    elif tested.is_key_proved:
        text = ngettext("The key works: {count} model.", "The key works: {count} models.", tested.models)
    else:
        text = ngettext(
            "Connected: {count} model. It lists them without a key too; the first message tries the key.",
            "Connected: {count} models. It lists them without a key too; the first message tries the key.",
            tested.models,
        )
    return text.format(count=tested.models)


def _told(*lines: str) -> str:
    return "".join(f'<p role="status">{escape(line)}</p>' for line in lines)


def _unmarked(name: str) -> dict[str, Any]:
    """Return what a field's update says when nothing is wrong with it."""
    return {"info": _(_HINTS[name]) if name in _HINTS else "", "elem_classes": []}


def _field(label: str, elem_id: str, kind: str = "text") -> gr.Textbox:
    return gr.Textbox(
        label=label,
        max_lines=1,
        min_width=120,
        type=kind,  # type: ignore[arg-type]
        elem_id=elem_id,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
    )
