"""Turns that never change again, kept so that a long conversation is not read over and over."""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

from chat.conversation import Turn

MOST_CHARACTERS = 32_000_000


class SettledTurns:
    """The latest of them, up to so many characters of text; safe from any thread."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most_characters = most_characters
        self._characters = 0
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
            if turn.id in self._turns:
                return
            self._turns[turn.id] = turn
            self._characters += _length(turn)
            while self._characters > self._most_characters:
                _, forgotten = self._turns.popitem(last=False)
                self._characters -= _length(forgotten)


def _length(turn: Turn) -> int:
    return len(turn.question) + len(turn.reply) + len(turn.reasoning)
