"""The hosts under which the app may be asked for: those that nobody else can make lead to this machine."""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LARGEST_PORT = 65_535
_ADDRESS = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9_.-]*)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE | re.ASCII
)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A host and perhaps a port, as in a Host header; without a port it is the scheme's own."""

    host: str
    port: int | None = None

    def under(self, scheme: str) -> tuple[str, int | None]:
        """Return host and port as they are meant under `http` or `https`."""
        return self.host, self.port or _PORTS.get(scheme)


def read_address(text: str) -> Address | None:
    """Return the address that a text is as a whole, None where it is anything else."""
    found = _ADDRESS.fullmatch(text)
    if found is None or ".." in found["host"] or int(found["port"] or 0) > LARGEST_PORT:
        return None
    return Address(found["host"].lower(), int(found["port"]) if found["port"] else None)


def names_of_machine(hostname: str) -> set[str]:
    """Return the names that a machine goes by on its own network: as it is called, short, and by mDNS."""
    short = hostname.lower().partition(".")[0]
    return {hostname.lower(), short, f"{short}.local"} if short else set()


class KnownHosts:
    """Knows every address in figures, loopback's names, `names`, and the hosts of `public` addresses.

    A figure cannot be made to lead elsewhere; a name can, by whoever owns it. `public` are what people
    type where something in front of the app may pass their requests on; `share_url` gives one more as
    soon as there is a share link. Ports say nothing here: a proxy may map them.
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
        """Whether the app may be asked for at this address."""
        name = address.host.removesuffix(".")
        return (
            _is_in_figures(name)
            or name == "localhost"
            or name.endswith(".localhost")
            or name in self._names
            or self.is_public(address)
        )

    def is_public(self, address: Address) -> bool:
        """Whether this leads here from outside."""
        shared = read_address(urlsplit(self._share_url() or "").netloc)
        public = [*self._public, *([shared] if shared else [])]
        return address.host.removesuffix(".") in {each.host.removesuffix(".") for each in public}


def _is_in_figures(host: str) -> bool:
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
