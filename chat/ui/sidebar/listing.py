"""Hands out the list of conversations: its start with the page, the rest of it as somebody scrolls."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chat.calls import TurnRunner
from chat.conversation import ConversationSummary
from chat.store import ConversationStore, Cursor, ListStart, StoreError
from chat.ui.sidebar.conversation_rows import Rows
from texts import _
from usage.ledger import LedgerError
from usage.reports import Totals

ROWS = 60  # that the list begins with
MOST_ROWS = 2_000  # that one request gets
LONGEST_PLACE = 200  # characters: a time and an id are shorter

Costs = Mapping[str, Totals]


@dataclass(frozen=True, slots=True)
class Listing:
    """Reads people's lists. `conversation_costs(user, ids)` sums each conversation that had a call."""

    store: ConversationStore
    runner: TurnRunner
    conversation_costs: Callable[[str, Sequence[str]], Costs]
    clock: Callable[[], datetime]
    zone: tzinfo

    def start(self, user: str) -> ListStart:
        """Read the start of a person's list. Raises StoreError."""
        return self.store.list_start(user, ROWS)

    def costs_of_start(self, user: str, start: ListStart, begun: str = "") -> Costs:
        """Sum what those at the start cost, without one that has just begun. Raises LedgerError."""
        return self._costs(user, [each for each in (*start.pinned, *start.latest) if each.id != begun])

    async def start_html(self, user: str, begun: str = "") -> tuple[str, str]:
        """Return the start of a person's list, and why it is without costs, "" if it has them.

        `begun` is a conversation that has just begun, and has cost nothing yet. Raises StoreError.
        """
        rows = self.rows(user)
        start = await asyncio.to_thread(self.start, user)
        costs: Costs = {}
        trouble = ""
        try:
            costs = await asyncio.to_thread(self.costs_of_start, user, start, begun)
        except LedgerError as exc:
            trouble = str(exc)
        return replace(rows, costs=costs).start_html(start), trouble

    def page(
        self, user: str, after: Cursor | None, count: int, *, archived: bool
    ) -> tuple[Sequence[ConversationSummary], Costs, bool]:
        """Read this many conversations after a place, what they cost, and whether more follow.

        `archived` asks for the archive in place of the list. Raises StoreError and LedgerError.
        """
        found = self.store.summaries(user, after, count + 1, archived=archived)
        return found[:count], self._costs(user, found[:count]), len(found) > count

    def rows(self, user: str) -> Rows:
        """Return what draws a person's rows, without costs. Belongs to the runner's event loop.

        It is asked for before the rows are read: what ends meanwhile is marked all the same, so that the
        page looks again.
        """
        running, naming = self.runner.running_in(user), self.runner.naming_in(user)
        return Rows(self.clock(), self.zone, running, naming)

    def _costs(self, user: str, summaries: Sequence[ConversationSummary]) -> Costs:
        return self.conversation_costs(user, [each.id for each in summaries])


def conversations_route(listing: Listing, person_asking: Callable[[Request], str | None]) -> Route:
    """Make GET /conversations?after=…&count=…&archived=… answer {"html": …, "has_more": …}.

    `after` is the time and the id of the row before, with a blank between. It answers 401 without sign-in,
    and 400 to what makes no sense.
    """

    async def conversations(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if person is None:
            return _refusal(401, _("Sign in to see this."))
        asked = request.query_params
        try:
            after, count = cursor_of(asked.get("after", "")), int(asked.get("count", ROWS))
        except ValueError:
            return _refusal(400, _("This address names no place in the list. Reload the page."))
        count, archived = min(max(count, 1), MOST_ROWS), asked.get("archived") == "true"
        rows = listing.rows(person)
        try:
            found, costs, has_more = await run_in_threadpool(
                listing.page, person, after, count, archived=archived
            )
        except (StoreError, LedgerError) as exc:
            return _refusal(500, str(exc))
        html = replace(rows, costs=costs).sections_html(found)
        return JSONResponse({"html": html, "has_more": has_more}, headers={"Cache-Control": "no-store"})

    return Route("/conversations", conversations)


def cursor_of(place: str) -> Cursor | None:
    """Return the place after the row that a page names, None for the start. Raises ValueError."""
    if not place:
        return None
    moment, blank, conversation_id = place[:LONGEST_PLACE].partition(" ")
    updated_at = datetime.fromisoformat(moment)
    if not blank or updated_at.tzinfo is None:
        raise ValueError(place)
    return Cursor(updated_at, conversation_id)


def _refusal(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status, headers={"Cache-Control": "no-store"})
