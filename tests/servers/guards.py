"""What a process under test is put under: it reaches loopback only, and dies where its environment says."""

import fcntl
import importlib
import ipaddress
import os
import signal
import socket
import sqlite3
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Report = Callable[[str], None]
"""Hears of each address that was tried, as `host:port`."""


class BlockedConnectionError(OSError):
    """An attempt to reach an address beyond loopback; an OSError, as without a network."""


def keep_on_loopback(report: Report) -> Callable[[], None]:
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


DIES_BEFORE = "TEST_DIES_BEFORE"
DIES_AFTER = "TEST_DIES_AFTER"
NO_LOCKS = "TEST_NO_LOCKS"
STANDING_CLOCK = "TEST_STANDING_CLOCK"


def install_faults(environment: Mapping[str, str]) -> None:
    """Put in place what the environment asks for: `MODULE CLASS.METHOD`, or a time with its zone."""
    for variable in (DIES_BEFORE, DIES_AFTER):
        if place := environment.get(variable):
            _die_at(place, is_before=variable == DIES_BEFORE)
    if environment.get(NO_LOCKS):
        _without_locks()
    if moment := environment.get(STANDING_CLOCK):
        _stop_clock(datetime.fromisoformat(moment))


def _stop_clock(at: datetime) -> None:
    """Let it always be this time for the app."""
    vars(importlib.import_module("parts"))["now"] = lambda: at


def _without_locks() -> None:
    """Let locks be had by whoever asks, as on a bucket that is mounted as a folder; SQLite's too."""

    def had(*_: Any) -> None:
        """Give the lock to everybody."""

    connect = sqlite3.dbapi2.connect

    def connect_without_locks(database: str, **options: Any) -> Any:
        return connect(f"file:{urllib.parse.quote(database)}?vfs=unix-none", **options, uri=True)

    for module, name, instead in (
        (fcntl, "flock", had),
        (fcntl, "lockf", had),
        (sqlite3, "connect", connect_without_locks),
        (sqlite3.dbapi2, "connect", connect_without_locks),
    ):
        setattr(module, name, instead)


def _die_at(place: str, *, is_before: bool) -> None:
    module, _, name = place.partition(" ")
    owner_name, _, method_name = name.partition(".")
    owner = getattr(importlib.import_module(module), owner_name)
    method = getattr(owner, method_name)

    def dying(*arguments: Any, **options: Any) -> None:
        if not is_before:
            method(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, method_name, dying)
