"""The list of connections in the settings: what each is, whose key it takes, and what a test of it said."""

from collections.abc import Coroutine
from html import escape
from typing import Any

from chat.connections import KEYRING, MEMORY, Connection, Trial
from chat.providers import ChatError
from chat.ui.chat_services import ChatServices
from chat.ui.messages import failure
from texts import _, ngettext
from usage.units import LOCAL, UNKNOWN, Endpoint

ON_CLICK = """
element.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-do]');
  if (button) trigger('click', { ...button.dataset });
});
"""


def connections_html(
    services: ChatServices, user: str, own_key: str, tested: str = "", said: str = ""
) -> str:
    """Return the connections with their buttons; beside the one that is `tested` stands what it said.

    Others than the owner see no addresses, and can test only the first connection, whose name is "".
    """
    further, refusal = services.endpoints.further, services.connecting_refused(user)
    rows = [_first_row(services, own_key, may_change=not refusal, said="" if tested else said)]
    rows += [
        row_html(
            name,
            name,
            _details("" if refusal else each.address, each.endpoint, "" if refusal else _kept(each)),
            () if refusal else ("test", "change", "remove"),
            said if name == tested else "",
        )
        for name, each in further.all().items()
    ]
    problem = failure(further.problem) if further.problem and not refusal else ""
    return f"<ul>{''.join(rows)}</ul>{problem}"


def _first_row(services: ChatServices, own_key: str, *, may_change: bool, said: str) -> str:
    endpoints = services.endpoints
    host = endpoints.first_host(own_key)
    if host is None:
        return row_html("", _("Demo"), _("built in · free · no key needed"), ("test",), said)
    key = _("no key")
    if own_key or endpoints.has_key:
        key = _("your own key") if own_key else _("Tally’s key")
    endpoint = endpoints.provider(own_key)[0].endpoint
    details = _details(endpoints.address if may_change else "", endpoint, key)
    return row_html("", host, details, ("test",), said)


def _kept(connection: Connection) -> str:
    kept = {"": _("no key"), MEMORY: _("key in memory"), KEYRING: _("key in the keyring")}
    return kept.get(connection.key_from) or _("key from {variable}").format(variable=connection.key_from)


def _details(address: str, endpoint: Endpoint, key: str) -> str:
    bills = {LOCAL: _("free"), UNKNOWN: _("prices unknown")}
    prices = bills.get(endpoint.billed_by) or _("{name} prices").format(name=endpoint.billed_by)
    return " · ".join(filter(None, [address, prices, key]))


def row_html(name: str, title: str, details: str, actions: tuple[str, ...], said: str = "") -> str:
    """Return a line of a list in the settings, with its buttons."""
    texts = {
        "test": (_("Test"), _("Test {name}")),
        "change": (_("Edit"), _("Edit {name}")),
        "remove": (_("Remove"), _("Remove {name}")),
        "delete": (_("Delete"), _("Delete {name}")),
    }
    first = "" if name else ' id="connection-test"'
    buttons = "".join(
        f'<button type="button" data-do="{each}" data-name="{escape(name)}"'
        f"{first} "
        f'aria-label="{escape(texts[each][1].format(name=title))}">{escape(texts[each][0])}</button>'
        for each in actions
    )
    result = f'<p role="status">{escape(said)}</p>' if said else ""
    return (
        f"<li><span><b>{escape(title)}</b> <small>{escape(details)}</small></span>"
        f"<span>{buttons}</span>{result}</li>"
    )


def adding_html(presets: list[str], refusal: str, *, is_editing: bool = False) -> str:
    """Return the buttons that open the form, or why there are none; by its class the form is shown."""
    if refusal:
        return f'<p class="quiet">{escape(refusal)}</p>'
    named = [*((name, name) for name in presets), ("", _("Other"))]
    buttons = "".join(
        f'<button type="button" data-do="preset" data-name="{escape(name)}">{escape(label)}</button>'
        for name, label in named
    )
    classes = "presets editing" if is_editing else "presets"
    return f'<p class="{classes}">{escape(_("Add a connection:"))} {buttons}</p>'


async def result_of(trial: Coroutine[Any, Any, Trial]) -> str:
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
            "Connected: {count} model. It is listed even without a key, so your first message will show "
            "whether the key works.",
            "Connected: {count} models. They are listed even without a key, so your first message "
            "will show whether the key works.",
            tested.models,
        )
    return text.format(count=tested.models)
