"""Keeps other sites out: requests that they make a browser send are refused."""

import socket
from collections.abc import Callable, Collection, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from access.forwarded import came_by_https, first_value, path_within
from settings import Address, is_ip_address, read_address
from texts import _

_MISDIRECTED = 421
_FORBIDDEN = 403
_POLICY_VIOLATION = 1008  # the code that closes a websocket
_HEALTH = "/healthz"
_OAUTH_CALLBACK = "/login/callback"
_FROM_PROXIES = {b"x-forwarded-host", b"x-gradio-server", b"forwarded"}


def names_of_machine(hostname: str) -> set[str]:
    """Return the names that a machine goes by on its own network: in full, short, and by mDNS."""
    short = hostname.lower().partition(".")[0]
    return {hostname.lower(), short, f"{short}.local"} if short else set()


class KnownHosts:
    """Knows every IP address, loopback's names, this machine's, `names`, and the hosts of `public` addresses.

    A name can be pointed at this machine by whoever owns it; an IP address cannot. `public` addresses are
    what people type when something in front of the app passes their requests on; `share_url` gives one
    more once there is a share link. Ports do not matter here: a proxy may map them.
    """

    def __init__(
        self,
        public: Iterable[Address],
        names: Collection[str] = (),
        share_url: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._public = tuple(public)
        self._names = {name.lower() for name in names} | names_of_machine(socket.gethostname())
        self._share_url = share_url

    def knows(self, address: Address) -> bool:
        """Return whether the app answers under this address."""
        name = address.host.removesuffix(".")
        return (
            is_ip_address(name.removeprefix("[").removesuffix("]"))
            or name == "localhost"
            or name.endswith(".localhost")
            or name in self._names
            or self.is_public(address)
        )

    def is_public(self, address: Address) -> bool:
        """Return whether this address leads here from outside."""
        shared = read_address(urlsplit(self._share_url() or "").netloc)
        public = [*self._public, *([shared] if shared else [])]
        return address.host.removesuffix(".") in {each.host.removesuffix(".") for each in public}


class SameSite:
    """Lets through what the page itself sends, what a person opens, and what does not come from a browser.

    A program that is no browser sends neither `Origin` nor `Sec-Fetch-…`, and nobody else's cookies. From
    elsewhere only the page can be opened, by a link; on a Space also in Hugging Face's frame, and by the
    way back from its sign-in. The health check is answered under any host name.
    """

    def __init__(self, app: ASGIApp, hosts: KnownHosts, *, on_space: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._destinations = {"document", "iframe"} if on_space else {"document"}
        self._pages = {"/", _OAUTH_CALLBACK} if on_space else {"/"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        address = self._address(headers)
        if address is None and path_within(scope) != _HEALTH:
            text = _(
                "Tally does not know the host name in this address. If the name is yours, add it to "
                "TALLY_ALLOWED_HOSTS and restart Tally, or use the machine's IP address instead."
            )
            await _refuse(_MISDIRECTED, text, scope, receive, send)
        elif _is_foreign(scope, headers, address) and not self._opens_page(scope, headers):
            text = _(
                "Another site made your browser send this request, so Tally refused it. Open Tally in its "
                "own tab and try again there."
            )
            await _refuse(_FORBIDDEN, text, scope, receive, send)
        else:
            await self._app(_as_asked(scope, address), receive, send)

    def _address(self, headers: Headers) -> Address | None:
        """Return the address that was asked for, if it is known; a proxy may have sent it beside its own."""
        hosts = [read_address(host) for host in headers.getlist("host")]
        forwarded = read_address(first_value(headers, "x-forwarded-host"))
        if len(hosts) != 1 or hosts[0] is None or not self._hosts.knows(hosts[0]):
            return None
        return forwarded if forwarded is not None and self._hosts.is_public(forwarded) else hosts[0]

    def _opens_page(self, scope: Scope, headers: Headers) -> bool:
        """Return whether this only opens the page; old browsers do not say where they show it."""
        return (
            scope["type"] == "http"
            and scope["method"] in {"GET", "HEAD"}
            and path_within(scope) in self._pages
            and "upgrade" not in headers
            and headers.get("sec-fetch-mode", "navigate") == "navigate"
            and headers.get("sec-fetch-dest", "document") in self._destinations
        )


def _is_foreign(scope: Scope, headers: Headers, address: Address | None) -> bool:
    by_https = came_by_https(scope)
    return any(site not in {"same-origin", "none"} for site in headers.getlist("sec-fetch-site")) or any(
        not _is_own(origin, address, by_https=by_https) for origin in headers.getlist("origin")
    )


def _is_own(origin: str, address: Address | None, *, by_https: bool) -> bool:
    """Return whether an origin is the address itself; a proxy may hide from the app that it is https."""
    scheme, _, netloc = origin.partition("://")
    theirs = read_address(netloc)
    if theirs is None or address is None or scheme not in ({"https"} if by_https else {"http", "https"}):
        return False
    return theirs.under(scheme) == address.under(scheme)


def _as_asked(scope: Scope, address: Address | None) -> Scope:
    """Return the request with only the host that was checked; Gradio would believe the others too."""
    headers = [(name, value) for name, value in scope["headers"] if name not in _FROM_PROXIES]
    if address is not None:
        host = address.host if address.port is None else f"{address.host}:{address.port}"
        headers = [(name, host.encode() if name == b"host" else value) for name, value in headers]
    return {**scope, "headers": headers}


async def _refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": why[:100]})
    else:
        await PlainTextResponse(f"{why}\n", status)(scope, receive, send)
