"""What the search dialog is told, without a browser."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.store import MOST_FOUND, StoreError
from chat.ui.sidebar.search_dialog import Search, SearchDialog
from tests.chat.store.search.saying import say
from tests.helpers.chats import services_of
from tests.helpers.fakes import NOW, Rig
from usage.ledger import NOBODY

Ask = Callable[..., Any]


@pytest.fixture
async def ask(rig: Rig) -> Ask:
    """Types into the dialog as somebody; gives what its script is told.

    Gradio would make an event loop, which nobody closes, where none is running.
    """
    with gr.Blocks(analytics_enabled=False):
        dialog = SearchDialog()

    async def ask(data: Any, user: str = "ada", **changes: Any) -> Any:
        search = Search(replace(services_of(rig, user), **changes), dialog)
        event: Any = SimpleNamespace(_data=data)
        return json.loads(await search.search(event, SimpleNamespace(session_hash="page")))  # type: ignore[arg-type]

    return ask


async def test_what_is_found_is_a_link_to_its_message_with_the_match_marked(rig: Rig, ask: Ask) -> None:
    turn = say(rig.store, 'A <b>fox</b> & "hen"?', title="<i>Fôx</i>", chat='c"1')
    answer = await ask({"text": "fox", "number": 7})
    assert answer["number"] == 7
    title, message = answer["list"].split("</a>")[:2]
    assert 'href="?c=c&quot;1" data-open="c&quot;1">' in title
    assert "&lt;i&gt;<mark>Fôx</mark>&lt;/i&gt;" in title
    assert f'data-open="c&quot;1" data-turn="{turn.id.replace(chr(34), "&quot;").replace("<", "&lt;")}' in (
        message.replace("&gt;", ">").replace("&amp;", "&")
    )
    assert "<b>You</b> <bdi>A &lt;b&gt;<mark>fox</mark>&lt;/b&gt; &amp; &quot;hen&quot;?</bdi>" in message
    assert "<small>10:30</small>" in message
    assert "2 results" in answer["said"]


@pytest.mark.parametrize(("number", "is_told"), [(MOST_FOUND - 1, False), (MOST_FOUND, True)])
async def test_where_more_may_be_found_than_is_shown_that_is_told(
    number: int, is_told: bool, rig: Rig, ask: Ask
) -> None:
    for each in range(number):
        say(rig.store, f"A fox {each}")
    answer = await ask({"text": "fox"})
    assert f"{number} results" in answer["said"]
    assert ("<p>Only the first 50 results are shown.</p>" in answer["said"]) == is_told


async def test_who_replied_and_the_day_are_told(rig: Rig, ask: Ask) -> None:
    say(rig.store, "What?", "The fox", at=NOW - timedelta(days=30))
    say(rig.store, "What else?", "Another fox", at=NOW - timedelta(days=400))
    listed = (await ask({"text": "fox"}))["list"]
    assert "<b>gpt-6-luna</b>" in listed
    assert listed.index("<small>Oct 23</small>") < listed.index("<small>Oct 18, 2025</small>")


async def test_before_anything_is_typed_the_latest_conversations_are_offered(rig: Rig, ask: Ask) -> None:
    assert (await ask({"text": ""}))["said"] == "<p>There is nothing to search yet.</p>"
    for number in range(25):
        say(rig.store, f"{number}", title=f"t{number}", at=NOW + timedelta(minutes=number))
    answer = await ask({"text": " "})
    assert answer["said"] == "<p>Recent chats</p>"
    assert answer["list"].count('role="option"') == 20
    assert answer["list"].index(">t24<") < answer["list"].index(">t5<")


async def test_people_are_told_of_their_own_and_nobody_of_nothing(rig: Rig, ask: Ask) -> None:
    say(rig.store, "A fox", title="fox")
    for typed in ("fox", "", "model:gpt"):
        assert (await ask({"text": typed}, "bob"))["list"] == ""
        assert await ask({"text": typed}, NOBODY) == {"number": 0, "list": "", "said": ""}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("wolf", "Nothing found. Try other words, or just the beginning of one"),
        ('"a wolf"', "Nothing found. Try fewer words, or the words without quotes."),
        ("fox model:none", "Nothing found. Try again without model:, after: or before:"),
        (
            "fox before:march",
            "“before:march” is not a date. Write a day, month or year, such as before:2026-03-01",
        ),
        ("***", "Type letters or digits to search for."),
        ("x" * 5000, "Your search is too long: only the first part is used."),
        ("<b>:", "Nothing found. Try other words"),
    ],
)
async def test_what_was_not_found_or_understood_is_told(rig: Rig, ask: Ask, typed: str, said: str) -> None:
    say(rig.store, "A fox")
    assert said in (await ask({"text": typed}))["said"]


async def test_a_store_that_cannot_be_read_is_told_and_the_list_is_empty(rig: Rig, ask: Ask) -> None:
    def broken(*_: object, **_more: object) -> Any:
        raise StoreError("Chats cannot be read: <disk>.")

    store: Any = SimpleNamespace(search=broken, summaries=broken)
    for typed in ("fox", ""):
        answer = await ask({"text": typed}, store=store)
        assert answer == {
            "number": 0,
            "list": "",
            "said": '<p role="alert">Chats cannot be read: &lt;disk&gt;.</p>',
        }


async def test_that_older_messages_are_not_found_yet_is_told(rig: Rig, ask: Ask) -> None:
    say(rig.store, "A fox")
    store: Any = SimpleNamespace(search=rig.store.search, is_indexing=lambda: True)
    answer = await ask({"text": "fox"}, store=store)
    assert "<p>Older messages are still being indexed, so some results may be missing.</p>" in answer["said"]
    assert "fox" in answer["list"]


@pytest.mark.parametrize(
    "data", [None, 7, "fox", ["fox"], {}, {"text": None}, {"text": ["a"], "number": "x" * 99}]
)
async def test_whatever_is_sent_is_answered(ask: Ask, data: Any) -> None:
    assert (await ask(data))["number"] == 0
