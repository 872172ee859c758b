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

from lean_page.whole_page import DESCRIPTION, whole_page

MOST_KEPT = 16  # one for each name that the server is called by
# What Gradio tells the server's own address from, which stands in the page.
_NAMES_SERVER = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")


@dataclass(frozen=True, slots=True)
class Kept:
    """A page, compressed, and what tells it from another."""

    compressed: bytes
    tag: str


class KeptPage:
    """Answers requests for the page from memory; Gradio makes it when it is first asked for.

    The page is the same for everybody, as what is a person's own comes by events: this stands behind whoever
    turns strangers away.
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
        if scope["type"] != "http" or scope["method"] != "GET" or self._path_within(scope) != "/":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        names = (headers.get(name, "") for name in _NAMES_SERVER)
        key = (scope["scheme"], scope.get("root_path", ""), scope["path"], *names)
        async with self._making:
            answer = self._kept.get(key) or await self._make(scope, receive)
            if isinstance(answer, Kept):
                self._kept[key] = answer
                self._kept.move_to_end(key)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        if isinstance(answer, Kept):
            await _response(answer, headers)(scope, receive, send)
            return
        for message in answer:
            await send(message)

    async def _make(self, scope: Scope, receive: Receive) -> Kept | list[Message]:
        """Return the page, or what Gradio answers instead of one."""
        answer: list[Message] = []

        async def take(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, take)
        html = b"".join(message.get("body", b"") for message in answer).decode("utf-8", "replace")
        if answer[0]["status"] != 200 or DESCRIPTION not in html:
            return answer
        return await asyncio.to_thread(_keep, html, self._page.theme_css, self._scripts)


def _keep(html: str, theme: str, scripts: Sequence[str]) -> Kept:
    page = whole_page(html, theme, scripts).encode()
    return Kept(gzip.compress(page), f'"{hashlib.sha256(page).hexdigest()}"')


def _response(kept: Kept, headers: Headers) -> Response:
    told = {"ETag": kept.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if headers.get("if-none-match") == kept.tag:
        return Response(None, 304, told)
    if "gzip" in headers.get("accept-encoding", ""):
        told["Content-Encoding"] = "gzip"
        return Response(kept.compressed, headers=told, media_type="text/html")
    return Response(gzip.decompress(kept.compressed), headers=told, media_type="text/html")
