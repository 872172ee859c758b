"""Where a request comes from, as far as that can be believed."""

import ipaddress

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
