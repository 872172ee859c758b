"""The hosts that the app answers under: those that nobody else can point at this machine."""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable
from urllib.parse import urlsplit

from settings import Address, read_address


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
            _is_ip_address(name)
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


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
