"""The page's first answer: made once for all, and kept."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gradio as gr
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lean_page.whole_page import is_sign_in, whole_page

MOST_KEPT = 16  # one for each name that the server is called by
# The headers from which Gradio works out the server's own address, which stands in the page.
_NAMES_SERVER = ("host", "x-forwarded-host", "x-gradio-server")


@dataclass(frozen=True, slots=True)
class Kept:
    """A page, compressed, and what tells it from another."""

    compressed: bytes
    tag: str


class KeptPage:
    """Answers requests for the page from memory; Gradio makes it when it is first asked for.

    The page is the same for everybody and for every query, since what is a person's own comes through events.
    It must stand behind the layer that turns strangers away. Without it the page has none of our scripts.
    """

    def __init__(
        self, app: ASGIApp, page: gr.Blocks, scripts: Sequence[str], path_within: Callable[[Scope], str]
    ) -> None:
        """`scripts` run before Gradio's own; `path_within` tells which path of the app a request asks for."""
        self._app = app
        self._page = page
        self._scripts = scripts
        self._path_within = path_within
        self._kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or self._path_within(scope) != "/"
        ):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        key = _server_asked(scope, headers)
        answer: Kept | list[Message] | None = self._found(key)
        if answer is None:
            async with self._making:  # one at a time: others may ask for the same
                answer = self._found(key) or await self._make(scope, receive)
                if isinstance(answer, Kept):
                    self._keep(key, answer)
        if isinstance(answer, Kept):
            await _response(answer, headers)(scope, receive, send)
            return
        for message in answer:
            await send(message)

    def _found(self, key: tuple[str, ...]) -> Kept | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _keep(self, key: tuple[str, ...], page: Kept) -> None:
        self._kept[key] = page
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _make(self, scope: Scope, receive: Receive) -> Kept | list[Message]:
        """Return the page, or what Gradio answers instead of one."""
        answer: list[Message] = []

        async def take(message: Message) -> None:
            answer.append(message)

        # Gradio would make another page for some queries, such as that of a link that holds a page's state.
        await self._app({**scope, "method": "GET", "query_string": b""}, receive, take)
        html = b"".join(message.get("body", b"") for message in answer).decode("utf-8", "replace")
        is_html = Headers(raw=answer[0]["headers"]).get("content-type", "").startswith("text/html")
        if answer[0]["status"] != 200 or not is_html or is_sign_in(html):
            return answer
        return await asyncio.to_thread(_compressed, html, self._page.theme_css, self._scripts)


def _server_asked(scope: Scope, headers: Headers) -> tuple[str, ...]:
    """Return all that the server's own address in the page depends on."""
    is_https = headers.get("x-forwarded-proto", "").partition(",")[0].strip() == "https"
    names = (headers.get(name, "") for name in _NAMES_SERVER)
    return (scope["scheme"], str(is_https), scope.get("root_path", ""), scope["path"], *names)


def _compressed(html: str, theme: str, scripts: Sequence[str]) -> Kept:
    page = whole_page(html, theme, scripts).encode()
    return Kept(gzip.compress(page), f'"{hashlib.sha256(page).hexdigest()}"')


def _response(kept: Kept, headers: Headers) -> Response:
    # A weak tag: it is the same page, compressed or not.
    told = {"ETag": f"W/{kept.tag}", "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if kept.tag in headers.get("if-none-match", ""):
        return Response(None, 304, told)
    if "gzip" in headers.get("accept-encoding", ""):
        told["Content-Encoding"] = "gzip"
        return Response(kept.compressed, headers=told, media_type="text/html")
    return Response(gzip.decompress(kept.compressed), headers=told, media_type="text/html")
