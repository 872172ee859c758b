"""Keeps other sites out: what they make a browser send is refused, and they can read no answer."""

from access.other_sites.cookies import LaxCookies
from access.other_sites.forwarded import path_within
from access.other_sites.known_hosts import KnownHosts
from access.other_sites.same_site import SameSite
from access.other_sites.security_headers import SecurityHeaders

__all__ = [
    "KnownHosts",
    "LaxCookies",
    "SameSite",
    "SecurityHeaders",
    "path_within",
]
