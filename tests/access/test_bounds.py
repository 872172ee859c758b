"""Pages: of use to who opened them, given back when somebody has many, and gone from Gradio's tables then."""

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.routes import App

from access import keep_no_statistics
from access.bounds import Pages, RefusedError
from access.running_app import ASKER, RunningApp


class Kept(Pages):
    """Pages, with what is in use and what was given back."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.given_back: list[str] = []
        super().__init__(self.used.__contains__, self.given_back.append)


@pytest.fixture
def pages() -> Kept:
    return Kept()


def test_page_is_of_use_to_whoever_used_it_first(pages: Kept) -> None:
    pages.use("page", "ada", "key", 5)
    asked = [pages.is_somebody_elses(*each) for each in (("page", "ada"), ("page", "bob"), ("new", "bob"))]
    assert asked == [False, True, False]


def test_page_that_was_not_used_for_longest_is_given_back(pages: Kept) -> None:
    for page in ("1", "2", "3", "1", "4", "5"):
        pages.use(page, "ada", "key", 3)
    assert pages.given_back == ["2", "3"]
    assert len(pages) == 3


def test_page_in_use_is_kept_and_too_many_in_use_are_refused(pages: Kept) -> None:
    pages.used |= {"1", "2"}
    for page in ("1", "2", "3", "4"):
        pages.use(page, "ada", "key", 3)
    assert pages.given_back == ["3"]
    pages.used.add("4")
    with pytest.raises(RefusedError, match="too many Tally pages"):
        pages.use("5", "ada", "key", 3)
    pages.use("1", "ada", "key", 3)
    pages.use("5", "bob", "another key", 3)


def test_addresses_without_end_do_not_fill_memory(pages: Kept) -> None:
    for number in range(1_500):
        pages.use(f"page {number}", "", f"address {number}", 3)
    assert len(pages) == 1_000
    assert pages.given_back[:2] == ["page 0", "page 1"]


def test_addresses_without_end_close_no_page_that_is_in_use(pages: Kept) -> None:
    pages.used |= {f"page {number}" for number in range(1_000) if number != 7}
    for number in range(1_001):
        pages.use(f"page {number}", "", f"address {number}", 3)
    assert pages.given_back == ["page 7"]
    pages.used.add("page 1000")
    with pytest.raises(RefusedError, match="Too many people have Tally open"):
        pages.use("one more", "", "another address", 3)
    pages.use("another page", "", "address 0", 3)
    assert not pages.is_somebody_elses("one more", "bob")


@pytest.fixture
async def blocks() -> Any:
    """Return a page whose queue is made; Gradio takes the event loop that runs."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.State(5)
    blocks.queue()
    return blocks


async def test_page_that_is_given_back_leaves_nothing_in_gradio(blocks: Any) -> None:
    app = App.create_app(blocks)
    queue, running = blocks._queue, RunningApp(app)
    before = app.state_holder["page"]
    queue.pending_messages_per_session["page"] = SimpleNamespace()
    queue.pending_event_ids_session["page"] = {"event"}
    assert running.page_of("event") == "page"
    running.give_back("page")
    assert "page" not in app.state_holder
    assert app.state_holder.time_last_used == {}
    assert (dict(queue.pending_messages_per_session), queue.pending_event_ids_session) == ({}, {})
    assert running.page_of("event") is None
    assert app.state_holder["page"] is not before


async def test_events_that_wait_or_run_are_counted_by_who_asked_for_them(blocks: Any) -> None:
    running = RunningApp(App.create_app(blocks))
    for event_id, asker in (("1", "ada"), ("2", "ada"), ("3", "bob")):
        request = SimpleNamespace(scope={ASKER: asker})
        event = SimpleNamespace(session_hash=f"page of {asker}", request=request)
        blocks._queue.event_ids_to_events[event_id] = event
    assert [running.events_of(each) for each in ("ada", "bob", "eve")] == [2, 1, 0]
    assert [running.works_for(f"page of {each}") for each in ("ada", "eve")] == [True, False]
    assert running.page_of("3") == "page of bob"


async def test_queue_adds_up_no_statistics(blocks: Any) -> None:
    keep_no_statistics(blocks)
    queue = blocks._queue
    records: list[dict[str, object]] = [{"function": "f", "status": "success", "process_time": 1.0}]
    queue.events_recorded = 1_000_000
    assert queue.compute_analytics_summary(records) == {"functions": {}}
    assert queue.ANALYTICS_MAX_EVENTS == 1
