"""What goes on in the running Gradio app, and letting go of it: all that is read of Gradio's insides."""

from collections.abc import Hashable
from typing import Any

ASKER = "tally.asker"  # where a request's scope says for whom its events count


class RunningApp:
    """The app that Gradio has started."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def is_starting(self) -> bool:
        """Whether the app still has to be told, by a request of its own, that it may begin."""
        return not self._app.startup_events_triggered

    def events_of(self, asker: Hashable) -> int:
        """How many events of somebody wait or run."""
        return sum(event.request.scope.get(ASKER) == asker for event in self._events.values())

    def page_of(self, event_id: str) -> str | None:
        """The page that hears of an event; None for an event that is not known or has been heard of."""
        event = self._events.get(event_id)
        if event is not None:
            return str(event.session_hash)
        unheard = self._queue.pending_event_ids_session.items()
        return next((page for page, event_ids in unheard if event_id in event_ids), None)

    def works_for(self, page: str) -> bool:
        """Whether an event of the page waits or runs."""
        return any(event.session_hash == page for event in self._events.values())

    def give_back(self, page: str) -> None:
        """Let go of all that is kept for a page; nothing may wait or run for it."""
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
    """Have Gradio's queue keep no table of past events: it would add it up with pandas after each event."""
    page._queue.ANALYTICS_MAX_EVENTS = 1
    page._queue.ANAYLTICS_CACHE_FREQUENCY = float("inf")
