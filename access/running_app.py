"""What goes on in the running Gradio app: the only file that touches Gradio's internals."""

import logging
import sys
import traceback
from collections.abc import Hashable
from typing import Any

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
