"""Recognises browsers that people have signed in from, so that strangers' guesses do not slow them down."""

import hashlib
import hmac
import secrets

COOKIE = "tally-known"
LASTS_S = 365 * 24 * 3600


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
