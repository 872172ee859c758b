"""Tells the browser in every answer to load nothing from other hosts and to keep cookies to this site."""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access.forwarded import came_by_https

POLICY = (
    "img-src data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)
# Gradio's page has inline scripts and styles, and turns its components' texts into functions.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "worker-src 'self' blob:; frame-src 'none'"
)
_SPACES_FRAME = "https://huggingface.co"

_ATTRIBUTES = re.compile(r";\s*(samesite(=[^;]*)?|httponly)(?=;|$)", re.IGNORECASE)
_FOR_HTTPS, _FOR_HTTP = "access-token-", "access-token-unsecure-"


class SecurityHeaders:
    """Adds the headers to every answer of the app it wraps; a Space is shown in Hugging Face's frame."""

    def __init__(self, app: ASGIApp, *, on_space: bool) -> None:
        self._app = app
        ancestors = f"'self' {_SPACES_FRAME}" if on_space else "'self'"
        self._headers = {
            "Content-Security-Policy": f"{POLICY}; {PAGE_POLICY}; frame-ancestors {ancestors}",
            "X-Content-Type-Options": "nosniff",
            # With "no-referrer" the page's own forms would send the origin "null".
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            # For browsers that do not know frame-ancestors; it cannot name another site.
            **({} if on_space else {"X-Frame-Options": "SAMEORIGIN"}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class LaxCookies:
    """Makes every cookie `SameSite=Lax` and `HttpOnly`.

    Gradio sets its sign-in cookie twice, once for https only; a browser gets the one that it can use.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_lax(message: Message) -> None:
            if message["type"] == "http.response.start":
                by_https = came_by_https(scope)
                message["headers"] = [
                    (name, lax_cookie(value.decode("latin-1")).encode("latin-1") if is_cookie else value)
                    for name, value in message.get("headers", [])
                    if not (is_cookie := name.lower() == b"set-cookie")
                    or is_of_use(value.decode("latin-1"), by_https=by_https)
                ]
            await send(message)

        await self._app(scope, receive, send_lax)


def lax_cookie(cookie: str) -> str:
    """Return the value of a Set-Cookie header, made `SameSite=Lax` and `HttpOnly`."""
    return f"{_ATTRIBUTES.sub('', cookie)}; HttpOnly; SameSite=Lax"


def is_of_use(cookie: str, *, by_https: bool) -> bool:
    """Return whether to set a cookie: of Gradio's two, only the one for this scheme."""
    if cookie.startswith(_FOR_HTTP):
        return not by_https
    return by_https or not cookie.startswith(_FOR_HTTPS)
