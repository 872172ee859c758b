"""Which endpoint an address names: its host, and whose price list it bills by."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from texts import _
from usage.prices.price_fields import PricesError
from usage.prices.published import built_in_list
from usage.units import DEMO, LOCAL, UNKNOWN, Endpoint

_LOCAL_NAMES = ("localhost", "host.docker.internal")
_LOCAL_SUFFIXES = (".localhost", ".local")


def endpoint_of(base_url: str, chosen: str | None) -> Endpoint:
    """Return the endpoint at an address, billed by whom the person chose (TALLY_PROVIDER), if anybody.

    Raises PricesError when there is no such provider.
    """
    host, providers = host_of(base_url), built_in_list().providers
    if host == DEMO:
        return Endpoint(host, DEMO)
    if chosen:
        if chosen not in (known := billers()):
            text = _("TALLY_PROVIDER is {name}: expected one of {names}")
            raise PricesError(text.format(name=repr(chosen), names=", ".join(known)))
        return Endpoint(host, chosen)
    if is_local_host(host):
        return Endpoint(host, LOCAL)
    # Without its dots a path, which may hold another address, cannot be taken for a host.
    address = f"https://{host}{urlsplit(base_url).path.replace('.', '')}"
    return Endpoint(host, next((p.id for p in providers if _names_host(p.api_pattern, address)), UNKNOWN))


def billers() -> list[str]:
    """Return by whose prices an endpoint may bill: each provider of the list, "local" and "unknown"."""
    return sorted({provider.id for provider in built_in_list().providers} | {LOCAL, UNKNOWN})


def _names_host(pattern: str, address: str) -> bool:
    """Return whether a provider's pattern covers the whole host, and not its beginning only."""
    found = re.match(pattern, address)
    return found is not None and (found[0].endswith((".", "/")) or address[found.end() :][:1] in ("", "/"))


def host_of(base_url: str) -> str:
    """Return the host of an address in lower case, without its port; "demo" for the demo model."""
    return DEMO if base_url == DEMO else (urlsplit(base_url).hostname or "")


def is_local_host(host: str) -> bool:
    """Return whether a host is this machine or in its own network, where nobody bills for tokens."""
    try:
        address = ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return "." not in name or name in _LOCAL_NAMES or name.endswith(_LOCAL_SUFFIXES)
    # Loopback and link-local addresses count as private too.
    return address.is_private
