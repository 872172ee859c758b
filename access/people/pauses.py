"""Growing pauses after wrong guesses, by whatever a guess is counted under."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

_MOST_KEYS = 10_000  # to push one out takes this many wrong guesses, and each costs the hashing of a password


@dataclass(frozen=True, slots=True)
class Pace:
    """How many wrong guesses are free, how long the pauses may get, and when the count is forgotten."""

    free: int
    longest_s: float
    forgotten_after_s: float


@dataclass(slots=True)
class _Count:
    failures: int
    waits_until: float
    forgotten_at: float


class Pauses:
    """Counts wrong guesses under several keys at once. `clock` gives seconds that never go back.

    The first pause is one second, and each further wrong guess doubles it. Guesses that are refused during a
    pause do not count, so nobody can keep a pause going by guessing all the time.
    """

    def __init__(self, clock: Callable[[], float], most_keys: int = _MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._counts: OrderedDict[Hashable, _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait_s(self, keys: Mapping[Hashable, Pace]) -> float:
        """Return the seconds to wait before the next guess under these keys; 0 for none."""
        now = self._clock()
        return max(0.0, *(self._count(key, now).waits_until - now for key in keys))

    def failed(self, keys: Mapping[Hashable, Pace]) -> None:
        """Count a wrong guess under each of the keys."""
        now = self._clock()
        for key, pace in keys.items():
            count = self._count(key, now)
            count.failures += 1
            if count.failures >= pace.free:
                doublings = min(count.failures - pace.free, 30)
                count.waits_until = now + min(2.0**doublings, pace.longest_s)
            count.forgotten_at = now + pace.forgotten_after_s
            self._counts[key] = count
            self._counts.move_to_end(key)
        while len(self._counts) > self._most_keys:
            self._counts.popitem(last=False)

    def forget(self, key: Hashable) -> None:
        """Start the count under this key from zero."""
        self._counts.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """Take back the last guess counted under this key: it was right."""
        if count := self._counts.get(key):
            count.failures -= 1
            count.waits_until = self._clock()

    def _count(self, key: Hashable, now: float) -> _Count:
        count = self._counts.get(key)
        return count if count and count.forgotten_at > now else _Count(0, now, now)
