"""Growing pauses after wrong guesses, which strangers' guesses cannot put on a browser used before."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

COOKIE = "tally-known"
LASTS_S = 365 * 24 * 3600
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

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
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
        while len(self._counts) > _MOST_KEYS:
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


def mark_of(name: str, password_hash: str) -> str:
    """Make a mark for the browser that this person has just signed in from."""
    browser = secrets.token_urlsafe(12)
    return f"{name}:{browser}:{_seal(name, browser, password_hash)}"


def known_browser(mark: str, name: str, password_hash: str | None) -> str | None:
    """Return the id of this person's browser; None for a mark that is not theirs or of an older password."""
    owner, _, rest = mark.partition(":")
    browser, _, seal = rest.partition(":")
    if owner != name or password_hash is None:
        return None
    is_genuine = hmac.compare_digest(seal.encode(), _seal(name, browser, password_hash).encode())
    return browser if is_genuine else None


def _seal(name: str, browser: str, password_hash: str) -> str:
    return hmac.new(password_hash.encode(), f"{name}:{browser}".encode(), hashlib.sha256).hexdigest()
