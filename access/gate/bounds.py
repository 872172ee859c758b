"""How much one person may have going on at once, and how much each has."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one person may have at once: requests (a page that listens is one), events, pages."""

    requests: int
    events: int
    pages: int


# A browser opens six connections to a host; the rest is for several browsers and for scripts.
FOR_A_PERSON = Bounds(requests=100, events=50, pages=100)
# One address without sign-in, or the guest, may be a whole class, or a script that measures the app.
FOR_MANY = Bounds(requests=500, events=300, pages=500)


class TooManyError(Exception):
    """Somebody has as many of something as they may; the text is fit to show."""


class AtOnce:
    """Counts what is going on under each key."""

    def __init__(self) -> None:
        self._counts: Counter[Hashable] = Counter()

    def __getitem__(self, key: Hashable) -> int:
        return self._counts[key]

    @contextmanager
    def one_more(self, key: Hashable) -> Iterator[None]:
        """Count one more under the key for as long as the block runs."""
        self._counts[key] += 1
        try:
            yield
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]
