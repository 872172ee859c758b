"""What one request and one person may take: how large a body, how much at once, and which page is whose."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

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


class RefusedError(Exception):
    """The request is refused; `status` is the HTTP status to answer with, and the text is fit to show."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ClientLeftError(Exception):
    """Whoever sent the request has gone, and nobody is waiting for an answer."""


async def read_body(scope: Scope, receive: Receive, most_bytes: int, longest_s: float) -> bytes:
    """Return the body. Raises RefusedError, and ClientLeftError when the client has gone.

    A body whose declared length is too large is refused before any of it is read. One of unknown length is
    read up to `most_bytes` and no further.
    """
    text = _("This request is too large: the limit is {bytes} bytes.")
    too_large = RefusedError(413, text.format(bytes=f"{most_bytes:,}"))
    if _declared_bytes(scope) > most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(longest_s):
            is_whole = False
            while not is_whole:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeftError
                body += message.get("body", b"")
                is_whole = not message.get("more_body", False)
                if len(body) > most_bytes:
                    raise too_large
    except TimeoutError as exc:
        raise RefusedError(408, _("The request took too long to arrive. Send it again.")) from exc
    return bytes(body)


def _declared_bytes(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the app the body that was read, then whatever else comes."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return given.pop() if given else await receive()

    return receive_again


@contextmanager
def one_more(at_once: Counter[Hashable], key: Hashable) -> Iterator[None]:
    """Count one more under the key for as long as the block runs."""
    at_once[key] += 1
    try:
        yield
    finally:
        at_once[key] -= 1
        if not at_once[key]:
            del at_once[key]


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

        Raises RefusedError when all of the asker's pages are in use, or too many people's are.
        """
        if asker not in self._pages:
            self._make_room()
        theirs = self._pages.setdefault(asker, OrderedDict())
        self._pages.move_to_end(asker)
        if page not in theirs and len(theirs) >= most:
            unused = next((each for each in theirs if not self._in_use(each)), None)
            if unused is None:
                text = _("You have too many Tally pages open. Close some and reload this one.")
                raise RefusedError(429, text)
            self._drop(theirs, unused)
        theirs[page] = None
        theirs.move_to_end(page)
        self._owners[page] = owner

    def _make_room(self) -> None:
        """Forget whoever was here least recently and has no page in use, if too many are remembered."""
        if len(self._pages) < _MOST_ASKERS:
            return
        idle = (asker for asker, pages in self._pages.items() if not any(map(self._in_use, pages)))
        asker = next(idle, None)
        if asker is None:
            raise RefusedError(429, _("Too many people have Tally open at the moment. Try again later."))
        theirs = self._pages.pop(asker)
        for each in list(theirs):
            self._drop(theirs, each)

    def _drop(self, theirs: OrderedDict[str, None], page: str) -> None:
        del theirs[page]
        self._owners.pop(page, None)
        self._give_back(page)
