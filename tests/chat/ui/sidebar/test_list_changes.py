"""What is done to conversations in the list, without a browser."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.conversation import ConversationSummary
from chat.store import StoreError
from chat.ui.sidebar import ListChanges, Listing, Sidebar
from chat.ui.sidebar.list_changes import notices_html
from chat.ui.sidebar.listing import cursor_of
from tests.helpers.chats import services_of
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, Rig, begin_turn
from usage.ledger import NOBODY, LedgerError

REQUEST: Any = SimpleNamespace(session_hash="page", query_params={})
HERE = TURN.conversation_id


def event(data: Any) -> Any:
    return SimpleNamespace(_data=data)


def changes_of(rig: Rig, user: str = "ada") -> ListChanges:
    services = services_of(rig, user)
    with gr.Blocks(analytics_enabled=False):
        sidebar = Sidebar(sign_in=None)
    listing = Listing(rig.store, rig.runner, services.conversation_costs, services.clock, services.zone)
    return ListChanges(services, sidebar, listing)


@pytest.fixture
async def changes(rig: Rig) -> ListChanges:
    """Ada's list of one conversation; Gradio would make an event loop, which nobody closes."""
    begin_turn(rig.store, TURN, CALL, user="ada", title="Why?")
    rig.store.finish_turn(replace(TURN, status="completed", reply="Because.", entry=ENTRY))
    return changes_of(rig)


async def test_each_change_shows_the_list_as_it_is_then(changes: ListChanges) -> None:
    sidebar = changes.sidebar
    for do, said in (
        ("pin", "<h2>Pinned</h2>"),
        ("unpin", "<h2>Today</h2>"),
        ("archive", 'data-archived="1"'),
        ("unarchive", 'data-archived="0"'),
    ):
        shown = await changes.change_row(event({"do": do, "id": HERE}), REQUEST)
        assert said in shown[sidebar.conversations], do
        assert shown[sidebar.notices] == ""
    shown = await changes.change_row(event({"do": "rename", "id": HERE, "title": "<b>Taxes"}), REQUEST)
    assert '<span dir="auto">&lt;b&gt;Taxes</span>' in shown[sidebar.conversations]


@pytest.mark.parametrize(
    ("asked", "trouble"),
    [
        ({"do": "rename", "id": HERE, "title": " "}, "A title cannot be empty."),
        ({"do": "rename", "id": HERE}, "A title cannot be empty."),
        ({"do": "rename", "id": "no-such", "title": "x"}, "This chat no longer exists."),
        ({"do": "pin", "id": [HERE]}, "This chat no longer exists."),
        ({"do": "pin", "id": "\ud800"}, "Nothing can be saved"),
    ],
)
async def test_what_cannot_be_done_is_said_below_the_list(
    changes: ListChanges, asked: Any, trouble: str
) -> None:
    shown = await changes.change_row(event(asked), REQUEST)
    assert trouble in shown[changes.sidebar.notices]
    assert '<span dir="auto">Why?</span>' in shown[changes.sidebar.conversations]


@pytest.mark.parametrize("data", [None, 7, [HERE], "pin", {"do": 7}, {"do": "destroy", "id": HERE}, {}])
async def test_what_no_page_of_ours_asks_changes_nothing(changes: ListChanges, data: Any) -> None:
    before = changes.services.store.conversation("ada", HERE)
    await changes.change_row(event(data), REQUEST)
    assert changes.services.store.conversation("ada", HERE) == before


async def test_who_is_not_signed_in_gets_nothing(changes: ListChanges, rig: Rig) -> None:
    nobody = changes_of(rig, NOBODY)
    shown = await nobody.change_row(event({"do": "pin", "id": HERE}), REQUEST)
    assert shown == {nobody.sidebar.notices: gr.skip()}


async def test_without_the_ledger_the_list_changes_all_the_same_and_says_why_it_has_no_costs(
    changes: ListChanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> Any:
        raise LedgerError("usage.csv cannot be read.")

    monkeypatch.setattr(Listing, "costs_of_start", broken)
    shown = await changes.change_row(event({"do": "rename", "id": HERE, "title": "Taxes"}), REQUEST)
    assert '<span dir="auto">Taxes</span>' in shown[changes.sidebar.conversations]
    assert "<small>10:30</small>" in shown[changes.sidebar.conversations]
    assert "usage.csv cannot be read." in shown[changes.sidebar.notices]


async def test_where_the_list_cannot_be_read_afterwards_that_is_said(
    changes: ListChanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_given: object) -> Any:
        raise StoreError("The disk is gone.")

    monkeypatch.setattr(Listing, "start", unreadable)
    shown = await changes.change_row(event({"do": "pin", "id": HERE}), REQUEST)
    assert list(shown) == [changes.sidebar.notices]
    assert "The disk is gone." in shown[changes.sidebar.notices]
    monkeypatch.setattr(changes.services.store, "restorable", unreadable)
    assert "The disk is gone." in await changes.notices_html("ada")


def test_each_deletion_can_be_undone_for_what_is_left_of_its_ten_seconds() -> None:
    hostile = ConversationSummary(id='"><script>', title="<script>" * 20, updated_at=NOW)
    html = notices_html([(hostile, NOW - timedelta(seconds=4))], NOW, "Not <so>.")
    assert html.startswith('<p role="alert">Not &lt;so&gt;.</p>')
    assert 'data-left="6000"' in html
    assert "<script>" not in html
    assert "<span>“<bdi>" in html
    assert "…</bdi>” was deleted.</span>" in html
    assert 'data-left="0"' in notices_html([(hostile, NOW - timedelta(seconds=40))], NOW)


@pytest.mark.parametrize(
    "place", ["x", "2026-11-22", f"{NOW.isoformat()}", "2026-11-22T10:30:00 id", " ", "9" * 5000]
)
def test_a_place_that_makes_no_sense_is_none(place: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|2026|month"):
        cursor_of(place)


def test_a_place_is_read_as_the_rows_name_it() -> None:
    cursor = cursor_of(f"{NOW.isoformat()} an id")
    assert cursor is not None
    assert (cursor.updated_at, cursor.id) == (NOW, "an id")
    assert cursor_of("") is None
