"""Keeps the app's cookies to its own page: browsers do not send them with requests that other sites make."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access.other_sites.forwarded import came_by_https

_ATTRIBUTES = re.compile(r";\s*(samesite(=[^;]*)?|httponly)(?=;|$)", re.IGNORECASE)
_FOR_HTTPS, _FOR_HTTP = "access-token-", "access-token-unsecure-"


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
