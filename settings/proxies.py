"""Corrects what the environment says of proxies, so that no HTTP client reaches this machine through one."""

import logging
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from settings.settings import Settings
from settings.values import LARGEST_PORT, SettingsError, is_ip_address, is_loopback, shown

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_EXCEPTIONS = "no_proxy"
_SCHEMES = ("http", "https", "socks5", "socks5h")
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"(https?://)?\*?[A-Za-z0-9._-]+(?::([0-9]{1,5}))?(/[0-9]{1,2})?")

logger = logging.getLogger(f"tally.{__name__}")


def keep_loopback_direct(settings: Settings) -> None:
    """Keep this process from reaching this machine through a proxy, whatever the environment says.

    Raises SettingsError for a proxy that cannot be used.
    """
    endpoint = urlsplit(settings.base_url).hostname or ""
    # Gradio sends itself a request as it starts, to the address it listens on.
    os.environ.update(mended(os.environ, [settings.host, *filter(is_loopback, [endpoint])]))


def believe_no_forwarded_address() -> None:
    """Have the server believe no X-Forwarded-For header, not even from this machine.

    Whoever runs a proxy names it in FORWARDED_ALLOW_IPS, which is uvicorn's variable.
    """
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")


def mended(environment: Mapping[str, str], direct: Iterable[str]) -> dict[str, str]:
    """Return the variables to set so that nothing reaches this machine or a `direct` host through a proxy.

    Empty when no variable says anything of proxies. Entries of NO_PROXY that make clients fail are left
    out, with a line in the log. Raises SettingsError.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    named = {name: value for name, value in given.items() if name.lower() in _PROXIES}
    exceptions = [entry for name in given if name.lower() == _EXCEPTIONS for entry in given[name].split(",")]
    if not named and not exceptions:
        return {}
    for name, value in named.items():
        if not _is_proxy(value):
            raise SettingsError(
                f"{name} is {shown(value)}: expected the address of a proxy such as http://proxy:8080 "
                "or socks5://proxy:1080"
            )
    known = dict.fromkeys(filter(None, map(_without_brackets, exceptions)))
    unreadable = [entry for entry in known if not _is_exception(entry)]
    if unreadable:
        logger.warning(
            "NO_PROXY has entries that no HTTP client can read; they are ignored: %s", ", ".join(unreadable)
        )
    readable = [entry for entry in known if entry not in unreadable]
    # Some clients look for the lower-case variable first, others for the upper-case one.
    text = ",".join(dict.fromkeys([*readable, *_THIS_MACHINE, *direct]))
    return {_EXCEPTIONS: text, _EXCEPTIONS.upper(): text}


def _is_proxy(address: str) -> bool:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        is_usable = parts.scheme.lower() in _SCHEMES and bool(parts.hostname) and parts.port != 0
        return is_usable and address.isprintable()  # no client takes other characters
    except ValueError:
        return False


def _without_brackets(entry: str) -> str:
    """Return an IPv6 address without the brackets of a URL, as clients read it; anything else as it is."""
    bare = entry.strip()
    return bare[1:-1] if bare.startswith("[") and bare.endswith("]") else bare


def _is_exception(entry: str) -> bool:
    if entry == "*" or is_ip_address(entry):
        return True
    found = _NAME.fullmatch(entry)
    return found is not None and int(found[2] or 0) <= LARGEST_PORT
