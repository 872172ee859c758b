"""From where a request comes, as far as that can be believed."""

import ipaddress

from starlette.types import Scope

_ONE_NETWORK = 64  # bits: whoever has one IPv6 address usually has all that begin like it


def address_of(scope: Scope) -> str:
    """The address of whoever is connected, an IPv6 one as its network."""
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
    """Whether many people may be behind an address: a tunnel or proxy here or in this network is."""
    try:
        return not ipaddress.ip_network(address).is_global
    except ValueError:
        return True
