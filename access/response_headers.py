"""Has every answer tell the browser to load nothing from other hosts, and to give other sites nothing."""

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


class ResponseHeaders:
    """Puts the headers of every answer right.

    Those that let other sites read an answer go: Gradio grants that to any that asks. Every cookie becomes
    `SameSite=Lax` and `HttpOnly`; of the two that Gradio sets to sign in, one for https only, a browser gets
    the one that it can use. An answer's own policy for its content holds beside the app's. A Space is shown
    in Hugging Face's frame.
    """

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
        async def send_right(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                cookies = headers.getlist("set-cookie")
                policies = headers.getlist("content-security-policy")
                for name in set(headers):
                    if name == "set-cookie" or name.startswith("access-control-"):
                        del headers[name]
                by_https = came_by_https(scope)
                for cookie in cookies:
                    if is_of_use(cookie, by_https=by_https):
                        headers.append("set-cookie", lax_cookie(cookie))
                headers.update(self._headers)
                for policy in policies:
                    headers.append("content-security-policy", policy)
            await send(message)

        await self._app(scope, receive, send_right)


def lax_cookie(cookie: str) -> str:
    """Return the value of a Set-Cookie header, made `SameSite=Lax` and `HttpOnly`."""
    return f"{_ATTRIBUTES.sub('', cookie)}; HttpOnly; SameSite=Lax"


def is_of_use(cookie: str, *, by_https: bool) -> bool:
    """Return whether to set a cookie: of Gradio's two, only the one for this scheme."""
    if cookie.startswith(_FOR_HTTP):
        return not by_https
    return by_https or not cookie.startswith(_FOR_HTTPS)
