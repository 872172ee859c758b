"""Keeps in memory what is written nowhere: own keys, and values of pages whose visitors share a name."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from settings import clean_key

MOST_PAGES = 1_000
MOST_CHARACTERS = 20_000_000  # of all pages together

T = TypeVar("T")


class Keeper(NamedTuple):
    """For whom something is kept: a person, or one page of somebody who shares the name with others."""

    user: str
    page: str = ""


class Pages(Generic[T]):
    """A value for each page that has one. Where they are too much, those not used for longest are gone.

    `size` says how many characters a value has.
    """

    def __init__(self, size: Callable[[T], int]) -> None:
        self._size = size
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def get(self, page: str) -> T | None:
        """Return the value of a page."""
        with self._lock:
            if page in self._values:
                self._values.move_to_end(page)
            return self._values.get(page)

    def set(self, page: str, value: T | None) -> None:
        """Set the value of a page, or forget it."""
        with self._lock:
            self._values.pop(page, None)
            if value is not None:
                self._values[page] = value
            while (
                len(self._values) > MOST_PAGES
                or sum(map(self._size, self._values.values())) > MOST_CHARACTERS
            ):
                self._values.popitem(last=False)


class OwnKeys:
    """A key for each person, or page, who has brought one, until Tally stops. No page gets it back."""

    def __init__(self) -> None:
        self._by_user: dict[str, str] = {}
        self._by_page: Pages[str] = Pages(len)

    def of(self, user: str, page: str = "") -> str:
        """Return the key of this person, or of this page alone; empty for none."""
        return (self._by_page.get(page) if page else self._by_user.get(user)) or ""

    def set(self, user: str, key: str, page: str = "") -> None:
        """Take this key, or none, from now on. Raises ValueError, saying why, for one that cannot be used."""
        cleaned = clean_key(key) if key.strip() else ""
        if page:
            self._by_page.set(page, cleaned or None)
        else:
            self._by_user[user] = cleaned
