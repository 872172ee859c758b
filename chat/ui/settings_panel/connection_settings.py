"""The connections in the settings: testing those in the list, and a form that adds or changes one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.events import Dependency

from chat.connections import (
    KEYRING,
    MEMORY,
    Connection,
    Connections,
    ConnectionsError,
    read_connection,
)
from chat.ui.chat_services import ChatServices
from chat.ui.messages import failure, texts_of
from chat.ui.settings_panel.connection_list import ON_CLICK, adding_html, connections_html, result_of
from texts import N_, _
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


class ConnectionFields:
    """The controls; the form shows once a preset or a connection is in it.

    `own_key` is a person's own for the first connection.
    """

    def __init__(self) -> None:
        """Lay out the list, one's own key and the form inside the settings."""
        self.listed = gr.HTML(elem_id="connections", js_on_load=ON_CLICK, padding=False)
        self.own_key = _field(_("API key"), "key", kind="password", placeholder=_("Your own key"))
        self.remove_key = gr.Button(_("Remove the key"), elem_id="remove-key", size="sm")
        self.adding = gr.HTML(elem_id="connection-add", js_on_load=ON_CLICK, padding=False)
        with gr.Column(elem_id="connection-form"):
            with gr.Row():
                self.name = _field(_("Name"), "connection-name")
                self.address = _field(_("Address"), "connection-address")
            self.key = _field(_("Key"), "connection-key", kind="password")
            with gr.Row():
                self.key_from = gr.Dropdown(
                    [
                        (_("No key is needed"), ""),
                        (_("In memory, until Tally stops"), MEMORY),
                        (_("In this computer’s keyring"), KEYRING),
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
            with gr.Row(elem_id="connection-buttons"):
                self.save = button(_("Save"), "connection-save", variant="primary")
                self.test = button(_("Test"), "connection-try")
                self.cancel = button(_("Cancel"), "connection-cancel")
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

    def wire(self, built: Dependency, how: dict[str, Any], then: Callable[[Any], object]) -> None:
        """Connect the controls, there after `built`; `then` has the models listed again after an event."""
        fields = self.fields
        form = set(fields.form.values())
        changed = [*form, fields.listed, fields.adding, fields.note]
        built.then(self.show_connections, None, [fields.listed, fields.adding], **how)
        then(fields.again.click(None, None, None))
        pressed = [fields.listed.click, fields.adding.click]
        then(gr.on(pressed, self.press_connection, fields.own_key, changed, **how))
        then(fields.save.click(self.save_connection, form, changed, **how))
        fields.cancel.click(self.cancel_connection, None, changed, **how)
        fields.test.click(self.test_connection, form, [*form, fields.note], **how)

    async def show_connections(self, request: gr.Request) -> Updates:
        """Show the connections that there are."""
        return self._shown(request) or gr.skip()

    async def press_connection(
        self, typed_key: str | None, event: gr.EventData, request: gr.Request
    ) -> AsyncGenerator[Updates, None]:
        """Test a connection of the list, or put it or a preset into the form.

        One that is removed stands in the form too, so that Save adds it again.
        """
        clicked = texts_of(event)
        fields, user = self.fields, self.services.user_of(request)
        name, what, note = clicked.get("name", ""), clicked.get("do"), ""
        try:
            if what == "test":
                async for said in self._tested(name, typed_key or "", request):
                    yield self._shown(request, tested=name, said=said)
                return
            found = (_PRESETS if what == "preset" else self._connections(user)).get(name)
            if found is not None and what == "remove":
                self._connections(user)
                await asyncio.to_thread(self.services.endpoints.further.remove, name)
                note = told(_("{name} was removed. To get it back, choose Save.").format(name=name))
        except ConnectionsError as exc:  # the file may have been changed all the same
            yield self._shown(request) | fields.tell(exc)
            return
        yield self._shown(request, is_editing=True) | fields.show(found) | {fields.note: note}

    async def _tested(self, name: str, typed_key: str, request: gr.Request) -> AsyncGenerator[str, None]:
        """Give what is said while a connection is tested, then what came of it. Raises ConnectionsError.

        Others than the owner have no further connection asked: what is told names variables and addresses.
        A key that has just been typed for the first connection counts, though it may not be kept yet.
        """
        user = self.services.user_of(request)
        if name:
            self._connections(user)
        if user != NOBODY:
            yield _("Testing …")
            own_key = typed_key if typed_key.strip() else self.services.own_key(request)
            yield await result_of(self.services.endpoints.test(own_key, name))

    async def cancel_connection(self, request: gr.Request) -> Updates:
        """Close the form."""
        return self._shown(request) | self.fields.show(None) | {self.fields.note: ""}

    async def save_connection(self, values: Values, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Add or change the connection in the form, then say whether it answers."""
        fields, user, further = self.fields, self.services.user_of(request), self.services.endpoints.further
        try:
            connection = self._typed(values, user)
            await asyncio.to_thread(further.put, connection, values[fields.key] or "")
        except ConnectionsError as exc:
            yield self._shown(request, is_editing=True) | fields.tell(exc)
            return
        saved = _("{name} was saved.").format(name=connection.name)
        yield self._shown(request) | fields.show(None) | {fields.note: told(saved)}
        result = await result_of(self.services.endpoints.test("", connection.name))
        yield {fields.note: told(f"{saved} {result}")}

    async def test_connection(self, values: Values, request: gr.Request) -> AsyncGenerator[Updates, None]:
        """Say whether the connection in the form answers, without keeping it."""
        fields, endpoints = self.fields, self.services.endpoints
        try:
            typed = self._typed(values, self.services.user_of(request))
        except ConnectionsError as exc:
            yield fields.tell(exc)
            return
        right = {control: gr.update(**_unmarked(name)) for name, control in fields.form.items()}
        yield {**right, fields.note: told(_("Testing …"))}
        yield {fields.note: told(await result_of(endpoints.test_new(typed, values[fields.key] or "")))}

    def _typed(self, values: Values, user: str) -> Connection:
        """Return the connection in the form, in place of one of the same name. Raises ConnectionsError."""
        texts = {name: values[control] or "" for name, control in self.fields.form.items()}
        has_key = bool(texts.pop("key").strip())
        if has_key and not texts["key_from"].strip():
            texts["key_from"] = MEMORY
        own_name = " ".join(texts["name"].split())
        others = {name: each for name, each in self._connections(user).items() if name != own_name}
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

    def _shown(
        self, request: gr.Request, *, is_editing: bool = False, tested: str = "", said: str = ""
    ) -> Updates:
        """Return the list, with what a test of one of them said, and the buttons that add another."""
        services, user = self.services, self.services.user_of(request)
        if user == NOBODY:
            return {}
        updates: Updates = {
            self.fields.listed: connections_html(services, user, services.own_key(request), tested, said)
        }
        if not said:
            refusal = services.connecting_refused(user)
            updates[self.fields.adding] = adding_html(list(_PRESETS), refusal, is_editing=is_editing)
        return updates


def told(text: str) -> str:
    """Return what a form says of what was done."""
    return f'<p role="status">{escape(text)}</p>'


def _unmarked(name: str) -> dict[str, Any]:
    """Return what a field's update says when nothing is wrong with it."""
    return {"info": _(_HINTS[name]) if name in _HINTS else "", "elem_classes": []}


def button(label: str, elem_id: str, variant: str = "secondary") -> gr.Button:
    """Return a button below a form."""
    return gr.Button(label, elem_id=elem_id, variant=variant, size="sm", scale=0, min_width=96)  # type: ignore[arg-type]


def _field(label: str, elem_id: str, kind: str = "text", placeholder: str = "") -> gr.Textbox:
    return gr.Textbox(
        label=label,
        placeholder=placeholder,
        max_lines=1,
        min_width=120,
        type=kind,  # type: ignore[arg-type]
        elem_id=elem_id,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
    )
