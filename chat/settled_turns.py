"""Turns that never change again, kept so that a long conversation is not read over and over."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from chat.conversation import Turn

MOST_TURNS = 8_192


class SettledTurns:
    """The latest of them, up to a number; safe from any thread."""

    def __init__(self, most: int = MOST_TURNS) -> None:
        self._most = most
        self._turns: OrderedDict[str, Turn] = OrderedDict()
        self._lock = Lock()

    def among(self, ids: Iterable[str]) -> dict[str, Turn]:
        """Those of these turns that are known."""
        with self._lock:
            found = {turn_id: self._turns[turn_id] for turn_id in ids if turn_id in self._turns}
            for turn_id in found:
                self._turns.move_to_end(turn_id)
        return found

    def keep(self, turn: Turn) -> None:
        """Remember a turn that ended and whose call is in the ledger."""
        with self._lock:
            self._turns[turn.id] = turn
            while len(self._turns) > self._most:
                self._turns.popitem(last=False)
