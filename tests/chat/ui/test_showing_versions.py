"""Going to other versions, to a message by its address, and to a copy, without a browser."""

from types import SimpleNamespace
from typing import Any

import pytest

from chat.conversation import Conversation
from chat.providers import Completed, TextDelta
from chat.ui.chat_tab import MOST_TURNS, WINDOW, window_with
from tests.chat.ui.test_actions import REQUEST, Page
from tests.helpers.chats import services_of
from tests.helpers.fakes import Rig
from usage.ledger import NOBODY
from usage.units import TokenUsage

_REPLY = (TextDelta("Because."), Completed(TokenUsage(input=100, output=10)))


@pytest.fixture
async def page(rig: Rig) -> Page:
    return Page(rig)


def chat_of(page: Page) -> Conversation:
    """The conversation that the page shows, as it is kept."""
    conversation = page.rig.store.conversation("ada", page.values[page.tab.conversation])
    assert conversation is not None
    return conversation


async def retry(page: Page) -> None:
    page.rig.provider.tell(*_REPLY)
    last: Any = SimpleNamespace(index=0)
    assert [seen async for seen in page.actions.retry(page.values, last, REQUEST)]


async def ask_for(page: Page, turn: object, how: str = "", user: Any = None) -> dict[Any, Any]:
    """Fire the event of the version controls."""
    event: Any = SimpleNamespace(_data={"turn": turn, "how": how})
    actions = user or page.actions
    return dict(await actions.show_version(event, page.values[page.tab.conversation], 20, REQUEST))


async def shown(page: Page) -> str:
    """What the Chatbot holds when the page looks again."""
    seen = [
        updates async for updates in page.follower.follow(page.values[page.tab.conversation], 20, REQUEST)
    ]
    return str(page.last_of(seen, page.tab.chatbot))


async def test_a_version_says_which_it_is_and_what_each_cost_and_leads_to_the_others(page: Page) -> None:
    await page.send("Why?")
    assert 'class="versions"' not in await shown(page)
    await retry(page)
    first, second = chat_of(page).turns
    html = await shown(page)
    assert f'name="previous-version" value="{first.id}"' in html
    assert 'name="next-version" disabled' in html
    assert "1: $0.0002 · priced&#10;2: $0.0002 · priced" in html

    assert (await ask_for(page, first.id))[page.tab.notice] == ""
    html = await shown(page)
    assert f'name="next-version" value="{second.id}"' in html
    assert "</span>1/2</button>" in html


async def test_a_page_that_shows_another_branch_sends_nothing_and_is_shown_what_is_there(page: Page) -> None:
    await page.send("Why?")
    await retry(page)
    first, second = chat_of(page).turns
    page.values[page.tab.seen] = second.id
    page.rig.store.show_turn("ada", first.conversation_id, first.id)
    calls = len(page.rig.provider.requests)

    updates = await page.send("And now?")

    assert "This chat has changed in another window" in page.last_of(updates, page.tab.notice)
    assert f'name="next-version" value="{second.id}"' in str(page.last_of(updates, page.tab.chatbot))
    assert (len(page.rig.provider.requests), len(chat_of(page).turns)) == (calls, 2)
    page.values[page.tab.seen] = first.id
    await page.send("And now?")
    assert [turn.parent_id for turn in chat_of(page).turns][2:] == [first.id]


async def test_a_message_that_was_taken_is_no_trouble_when_the_page_did_not_hear_of_it(page: Page) -> None:
    await page.send("Why?")
    page.values |= {page.tab.seen: chat_of(page).turns[0].id, page.tab.message_id: "0123456789abcdef"}
    await page.send("How?")
    again = await page.send("How?")
    assert page.last_of(again, page.tab.notice) == ""
    assert len(chat_of(page).turns) == 2


async def test_a_copy_opens_and_costs_nothing(page: Page) -> None:
    await page.send("Why?")
    [turn], entries = chat_of(page).turns, list(page.rig.ledger.entries())
    opened = await ask_for(page, turn.id, "fork")
    copied = opened[page.tab.conversation]
    assert copied not in ("", turn.conversation_id)
    assert list(page.rig.ledger.entries()) == entries
    page.values[page.tab.conversation] = copied
    html = await shown(page)
    assert "Because." in html
    assert "$0.0002" in html
    spent = page.actions.services.spent("ada", chat_of(page))
    assert spent.conversation.cost_usd == 0
    await page.send("How?")
    assert page.actions.services.spent("ada", chat_of(page)).conversation.cost_usd > 0


@pytest.mark.parametrize("how", ["", "compared", "fork", "rubbish"])
@pytest.mark.parametrize("turn", ["no-such", "", None, [], {"a": 1}, "x" * 100_000])
async def test_rubbish_changes_nothing(page: Page, turn: object, how: str) -> None:
    await page.send("Why?")
    before = chat_of(page)
    assert "This message no longer exists." in (await ask_for(page, turn, how))[page.tab.notice]
    assert (chat_of(page), len(page.rig.store.summaries("ada"))) == (before, 1)


@pytest.mark.parametrize("user", ["eve", NOBODY])
@pytest.mark.parametrize("how", ["", "compared", "fork"])
async def test_nobody_else_goes_to_a_version_or_copies(rig: Rig, user: str, how: str) -> None:
    page, stranger = Page(rig), Page(rig, services_of(rig, user))
    await page.send("Why?")
    await retry(page)
    before = chat_of(page)
    answer = await ask_for(page, before.turns[0].id, how, stranger.actions)
    assert "This message no longer exists." in answer[stranger.tab.notice]
    assert (chat_of(page), rig.store.summaries(user)) == (before, ())
    window = await stranger.follower.lead_to(before.id, before.turns[0].id, REQUEST)
    assert (window, chat_of(page)) == (WINDOW, before)


async def test_an_address_leads_to_another_branch_and_to_rubbish_not_at_all(page: Page) -> None:
    await page.send("Why?")
    await retry(page)
    first, second = chat_of(page).turns
    for turn_id, current in (("no-such", second), (first.id, first), ("", first), (second.id, second)):
        event: Any = SimpleNamespace(_data={"open": second.conversation_id, "turn": turn_id})
        opened = await page.actions.pick(event, REQUEST)
        assert (opened[page.tab.conversation], opened[page.tab.window]) == (first.conversation_id, WINDOW)
        assert chat_of(page).current_turn_id == current.id


async def test_a_page_opened_by_an_address_shows_the_message_that_it_names(page: Page) -> None:
    await page.send("Why?")
    await retry(page)
    first, _second = chat_of(page).turns
    named = {"c": first.conversation_id, "m": first.id}
    request: Any = SimpleNamespace(session_hash="new page", query_params=named)
    updates = [seen async for seen in page.follower.open_from_address(WINDOW, request)]
    assert page.last_of(updates, page.tab.window) == WINDOW
    assert chat_of(page).current_turn_id == first.id
    assert "</span>1/2</button>" in str(page.last_of(updates, page.tab.chatbot))


def test_the_window_grows_to_a_message_and_the_one_before_it_and_has_an_end() -> None:
    named = [SimpleNamespace(id=str(number)) for number in range(30)]
    given: Any = named
    assert window_with("29", given, WINDOW) == WINDOW
    assert window_with("11", given, WINDOW) == WINDOW
    assert window_with("10", given, WINDOW) == WINDOW + 1
    assert window_with("0", given, WINDOW) == 31
    assert window_with("no-such", given, WINDOW) == WINDOW
    assert window_with("0", given * 100, WINDOW) == MOST_TURNS
    assert window_with("29", given, 50) == 50
