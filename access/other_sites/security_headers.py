"""Tells browsers to load nothing from other hosts, and to let no other site embed or frame the page."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
