"""How much one person may have going on at once, and which page is whose."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from texts import _

_MOST_ASKERS = 1_000  # whose pages are remembered


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


class Pages:
    """The open pages, by the hash that each has made for itself; nobody else can use one.

    `in_use(page)` says whether something is still going on for a page; `give_back(page)` lets go of what
    is kept for it. A page that comes back after that begins like a new one.
    """

    def __init__(self, in_use: Callable[[str], bool], give_back: Callable[[str], None]) -> None:
        self._in_use = in_use
        self._give_back = give_back
        self._owners: dict[str, Hashable] = {}
        self._pages: OrderedDict[Hashable, OrderedDict[str, None]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._owners)

    def is_somebody_elses(self, page: str, owner: Hashable) -> bool:
        """Return whether somebody else was the first to use this page."""
        return self._owners.get(page, owner) != owner

    def use(self, page: str, owner: Hashable, asker: Hashable, most: int) -> None:
        """Note that the page is used. With `most` pages already, the one used least recently has to go.

        Raises TooManyError when all of the asker's pages are in use.
        """
        theirs = self._pages.setdefault(asker, OrderedDict())
        self._pages.move_to_end(asker)
        if page not in theirs and len(theirs) >= most:
            self._drop(theirs, self._unused(theirs))
        theirs[page] = None
        theirs.move_to_end(page)
        self._owners[page] = owner
        if len(self._pages) > _MOST_ASKERS:
            _asker, oldest = self._pages.popitem(last=False)
            for each in list(oldest):
                self._drop(oldest, each)

    def _unused(self, theirs: OrderedDict[str, None]) -> str:
        for page in theirs:
            if not self._in_use(page):
                return page
        raise TooManyError(_("You have too many Tally pages open. Close some and reload this one."))

    def _drop(self, theirs: OrderedDict[str, None], page: str) -> None:
        del theirs[page]
        self._owners.pop(page, None)
        self._give_back(page)
