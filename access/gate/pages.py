"""Which page belongs to whom: nobody else can use its hash, and what is kept for it is let go in the end."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from access.gate.bounds import TooManyError

_MOST_ASKERS = 1_000


class Pages:
    """The open pages, by the hash that each has made for itself.

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
            _, oldest = self._pages.popitem(last=False)
            for each in list(oldest):
                self._drop(oldest, each)

    def _unused(self, theirs: OrderedDict[str, None]) -> str:
        for page in theirs:
            if not self._in_use(page):
                return page
        raise TooManyError("You have too many Tally pages open. Close some and reload this one.")

    def _drop(self, theirs: OrderedDict[str, None], page: str) -> None:
        del theirs[page]
        self._owners.pop(page, None)
        self._give_back(page)
