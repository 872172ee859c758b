"""Faults for a process under test, chosen by its environment: it dies at a call that is named."""

import fcntl
import importlib
import os
import signal
import sqlite3
import urllib.parse
from collections.abc import Mapping
from typing import Any

DIES_BEFORE = "TEST_DIES_BEFORE"
DIES_AFTER = "TEST_DIES_AFTER"
NO_LOCKS = "TEST_NO_LOCKS"


def install(environment: Mapping[str, str]) -> None:
    """Put in place what the environment asks for, `MODULE CLASS.METHOD`."""
    for variable in (DIES_BEFORE, DIES_AFTER):
        if place := environment.get(variable):
            _die_at(place, is_before=variable == DIES_BEFORE)
    if environment.get(NO_LOCKS):
        _without_locks()


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
