"""The gate of the app: who may ask for what, how much at once, and how large a request may be."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access.bounds import (
    FOR_A_PERSON,
    FOR_MANY,
    Bounds,
    ClientLeftError,
    Pages,
    RefusedError,
    one_more,
    read_body,
    replayed,
)
from access.forwarded import address_of, path_within
from access.running_app import ASKER, EVENT_IS_MADE, EVENT_IS_RUN, Named, RunningApp, named_in, where
from access.sign_in import sign_in_page
from access.visitors import Visitors
from texts import _

logger = logging.getLogger(__name__)

LARGEST_BODY = 8_000_000  # bytes: an event with the largest cost file is smaller
LARGEST_FORM = 16_384  # bytes: a name and a password
_LONGEST_BODY_S = 60.0
_LONGEST_FORM_S = 10.0

_EVENTS = "/gradio_api/"
_UPLOADS = {"/gradio_api/upload", "/gradio_api/process_recording"}
_PAGE_LINKS = "/gradio_api/deep_link"  # to what a page shows: Gradio would keep a file for each
_STARTS = "/gradio_api/startup-events"
_READ_BODIES = {"/import", "/files"}  # read theirs themselves, piece by piece, within bounds of their own
_OPEN = {
    *(("GET", path) for path in ("/healthz", "/favicon.ico", "/robots.txt", "/manifest.json", "/theme.css")),
    *((method, path) for method in ("GET", "POST") for path in ("/logout", "/logout/")),
    *(("POST", path) for path in ("/login", "/login/")),
}
_OPEN_FOLDERS = ("/assets/", "/static/")  # Gradio's own files, the same in every app


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: whose pages they may use, the key that they are counted under, and their bounds."""

    owner: str
    key: Hashable
    bounds: Bounds


class Gate:
    """Lets a request in, or refuses it before its body is read.

    Whoever still has to sign in reaches nothing but the sign-in page: what is open to them is listed, so
    that whatever a newer Gradio adds is closed.
    """

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self._app = app
        self._visitors = visitors
        self._running: RunningApp  # known from the first request on
        self._at_once: Counter[Hashable] = Counter()
        self._pages = Pages(self._in_use, lambda page: self._running.give_back(page))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["type"] == "http":
            self._running = RunningApp(scope["app"])
            try:
                await self._answer(scope, receive, send)
            except RefusedError as exc:
                headers = {"Retry-After": "5"} if exc.status == 429 else None
                await JSONResponse({"detail": str(exc)}, exc.status, headers)(scope, receive, send)
            except ClientLeftError:
                return
        else:
            self._visitors.attend(scope["app"])  # once, when the app starts
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the app answer. Raises RefusedError, and ClientLeftError when nobody waits for the answer."""
        path = path_within(scope)
        if not path.isprintable():  # to a route, a line break at the end is no part of its path
            raise RefusedError(404, _("Not found."))
        asker = self._asker(scope)
        if asker is None:
            await self._answer_stranger(scope, path, receive, send)
            return
        key = ("requests", asker.key)
        if self._at_once[key] >= asker.bounds.requests:
            raise RefusedError(429, _("You have too many Tally pages open. Close some and try again."))
        with one_more(self._at_once, key):
            await self._answer_asker(asker, scope, path, receive, send)

    async def _answer_stranger(self, scope: Scope, path: str, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if (method, path) == ("GET", "/"):
            page = HTMLResponse(sign_in_page(scope), headers={"Cache-Control": "no-store"})
            await page(scope, receive, send)
            return
        is_start = path == _STARTS and self._running.is_starting
        if not (is_start or (method, path) in _OPEN or (method == "GET" and path.startswith(_OPEN_FOLDERS))):
            raise RefusedError(401, _("You are not signed in. Reload the page to sign in."))
        if method != "GET":
            body = await read_body(scope, receive, LARGEST_FORM, _LONGEST_FORM_S)
            receive = replayed(body, receive)
        await self._pass_on(scope, receive, send)

    async def _answer_asker(
        self, asker: Asker, scope: Scope, path: str, receive: Receive, send: Send
    ) -> None:
        if path.rstrip("/") in _UPLOADS:
            raise RefusedError(413, _("Tally does not accept uploads."))
        if path.rstrip("/") == _PAGE_LINKS:
            raise RefusedError(404, _("Not found."))
        body = b""
        if scope["method"] not in ("GET", "HEAD") and path not in _READ_BODIES:
            body = await read_body(scope, receive, LARGEST_BODY, _LONGEST_BODY_S)
            receive = replayed(body, receive)
        if not path.startswith(_EVENTS):
            await self._pass_on(scope, receive, send)
            return
        named = named_in(scope, path, body)
        if self._names_somebody_elses(named, asker):
            raise RefusedError(404, _("This page is no longer connected to Tally. Reload it."))
        is_post = scope["method"] == "POST"
        makes_event = is_post and EVENT_IS_MADE.fullmatch(path) is not None
        begins_event = makes_event or (is_post and EVENT_IS_RUN.fullmatch(path) is not None)
        not_queued = ("not in the queue", asker.key)  # not yet, or never
        events = self._running.events_of(asker.key) + self._at_once[not_queued]
        if begins_event and events >= asker.bounds.events:
            text = _("You have sent too many requests at once. Wait a moment and try again.")
            raise RefusedError(429, text)
        scope[ASKER] = asker.key
        with ExitStack() as going_on:
            if begins_event:
                going_on.enter_context(one_more(self._at_once, not_queued))
            for page in named.pages:
                self._pages.use(page, asker.owner, asker.key, asker.bounds.pages)
                going_on.enter_context(one_more(self._at_once, ("listening", page)))
            if makes_event and not named.pages:
                send = self._noting_events(send, asker)
            receive, send = while_signed_in(lambda: self._asker(scope) == asker, receive, send)
            await self._pass_on(scope, receive, send)

    def _asker(self, scope: Scope) -> Asker | None:
        """Return who asks; None for somebody who has to sign in first."""
        person = self._visitors.person_asking(Request(scope))
        if person is None and self._visitors.asks_for_password:
            return None
        if person is None or person == self._visitors.anyone:
            return Asker(person or "", ("address", address_of(scope)), FOR_MANY)
        bounds = FOR_MANY if self._visitors.may_be_many(person) else FOR_A_PERSON
        return Asker(person, ("person", person), bounds)

    def _names_somebody_elses(self, named: Named, asker: Asker) -> bool:
        # An event whose page is unknown stands for a page of its own.
        pages = {self._running.page_of(event_id) or event_id for event_id in named.events}
        return any(self._pages.is_somebody_elses(page, asker.owner) for page in named.pages | pages)

    def _noting_events(self, send: Send, asker: Asker) -> Send:
        """Note the event that a request without a page makes: its id then stands for a page."""

        async def send_and_note(message: Message) -> None:
            event_id = _event_in(message.get("body", b""))
            if event_id is not None:
                self._pages.use(event_id, asker.owner, asker.key, asker.bounds.pages)
            await send(message)

        return send_and_note

    def _in_use(self, page: str) -> bool:
        return bool(self._at_once["listening", page]) or self._running.works_for(page)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the app answer; an error there becomes one line in the log, without a traceback."""
        has_begun = False

        async def send_and_see(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        # The app's boundary: whatever it is, the log names it and the client is told.
        except Exception as exc:
            logger.error("%s %r failed: %s", scope["method"], scope["path"], where(exc))  # noqa: TRY400
            if not has_begun:
                raise RefusedError(
                    500, _("Something went wrong in Tally. Try again. Tally’s log has the reason.")
                ) from exc


def _event_in(body: Any) -> str | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    event_id = answer.get("event_id") if isinstance(answer, dict) else None
    return event_id if isinstance(event_id, str) else None


def while_signed_in(is_signed_in: Callable[[], bool], receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Wrap both ends of a request, so that a stream ends when its person's session does."""
    is_stream = is_over = False

    async def send_or_end(message: Message) -> None:
        nonlocal is_stream, is_over
        if message["type"] == "http.response.start":
            kind = Headers(raw=list(message.get("headers", []))).get("content-type", "")
            is_stream = kind.startswith("text/event-stream")
        elif is_stream and not is_over and not is_signed_in():
            is_over = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not is_over:
            await send(message)

    async def receive_or_end() -> Message:
        return {"type": "http.disconnect"} if is_over else await receive()

    return receive_or_end, send_or_end
