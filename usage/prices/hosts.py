"""Which host an endpoint's address names, and whether that host is one's own."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from usage.units import DEMO

_LOCAL_NAMES = ("localhost", "host.docker.internal")
_LOCAL_SUFFIXES = (".localhost", ".local")


def host_of(base_url: str) -> str:
    """The host of an endpoint's address in lower case without its port; "demo" for the demo model."""
    return DEMO if base_url == DEMO else (urlsplit(base_url).hostname or "")


def is_local_host(host: str) -> bool:
    """Whether a host is this machine or one in its own network, where nobody bills for tokens."""
    try:
        address = ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        return "." not in name or name in _LOCAL_NAMES or name.endswith(_LOCAL_SUFFIXES)
    # Loopback and link-local addresses count as private too.
    return address.is_private
