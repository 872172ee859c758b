"""Faults for a process under test, chosen by its environment: it dies at a call that is named."""

import importlib
import os
import signal
from collections.abc import Mapping
from typing import Any

DIES_BEFORE = "TEST_DIES_BEFORE"
DIES_AFTER = "TEST_DIES_AFTER"


def install(environment: Mapping[str, str]) -> None:
    """Put in place what the environment asks for, such as `chat.store ConversationStore.finish_turn`."""
    for variable in (DIES_BEFORE, DIES_AFTER):
        if place := environment.get(variable):
            _die_at(place, is_before=variable == DIES_BEFORE)


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
