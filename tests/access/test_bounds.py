"""Pages: of use to who opened them, given back when somebody has many, and gone from Gradio's tables then."""

from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.routes import App

from access import keep_no_statistics
from access.bounds import Pages, RefusedError
from access.running_app import ASKER, RunningApp


class Kept:
    """What is in use, and what was given back."""

    def __init__(self) -> None:
        self.used: set[str] = set()
        self.given_back: list[str] = []
        self.pages = Pages(self.used.__contains__, self.given_back.append)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_page_is_of_use_to_whoever_used_it_first(kept: Kept) -> None:
    kept.pages.use("page", "ada", "key", 5)
    asked = [
        kept.pages.is_somebody_elses(*each) for each in (("page", "ada"), ("page", "bob"), ("new", "bob"))
    ]
    assert asked == [False, True, False]


def test_page_that_was_not_used_for_longest_is_given_back(kept: Kept) -> None:
    for page in ("1", "2", "3", "1", "4", "5"):
        kept.pages.use(page, "ada", "key", 3)
    assert kept.given_back == ["2", "3"]
    assert len(kept.pages) == 3


def test_page_in_use_is_kept_and_too_many_in_use_are_refused(kept: Kept) -> None:
    kept.used |= {"1", "2"}
    for page in ("1", "2", "3", "4"):
        kept.pages.use(page, "ada", "key", 3)
    assert kept.given_back == ["3"]
    kept.used.add("4")
    with pytest.raises(RefusedError, match="too many Tally pages"):
        kept.pages.use("5", "ada", "key", 3)
    kept.pages.use("1", "ada", "key", 3)
    kept.pages.use("5", "bob", "another key", 3)


def test_addresses_without_end_do_not_fill_memory(kept: Kept) -> None:
    for number in range(1_500):
        kept.pages.use(f"page {number}", "", f"address {number}", 3)
    assert len(kept.pages) == 1_000
    assert kept.given_back[:2] == ["page 0", "page 1"]


async def test_page_that_is_given_back_leaves_nothing_in_gradio() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.State(5)
    blocks.queue()
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


async def test_events_that_wait_or_run_are_counted_by_who_asked_for_them() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        pass
    blocks.queue()
    running = RunningApp(App.create_app(blocks))
    for event_id, asker in (("1", "ada"), ("2", "ada"), ("3", "bob")):
        request = SimpleNamespace(scope={ASKER: asker})
        event = SimpleNamespace(session_hash=f"page of {asker}", request=request)
        blocks._queue.event_ids_to_events[event_id] = event
    assert [running.events_of(each) for each in ("ada", "bob", "eve")] == [2, 1, 0]
    assert [running.works_for(f"page of {each}") for each in ("ada", "eve")] == [True, False]
    assert running.page_of("3") == "page of bob"


async def test_queue_adds_up_no_statistics() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        pass
    blocks.queue()
    keep_no_statistics(blocks)
    queue = blocks._queue
    records: list[dict[str, object]] = [{"function": "f", "status": "success", "process_time": 1.0}]
    queue.events_recorded = 1_000_000
    assert queue.compute_analytics_summary(records) == {"functions": {}}
    assert queue.ANALYTICS_MAX_EVENTS == 1
