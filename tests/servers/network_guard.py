"""Keeps a process on loopback: every attempt to reach another address fails and is reported."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

Report = Callable[[str], None]
"""Hears of each address that was tried, as `host:port`."""


class BlockedConnectionError(OSError):
    """An attempt to reach an address beyond loopback; an OSError, as without a network."""


def install(report: Report) -> Callable[[], None]:
    """Let this process reach loopback only; calling what comes back lifts the guard again."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def lift() -> None:
        _patch(connect, connect_ex, lookup)

    _patch(_guarded(connect, report), _guarded(connect_ex, report), _guarded_lookup(lookup, report))
    return lift


def is_loopback(host: str | None) -> bool:
    """Return whether a connection to this host stays on the machine; any name but localhost might not."""
    if host in {None, "", "localhost"}:
        return True
    address = _address(str(host))
    return address is not None and (address.is_loopback or address.is_unspecified)


def _patch(connect: Any, connect_ex: Any, lookup: Any) -> None:
    setattr(socket.socket, "connect", connect)  # noqa: B010  (mypy refuses to assign to a method)
    setattr(socket.socket, "connect_ex", connect_ex)  # noqa: B010
    socket.getaddrinfo = lookup


def _guarded(connect: Callable[..., Any], report: Report) -> Callable[..., Any]:
    def guarded_connect(self: socket.socket, address: Any) -> Any:
        # A Unix socket has a path for an address and stays on the machine.
        if isinstance(address, tuple) and not is_loopback(address[0]):
            _refuse(address[0], address[1], report)
        return connect(self, address)

    return guarded_connect


def _guarded_lookup(lookup: Callable[..., Any], report: Report) -> Callable[..., Any]:
    def guarded_lookup(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        # An IP address asks no name server: there, the connection is what counts.
        if not is_loopback(name) and _address(name) is None:
            _refuse(name, port, report)
        return lookup(host, port, *args, **more)

    return guarded_lookup


def _refuse(host: str, port: object, report: Report) -> None:
    report(f"{host}:{port}")
    raise BlockedConnectionError(f"tests stay on loopback, not {host}:{port}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
