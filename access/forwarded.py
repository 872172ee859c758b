"""What a request tells of its sender and of the proxies it passed, as far as that can be believed."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_ONE_NETWORK = 64  # bits: whoever has one IPv6 address usually has its whole network


def address_of(scope: Scope) -> str:
    """Return the address of whoever is connected; for IPv6 it is the network the address belongs to."""
    host = str((scope.get("client") or ("", 0))[0])
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _ONE_NETWORK), strict=False))
    return str(address)


def may_be_shared(address: str) -> bool:
    """Return whether many people may share an address, as they do behind a tunnel or a local proxy."""
    try:
        return not ipaddress.ip_network(address).is_global
    except ValueError:
        return True


def first_value(headers: Headers, name: str) -> str:
    """Return the first value of a header that each proxy in a row has added to; empty if there is none."""
    return headers.get(name, "").partition(",")[0].strip()


def came_by_https(scope: Scope) -> bool:
    """Return whether the browser speaks https, to the app or to a proxy in front of it."""
    headers = Headers(scope=scope)
    return (
        scope.get("scheme") in {"https", "wss"}
        or first_value(headers, "x-forwarded-proto").lower() in {"https", "wss"}
        or headers.get("origin", "").startswith("https://")
    )


def path_within(scope: Scope) -> str:
    """Return the path within the app, whether or not a proxy has stripped the path it is mounted at."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path.removeprefix(root) or "/" if path == root or path.startswith(f"{root}/") else path


def path_around(scope: Scope) -> str:
    """Return the path that a proxy serves the app under, with slashes around it; "" where there is none."""
    path = urlsplit(str(scope.get("root_path", ""))).path.rstrip("/")
    return f"{path}/" if path else ""
