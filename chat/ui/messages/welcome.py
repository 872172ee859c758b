"""What an empty chat says: what Tally is, and who answers."""

from html import escape

from chat.connections import Catalogue
from texts import _, ngettext


def welcome(state: str) -> str:
    """Return what fills an empty chat; `state` says who answers."""
    title = escape(_("What would you like to know?"))
    purpose = escape(_("Chat with any model and see what every reply costs."))
    return f'<div class="welcome"><h2>{title}</h2><p>{purpose}</p>{state}</div>'


def state_before(host: str | None) -> str:
    """Return who answers, before anybody was asked: the endpoint's host, None for the demo model."""
    return _demo() if host is None else f'<p class="state">{escape(host)}</p>'


def state_now(host: str | None, catalogue: Catalogue) -> str:
    """Return who answers, or why nobody does, now that the endpoints have been asked for their models."""
    troubles = dict(catalogue.troubles)
    if trouble := troubles.pop("", ""):
        first = f'<p class="state trouble" role="alert">{escape(trouble)}</p>'
    elif host is None:
        first = _demo()
    else:
        count = sum(1 for each in catalogue.models if not each.connection)
        text = ngettext("Connected to {host}: {count} model.", "Connected to {host}: {count} models.", count)
        first = f'<p class="state">{escape(text.format(host=host, count=count))}</p>'
    named = (why if why.startswith(name) else f"{name}: {why}" for name, why in troubles.items())
    lines = (f'<p class="state trouble">{escape(each)}</p>' for each in named)
    return first + "".join(lines) + (_buttons() if catalogue.troubles else "")


def _demo() -> str:
    text = escape(_("The built-in demo model answers. It is free and needs no key."))
    return f'<p class="state">{text} {_settings(_("Add a key or an endpoint"))}</p>'


def _buttons() -> str:
    again = f'<button class="again">{escape(_("Try again"))}</button>'
    return f'<p class="state">{again} {_settings(_("Settings"))}</p>'


def _settings(label: str) -> str:
    return f'<button class="to-settings">{escape(label)}</button>'
