"""What sending does on the page, without a browser."""

import asyncio
import json
import re
import threading
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.calls import still_waiting
from chat.conversation import Turn, WaitingMessage
from chat.files import FileContents
from chat.providers import Completed, Parameters, TextDelta
from chat.store import StoreError
from chat.ui import ChatServices
from chat.ui.actions import MOST_OF_ONE, Actions
from chat.ui.chat_tab import ChatTab
from chat.ui.follower import Follower
from chat.ui.settings_panel import OwnSettings
from chat.ui.sidebar import ListChanges, Listing, Sidebar
from tests.helpers.chats import services_of
from tests.helpers.fakes import MODEL, NOW, FakeProvider, Rig
from usage.ledger import NOBODY
from usage.units import Endpoint, TokenUsage

REPORTED = Completed(TokenUsage(input=100, output=10))
REQUEST: Any = SimpleNamespace(session_hash="page", query_params={})


class Page:
    """The page of one person: what its controls hold, and what is sent and shown."""

    def __init__(self, rig: Rig, services: ChatServices | None = None) -> None:
        self.rig = rig
        with gr.Blocks(analytics_enabled=False):
            self.tab, sidebar = ChatTab(None, ""), Sidebar(sign_in=None)
        services = services or services_of(rig)
        listing = Listing(rig.store, rig.runner, services.conversation_costs, services.clock, services.zone)
        self.follower = Follower(services, self.tab, sidebar, listing)
        settings = OwnSettings(
            services,
            sidebar.settings,
            self.tab.models,
            self.tab.prompts,
            self.tab.conversation,
            self.tab.chatbot,
            self.tab.notice,
        )
        changes = ListChanges(services, sidebar, listing)
        self.actions = Actions(services, self.tab, sidebar, self.follower, settings, changes)
        controls: list[Any] = [*sidebar.settings.controls.values()]
        self.values: dict[Any, Any] = dict.fromkeys([*controls, sidebar.settings.budgets.conversation])
        self.values |= {self.tab.conversation: "", self.tab.message_id: "", self.tab.window: 20}
        self.values[self.tab.temporary] = False
        self.values |= {self.tab.seen: "", self.tab.attached: "", self.tab.context: ""}
        self.values |= {self.tab.models.model: MODEL, self.tab.models.compare_with: ""}

    async def send(self, text: str) -> list[dict[Any, Any]]:
        """Send a message whose reply comes at once; gives what is shown of the Chatbot and the notices."""
        self.rig.provider.tell(TextDelta("Because."), REPORTED)
        shown = [seen async for seen in self.actions.send(self.values | {self.tab.message: text}, REQUEST)]
        for updates in shown:
            self.values |= {key: value for key, value in updates.items() if key in self.values}
        return shown

    def last_of(self, shown: list[dict[Any, Any]], component: Any) -> Any:
        """The last value that was shown in a component."""
        return [updates[component] for updates in shown if component in updates][-1]


@pytest.fixture
async def page(rig: Rig) -> Page:
    """Gradio would make an event loop, which nobody closes, where none is running."""
    return Page(rig)


async def test_a_message_reads_its_conversation_once(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    await page.send("Why?")
    reads, read = [], page.rig.store.conversation

    def counting(user: str, conversation_id: str) -> Any:
        reads.append(conversation_id)
        return read(user, conversation_id)

    monkeypatch.setattr(page.rig.store, "conversation", counting)
    shown = await page.send("How?")
    assert reads == [page.values[page.tab.conversation]] != [""]
    said = "".join(each["content"]["text"] for each in page.last_of(shown, page.tab.chatbot))
    assert re.findall("Why[?]|How[?]|Because.", said) == ["Why?", "Because.", "How?", "Because."]


async def test_the_first_word_comes_before_the_list(page: Page) -> None:
    shown = await page.send("Why?")
    listed = [page.follower.sidebar.conversations in updates for updates in shown]
    said = ["Because." in str(updates.get(page.tab.chatbot)) for updates in shown]
    assert True in listed
    assert said.index(True) < listed.index(True)


async def test_at_the_end_of_a_first_reply_its_chat_has_cost_what_it_did(page: Page) -> None:
    spend, listed = page.follower.sidebar.spend, page.follower.sidebar.conversations
    shown = await page.send("Why?")
    known = await page.follower.relist(page.values[page.tab.conversation], REQUEST)
    assert page.last_of(shown, spend) == known[spend]
    assert page.last_of(shown, listed) == known[listed]


async def test_what_a_reply_cost_is_shown_in_the_persons_currency_too(page: Page, rig: Rig) -> None:
    services_of(rig).preferences.set("ada", {"currency": "EUR", "currency_rate": "0.9"})
    shown = await page.send("Why?")
    last = page.last_of(shown, page.tab.chatbot)[-1]["content"]["text"]
    assert '<th scope="row">In EUR</th>' in last
    assert "1 USD = 0.9 EUR, set by hand" in page.last_of(shown, page.follower.sidebar.spend)


@pytest.mark.parametrize("is_shared", [False, True])
async def test_one_person_does_not_take_every_place_and_a_name_that_many_share_may(
    rig: Rig, is_shared: bool
) -> None:
    page = Page(rig, replace(services_of(rig), shares_name=lambda _user: is_shared))
    sent = page.values | {page.tab.message: "Why?"}
    asked = [page.actions.send(sent, REQUEST) for _ in range(MOST_OF_ONE + 5)]
    first = await asyncio.gather(*(anext(each) for each in asked))
    told = [updates[page.tab.notice] for updates in first if updates.get(page.tab.notice)]
    assert len(told) == (0 if is_shared else 5)
    assert all("You can have at most 50 replies in progress." in each for each in told)
    assert len(rig.store.summaries("ada")) == len(asked) - len(told)
    await rig.runner.close()
    for each in asked:
        await each.aclose()


async def test_a_message_in_a_conversation_that_is_gone_is_not_sent(page: Page) -> None:
    await page.send("Why?")
    page.rig.store.delete("ada", page.values[page.tab.conversation], NOW)
    [shown] = await page.send("How?")
    assert "This chat no longer exists. Start a new chat" in shown[page.tab.notice]
    assert (len(page.rig.provider.requests), page.rig.store.summaries("ada")) == (1, ())


async def test_an_edit_that_is_refused_says_why_and_shows_the_message_as_it_was(page: Page) -> None:
    await page.send("Why?")
    edited: Any = SimpleNamespace(index=0, value=" ")
    shown = [seen async for seen in page.actions.edit(page.values, edited, REQUEST)]
    assert "Write a message first." in page.last_of(shown, page.tab.notice)
    assert '<div class="typed" dir="auto">Why?</div>' in str(page.last_of(shown, page.tab.chatbot))


async def test_a_message_to_another_connection_goes_there_and_its_turn_knows_it(
    rig: Rig, tmp_path: Path
) -> None:
    groq = FakeProvider()
    groq.tell(TextDelta("Because."), REPORTED)
    (tmp_path / "connections.toml").write_text('[connections.Groq]\naddress = "https://groq.example"\n')
    page = Page(rig, services_of(rig, "ada", tmp_path, lambda _connection, _key: groq))
    page.values[page.tab.models.model] = f"Groq: {MODEL}"
    await page.send("Why?")
    retried: Any = SimpleNamespace(index=0)
    groq.tell(TextDelta("Because."), REPORTED)
    assert [seen async for seen in page.actions.retry(page.values, retried, REQUEST)]
    conversation = rig.store.conversation("ada", page.values[page.tab.conversation])
    assert conversation is not None
    assert [(turn.model, turn.connection) for turn in conversation.turns] == [(MODEL, "Groq")] * 2
    assert ([each.model for each in groq.requests], rig.provider.requests) == ([MODEL] * 2, [])

    (tmp_path / "connections.toml").unlink()
    [shown] = await page.send("How?")
    assert "There is no connection named “Groq” any more." in shown[page.tab.notice]


async def test_the_service_tier_that_is_set_is_asked_for(page: Page) -> None:
    page.rig.provider.endpoint = Endpoint("api.openai.com", "openai")
    page.values[page.tab.models.model] = "gpt-6-luna"
    page.values[page.actions.sidebar.settings.service_tier] = "flex"
    await page.send("Why?")
    assert [each.parameters for each in page.rig.provider.requests] == [Parameters(service_tier="flex")]


async def test_a_message_that_was_taken_before_shows_what_became_of_it(page: Page) -> None:
    page.values[page.tab.message_id] = "0123456789abcdef"
    first = await page.send("Why?")
    page.values[page.tab.conversation] = ""
    again = await page.send("Why?")
    for shown in (first, again):
        assert page.last_of(shown, page.tab.sent).startswith("0123456789abcdef ")
    assert page.last_of(again, page.tab.chatbot) == page.last_of(first, page.tab.chatbot)
    assert len(page.rig.provider.requests) == 1


async def test_a_page_that_opened_another_chat_before_the_message_was_taken_stays_there(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page.send("Why?")
    first = page.values[page.tab.conversation]
    start = page.rig.runner.start

    async def meanwhile(asks: Any, most: int | None) -> Any:
        taken = await start(asks, most)
        await page.actions.new_chat(REQUEST)
        return taken

    monkeypatch.setattr(page.actions.services.runner, "start", meanwhile)
    [shown] = await page.send("How?")
    assert list(shown) == [page.tab.sent]
    assert shown[page.tab.sent].endswith(f" {first}")


async def test_a_message_that_arrives_after_the_page_has_opened_another_chat_does_not_bring_its_own_back(
    page: Page,
) -> None:
    await page.send("Why?")
    await page.actions.new_chat(REQUEST)
    [shown] = await page.send("How?")
    assert list(shown) == [page.tab.sent]


def click(conversation_id: str) -> Any:
    return SimpleNamespace(_data={"open": conversation_id})


async def test_of_two_chats_that_are_opened_in_one_go_the_later_one_is_shown(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page.send("Why?")
    first = page.values[page.tab.conversation]
    await page.actions.new_chat(REQUEST)
    page.values[page.tab.conversation] = ""
    await page.send("How?")
    second = page.values[page.tab.conversation]
    is_held = threading.Event()
    settings_of = page.actions.settings.settings_of

    def slow_first(conversation_id: str, keeper: Any) -> Any:
        if conversation_id == first:
            is_held.wait()
        return settings_of(conversation_id, keeper)

    monkeypatch.setattr(OwnSettings, "settings_of", lambda _self, *given: slow_first(*given))
    earlier = asyncio.create_task(page.actions.pick(click(first), REQUEST))
    await asyncio.sleep(0)
    assert (await page.actions.pick(click(second), REQUEST))[page.tab.conversation] == second
    is_held.set()
    assert page.tab.conversation not in await earlier
    [nothing] = [shown async for shown in page.follower.follow(first, 20, REQUEST)]
    assert nothing == {page.tab.chatbot: gr.skip()}
    assert [shown async for shown in page.follower.follow(second, 20, REQUEST)]


async def test_a_chat_that_is_left_before_it_is_drawn_is_not_shown(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page.send("Why?")
    first = page.values[page.tab.conversation]
    following = page.follower.follow(first, 20, REQUEST)
    is_drawn, is_held = threading.Event(), threading.Event()
    currency = ChatServices.currency

    def slow(services: ChatServices, request: Any) -> Any:
        is_drawn.set()
        is_held.wait()
        return currency(services, request)

    monkeypatch.setattr(ChatServices, "currency", slow)
    drawn = asyncio.create_task(anext(following))
    await asyncio.to_thread(is_drawn.wait)
    await page.actions.new_chat(REQUEST)
    is_held.set()
    assert await drawn == {page.tab.chatbot: gr.skip()}
    assert [shown async for shown in following] == []


async def test_a_chat_that_cannot_be_opened_leaves_the_one_that_is_shown(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    await page.send("Why?")
    shown = page.values[page.tab.conversation]

    def broken(*_given: Any) -> Any:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(OwnSettings, "settings_of", broken)
        answer = await page.actions.new_chat(REQUEST)
    assert "The disk is full." in answer[page.tab.notice]
    assert [updates async for updates in page.follower.follow(shown, 20, REQUEST)]


async def test_chats_stay_listed_while_the_ledger_cannot_be_read(page: Page) -> None:
    await page.send("Why?")
    page.rig.ledger.trouble = "usage.csv was saved with semicolons."
    shown = await page.follower.relist(page.values[page.tab.conversation], REQUEST)
    assert "usage.csv was saved with semicolons." in shown[page.tab.notice]
    assert "Why?" in shown[page.follower.sidebar.conversations]


async def test_a_page_whose_address_names_no_chat_shows_the_reply_to_what_is_asked_in_it(page: Page) -> None:
    assert [shown async for shown in page.follower.follow("no-such", 20, REQUEST)]
    said = str(page.last_of(await page.send("Why?"), page.tab.chatbot))
    assert "Because." in said


async def test_a_page_that_did_not_hear_of_its_first_reply_shows_that_to_another_message(page: Page) -> None:
    await page.send("Why?")
    page.values[page.tab.conversation] = ""
    assert "Because." in str(page.last_of(await page.send("How?"), page.tab.chatbot))


KEPT = "0123456789abcdef"


def told(conversation_id: Any, *changes: Any) -> Any:
    """Return the event by which the page tells what waits."""
    return SimpleNamespace(_data={"conversation": conversation_id, "changes": [*changes]})


async def test_what_waits_is_kept_until_it_has_been_asked(page: Page) -> None:
    await page.send("Why?")
    here = page.values[page.tab.conversation]
    await page.actions.keep_waiting(told(here, [KEPT, "How?"], ["fedcba9876543210", "When?"]), REQUEST)
    conversation = page.rig.store.conversation("ada", here)
    assert conversation is not None
    assert still_waiting(conversation) == (
        WaitingMessage(KEPT, "How?"),
        WaitingMessage("fedcba9876543210", "When?"),
    )
    page.values[page.tab.message_id] = KEPT
    shown = await page.send("How?")
    assert "When?" in page.last_of(shown, page.tab.state)
    assert "How?" not in page.last_of(shown, page.tab.state)


@pytest.mark.parametrize(
    "data",
    [
        *(None, 7, "here", [[KEPT, "text"]], {}),
        {"conversation": None, "changes": None},
        {"conversation": "here", "changes": [["only an id"]]},
        {"conversation": "here", "changes": [[1, 2]]},
        {"conversation": "here", "changes": [[KEPT, "text"]] * 101},
    ],
)
async def test_what_no_page_says_of_what_waits_is_refused(data: Any, page: Page) -> None:
    notice = await page.actions.keep_waiting(SimpleNamespace(_data=data), REQUEST)  # type: ignore[arg-type]
    assert "Reload it." in notice[page.tab.notice]


@pytest.mark.parametrize("data", [None, 0, 7.5, "here", ["x"], {}, {"choose": ["x"], "turn": 7, "open": {}}])
async def test_what_no_page_sends_with_a_click_changes_nothing(data: Any, page: Page) -> None:
    await page.send("Why?")
    here = page.values[page.tab.conversation]
    before, event, actions = page.rig.store.conversation("ada", here), gr.EventData(None, data), page.actions
    assert "Reload the page." in (await actions.choose(event, REQUEST))[page.tab.notice]
    assert "Reload the page." in (await actions.show_version(event, here, 20, REQUEST))[page.tab.notice]
    assert (await actions.pick(event, REQUEST))[page.tab.conversation] == ""
    await actions.delete(event, here, REQUEST)
    await actions.undo(event, here, REQUEST)
    assert page.rig.store.conversation("ada", here) == before


async def test_an_id_that_no_page_makes_is_not_kept(page: Page) -> None:
    await page.send("Why?")
    here = page.values[page.tab.conversation]
    await page.actions.keep_waiting(told(here, ["short", "How?"], ["x" * 65, "When?"]), REQUEST)
    conversation = page.rig.store.conversation("ada", here)
    assert conversation is not None
    assert conversation.waiting == ()


def on_row(conversation_id: str, **more: str) -> Any:
    return SimpleNamespace(_data={"id": conversation_id, **more})


async def test_a_deleted_chat_gives_way_to_a_new_one_and_comes_back_when_that_is_undone(page: Page) -> None:
    await page.send("Why?")
    shown, tab, notices = page.values[page.tab.conversation], page.tab, page.actions.sidebar.notices
    deleted = await page.actions.delete(on_row(shown), shown, REQUEST)
    assert deleted[tab.conversation] == ""
    assert "“<bdi>Why?</bdi>” was deleted." in deleted[notices]
    assert page.rig.store.conversation("ada", shown) is None
    undone = await page.actions.undo(on_row(shown, open="true"), "", REQUEST)
    assert (undone[tab.conversation], undone[notices]) == (shown, "")
    assert page.rig.store.conversation("ada", shown) is not None


async def test_deleting_another_chat_leaves_the_one_shown(page: Page) -> None:
    await page.send("Why?")
    first, tab = page.values[page.tab.conversation], page.tab
    await page.actions.new_chat(REQUEST)
    page.values[tab.conversation] = ""
    await page.send("How?")
    second = page.values[tab.conversation]
    assert (await page.actions.delete(on_row(first), second, REQUEST))[tab.conversation] == second
    assert (await page.actions.undo(on_row(first), second, REQUEST))[tab.conversation] == second


async def test_what_is_gone_for_good_is_said_to_be(page: Page) -> None:
    await page.send("Why?")
    shown, notices = page.values[page.tab.conversation], page.actions.sidebar.notices
    await page.actions.delete(on_row(shown), shown, REQUEST)
    page.rig.store.purge_deleted(NOW + timedelta(seconds=12))
    undone = await page.actions.undo(on_row(shown), "", REQUEST)
    assert list(undone) == [notices]
    assert "It is too late to undo this: the chat has been deleted for good." in undone[notices]


async def test_a_chat_in_which_a_reply_is_being_written_is_not_deleted(page: Page, rig: Rig) -> None:
    turn = (await rig.runner.start([rig.ask()])).turn
    refused = await page.actions.delete(on_row(turn.conversation_id), "", REQUEST)
    assert (
        "This chat cannot be deleted yet: a reply is being written" in refused[page.actions.sidebar.notices]
    )
    assert rig.store.conversation("ada", turn.conversation_id) is not None
    rig.runner.stop(turn.id)
    await rig.end_of(turn)


async def test_who_is_not_signed_in_deletes_nothing(page: Page, rig: Rig) -> None:
    await page.send("Why?")
    shown = page.values[page.tab.conversation]
    nobody = Page(rig, services_of(rig, NOBODY))
    for act in (nobody.actions.delete, nobody.actions.undo):
        assert await act(on_row(shown), "", REQUEST) == {nobody.tab.notice: gr.skip()}
    assert rig.store.conversation("ada", shown) is not None


async def test_a_message_that_is_out_is_taken_even_if_its_file_cannot_be_noted_as_sent(
    page: Page, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told that it was not sent, somebody would send it again, and pay twice."""
    contents = FileContents(kind="text", media_type="text/plain", pages=("Hello.",))
    rig.files.take("ada", "a.txt", b"Hello.", lambda _data, _name: contents, 10**6)
    [file] = [{"hash": sha256(b"Hello.").hexdigest(), "name": "a.txt"}]
    page.values |= {page.tab.attached: json.dumps([file])}

    def failing(_user: str, _hash: str) -> None:
        raise StoreError("Nothing can be saved: disk full.")

    monkeypatch.setattr(rig.files, "was_sent", failing)
    shown = await page.send("What is in it?")
    assert "disk full" not in str(page.last_of(shown, page.tab.notice))
    [sent] = [updates[page.tab.sent] for updates in shown if page.tab.sent in updates]
    [turn] = chat_turns(page)
    assert turn.id in sent.split()
    assert turn.status == "completed"


def chat_turns(page: Page) -> tuple[Turn, ...]:
    """Return the turns of the chat that is shown."""
    conversation = page.rig.store.conversation("ada", page.values[page.tab.conversation])
    assert conversation is not None
    return conversation.turns
