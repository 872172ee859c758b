"""The running Gradio app: its addresses and what goes on in it; only this file touches its internals."""

import json
import logging
import re
import sys
import traceback
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Scope

from access.bounds import RefusedError
from texts import _

_PAGE_IN_PATH = re.compile(r"/gradio_api/(?:heartbeat/([^/]+)|stream/([^/]+)/[^/]+/.+)/?")
_EVENT_IN_PATH = re.compile(r"/gradio_api/(?:call/(?:v2/)?[^/]+/([^/]+)|stream/([^/]+)(?:/close)?)/?")
EVENT_IS_MADE = re.compile(r"/gradio_api/(?:queue/join|call/(?:v2/)?[^/]+)/?")
EVENT_IS_RUN = re.compile(r"/gradio_api/(?:run|api)/[^/]+/?")  # at once, without waiting in the queue
ASKER = "tally.asker"  # the key in a request's scope that says whom its events are counted for

logger = logging.getLogger(__name__)


class RunningApp:
    """The app that Gradio has started."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def is_starting(self) -> bool:
        """Return whether the app still has to be told, by a request of its own, that it may begin."""
        return not self._app.startup_events_triggered

    def events_of(self, asker: Hashable) -> int:
        """Return how many of somebody's events are waiting or running."""
        return sum(event.request.scope.get(ASKER) == asker for event in self._events.values())

    def page_of(self, event_id: str) -> str | None:
        """Return the page that an event belongs to; None if it is unknown or its result was delivered."""
        event = self._events.get(event_id)
        if event is not None:
            return str(event.session_hash)
        unheard = self._queue.pending_event_ids_session.items()
        return next((page for page, event_ids in unheard if event_id in event_ids), None)

    def works_for(self, page: str) -> bool:
        """Return whether an event of the page is waiting or running."""
        return any(event.session_hash == page for event in self._events.values())

    def give_back(self, page: str) -> None:
        """Let go of everything kept for a page; none of its events may be waiting or running."""
        self._app.state_holder.session_data.pop(page, None)
        self._app.state_holder.time_last_used.pop(page, None)
        self._queue.pending_messages_per_session.pop(page, None)
        self._queue.pending_event_ids_session.pop(page, None)

    @property
    def _queue(self) -> Any:
        return self._app.get_blocks()._queue

    @property
    def _events(self) -> dict[str, Any]:
        events: dict[str, Any] = self._queue.event_ids_to_events
        return events


@dataclass(frozen=True, slots=True)
class Named:
    """The pages by their hashes, the events by their ids."""

    pages: frozenset[str]
    events: frozenset[str]


def named_in(scope: Scope, path: str, body: bytes) -> Named:
    """Return what a request to `path` names. Raises RefusedError for a body that is no event's."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    sent = _object(body)
    pages = {*query.get("session_hash", ()), *_groups(_PAGE_IN_PATH, path), sent.get("session_hash")}
    events = {*_groups(_EVENT_IN_PATH, path), sent.get("event_id")}
    return Named(_texts(pages), _texts(events))


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise RefusedError(400, _("Tally could not read this request."))
    return sent


def _groups(pattern: re.Pattern[str], path: str) -> list[str]:
    found = pattern.fullmatch(path)
    return [group for group in found.groups() if group] if found else []


def _texts(values: set[Any]) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value)


def keep_no_statistics(page: Any) -> None:
    """Stop Gradio's queue from keeping a table of past events, which it sums with pandas after each event."""
    page._queue.ANALYTICS_MAX_EVENTS = 1
    page._queue.ANAYLTICS_CACHE_FREQUENCY = float("inf")


def where(error: BaseException) -> str:
    """Return the kind of an error and where it arose, without its text, which may hold somebody's message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def keep_tracebacks_short() -> None:
    """Have Gradio log one line for each event that fails, even a forged one, instead of a traceback."""

    def log_current(*_: object, **__: object) -> None:
        error = sys.exception()
        if error is not None:
            logger.error("An event of the page failed: %s", where(error))

    traceback.print_exc = log_current
