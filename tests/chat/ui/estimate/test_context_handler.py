"""The choice of what goes along, as the page's events make it: whose chat it is, and what becomes of it."""

import re
from datetime import UTC
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from chat.archive import conversation_html, conversation_markdown
from chat.calls import SUMMARY_QUESTION
from chat.calls.question import BEFORE_SUMMARY
from chat.conversation import EVERYTHING, Context, Conversation, Turn
from chat.providers import ChatError, Completed, CompletionEvent, TextDelta
from chat.store import StoreError
from chat.ui.estimate import ContextHandler, EstimateHandler, context_in
from tests.chat.ui.test_actions import REQUEST, Page
from tests.helpers.chats import services_of
from tests.helpers.fakes import NOW, Rig
from usage.ledger import NOBODY
from usage.units import TokenUsage, format_usd


@pytest.fixture
async def page(rig: Rig) -> Page:
    return Page(rig)


def chat_of(page: Page) -> Conversation:
    conversation = page.rig.store.conversation("ada", page.values[page.tab.conversation])
    assert conversation is not None
    return conversation


async def choose(page: Page, sent: object, user: str = "ada") -> dict[Any, Any]:
    """Fire the event of the choice, as this person."""
    handler = ContextHandler(services_of(page.rig, user), page.tab)
    event: Any = SimpleNamespace(_data=sent)
    return dict(await handler.choose(event, page.values[page.tab.conversation], REQUEST))


async def eye(page: Page, turn: object, how: str, user: str = "ada") -> str:
    """Press the eye at a message, as this person; gives what the page is told."""
    actions = page.actions if user == "ada" else Page(page.rig, services_of(page.rig, user)).actions
    event: Any = SimpleNamespace(_data={"turn": turn, "how": how})
    told = await actions.show_version(event, page.values[page.tab.conversation], 20, REQUEST)
    return str(next(iter(told.values())))


def sent_last(page: Page) -> list[str]:
    return [message.text for message in page.rig.provider.requests[-1].prompt.messages]


async def test_a_chat_keeps_its_choice_and_its_copy_has_it_too(page: Page) -> None:
    for question in ("One?", "Two?", "Three?"):
        await page.send(question)
    await choose(page, {"kind": "last", "number": "1"})
    assert chat_of(page).context == Context("last", turns=1)
    await page.send("Four?")
    assert sent_last(page) == ["Three?", "Because.", "Four?"]
    copied = page.rig.store.fork("ada", chat_of(page).turns[-1].id, page.rig.preparation.new_id, NOW)
    copy = page.rig.store.conversation("ada", copied)
    assert copy is not None
    assert copy.context == Context("last", turns=1)
    await choose(page, {"kind": "everything"})
    assert chat_of(page).context == EVERYTHING


@pytest.mark.parametrize("temporary", [False, True])
async def test_the_choice_for_a_new_chat_goes_with_its_first_message(page: Page, temporary: bool) -> None:
    page.values[page.tab.temporary] = temporary
    told = await choose(page, {"kind": "last", "number": "0"})
    assert page.rig.store.summaries("ada") == ()
    page.values[page.tab.context] = told[page.tab.context]
    await page.send("One?")
    assert chat_of(page).context == Context("last", turns=0)
    await page.send("Two?")
    assert sent_last(page) == ["Two?"]
    await choose(page, {"kind": "everything", "number": ""})
    await page.send("Three?")
    assert sent_last(page) == ["One?", "Because.", "Two?", "Because.", "Three?"]


async def test_another_persons_chat_and_message_stay_as_they_are(page: Page) -> None:
    await page.send("One?")
    before = chat_of(page)
    said = await choose(page, {"kind": "last", "number": "1"}, user="eve")
    assert "This chat no longer exists." in said[page.tab.notice]
    assert "This message no longer exists." in await eye(page, before.turns[0].id, "leave-out", user="eve")
    await choose(page, {"kind": "last", "number": "1"}, user=NOBODY)
    assert "no longer exists" in await eye(page, before.turns[0].id, "leave-out", user=NOBODY)
    assert chat_of(page) == before


@pytest.mark.parametrize(
    "sent",
    [None, [], "last", {}, {"kind": "last"}, {"kind": "last", "number": 3}, {"kind": {}, "number": "3"}],
)
async def test_rubbish_chooses_nothing(page: Page, sent: object) -> None:
    await page.send("One?")
    assert "out of date" in (await choose(page, sent))[page.tab.notice]
    assert chat_of(page).context == EVERYTHING


@pytest.mark.parametrize("written", [None, "", "{", "[]", '{"kind":"other"}', '{"kind":[]}', 7, "x" * 99])
def test_a_page_that_holds_rubbish_has_everything_go_along(written: object) -> None:
    assert context_in(written) == EVERYTHING


async def test_a_message_that_is_left_out_is_not_sent_until_it_is_taken_along_again(page: Page) -> None:
    await page.send("One?")
    await page.send("Two?")
    first = chat_of(page).turns[0]
    assert await eye(page, first.id, "leave-out") == ""
    follow = page.follower.follow(first.conversation_id, 20, REQUEST)
    html = str(page.last_of([seen async for seen in follow], page.tab.chatbot))
    assert re.findall(r'name="(leave-out|take-along)" value="([^"]+)"', html) == [
        ("take-along", first.id),
        ("leave-out", chat_of(page).turns[1].id),
    ]
    assert html.count("Left out: not sent to the model") == 1
    await page.send("Three?")
    assert sent_last(page) == ["Two?", "Because.", "Three?"]
    assert await eye(page, first.id, "take-along") == ""
    await page.send("Four?")
    assert sent_last(page)[0] == "One?"


async def test_what_is_left_out_stays_so_when_the_end_of_a_call_is_written(page: Page) -> None:
    await page.send("One?")
    turn = chat_of(page).turns[0]
    page.rig.store.leave_out("ada", turn.id, left_out=True)
    page.rig.store.finish_turn(turn)
    assert page.rig.stored(turn).is_left_out


async def shown(page: Page, typed: str = "") -> str:
    """What is shown beside the estimate."""
    services = services_of(page.rig)
    handler = EstimateHandler(services, page.tab, page.actions.sidebar, ContextHandler(services, page.tab))
    held = {
        page.tab.conversation: page.values[page.tab.conversation],
        page.tab.message: typed,
        page.tab.models.model: "priced",
    }
    values = dict.fromkeys(handler.inputs, "") | held
    return str((await handler.estimate(values, REQUEST))[page.tab.along])


async def test_each_choice_is_shown_with_its_tokens_and_costs(page: Page) -> None:
    assert await shown(page) == ""
    assert "sends everything" in await shown(page, "Why?")
    for _ in range(6):
        await page.send("Why?")
    await choose(page, {"kind": "last", "number": "2"})
    html = await shown(page, "Why?")
    assert "with 2 of 6 earlier messages" in html
    rows = re.findall(r'value="(\w+)"( checked)?.*?<td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>', html)
    # A question takes 5 tokens, a reply of 2 with what surrounds it 8, and 3 come before the next reply.
    # A token of the prompt costs a millionth of a dollar, one of the reply ten.
    figures = [(kind, checked, re.sub("<.*?>", "", "|".join(rest))) for kind, checked, *rest in rows]
    prompts = [8 + 6 * 13 + 13 * number for number in range(10)]
    assert figures == [
        ("everything", "", f"86|$0.00011|${(sum(prompts) + 200) / 1e6:.4f}"),
        ("last", " checked", f"34|$0.000054|${(10 * 34 + 200) / 1e6:.5f}"),
        ("tokens", "", f"86|$0.00011|${(sum(prompts) + 200) / 1e6:.4f}"),
        # A fourth of the 78 tokens before, and the question that stands before it.
        ("summary", "", f"{8 + 39}|$0.000067|${(10 * 47 + 13 * 45 + 200) / 1e6:.4f}"),
    ]


async def test_the_choice_of_a_chat_that_is_gone_is_refused(page: Page) -> None:
    with pytest.raises(StoreError, match="no longer exists"):
        page.rig.store.set_context("ada", "no-such", EVERYTHING)
    with pytest.raises(StoreError, match="no longer exists"):
        page.rig.store.leave_out("ada", "no-such", left_out=True)


async def summarize(page: Page, *events: CompletionEvent) -> Turn:
    """Ask for a summary, whose call has these events; gives its turn."""
    page.rig.provider.tell(*(events or (TextDelta("We asked."), Completed(TokenUsage(input=90, output=3)))))
    shown = [seen async for seen in page.actions.summarize(page.values, REQUEST)]
    page.values |= {key: value for update in shown for key, value in update.items() if key in page.values}
    return chat_of(page).branch[-1]


async def test_a_summary_goes_along_in_place_of_what_is_before_it(page: Page) -> None:
    await page.send("One?")
    await page.send("Two?")
    turn = await summarize(page)
    assert sent_last(page) == ["One?", "Because.", "Two?", "Because.", SUMMARY_QUESTION]
    assert (turn.is_summary, turn.reply, turn.status) == (True, "We asked.", "completed")
    assert turn.question == ""  # so that nobody finds or exports what nobody wrote
    text, html = conversation_markdown(chat_of(page), UTC), conversation_html(chat_of(page), UTC)
    assert "## Summary of the earlier messages" in text
    assert "Summary of the earlier messages <time>" in html
    [row] = [row for row in page.rig.ledger.entries() if row.call.purpose == "summary"]
    assert (row.call.turn_id, row.cost_usd) == (turn.id, Decimal("0.00012"))
    assert chat_of(page).context.kind == "summary"
    await page.send("Three?")
    assert sent_last(page) == [BEFORE_SUMMARY, "We asked.", "Three?"]

    follow = page.follower.follow(turn.conversation_id, 20, REQUEST)
    html = str(page.last_of([seen async for seen in follow], page.tab.chatbot))
    assert "Summary of the 2 earlier messages" in html
    assert "One?" in html
    assert SUMMARY_QUESTION not in html

    # Another one says what this one says, and what came after it.
    again = await summarize(page)
    assert sent_last(page)[:4] == [BEFORE_SUMMARY, "We asked.", "Three?", "Because."]
    assert again.parent_id == chat_of(page).branch[-2].id
    await choose(page, {"kind": "everything"})
    await page.send("Four?")
    assert sent_last(page)[0::2] == ["One?", "Two?", "Three?", "Four?"]


async def test_a_summary_that_failed_or_was_stopped_changes_nothing_of_what_is_sent(page: Page) -> None:
    await page.send("One?")
    await choose(page, {"kind": "last", "number": "7"})
    page.rig.provider.tell(TextDelta("We as"), ChatError("It broke."))
    assert [seen async for seen in page.actions.summarize(page.values, REQUEST)]
    turn = chat_of(page).branch[-1]
    assert (turn.is_summary, turn.status) == (True, "failed")
    assert len([row for row in page.rig.ledger.entries() if row.call.purpose == "summary"]) == 1
    assert chat_of(page).context == Context("last", turns=7)
    await page.send("Two?")
    assert sent_last(page) == ["One?", "Because.", "Two?"]


async def test_there_is_nothing_to_summarize_in_a_new_chat_or_another_persons(page: Page) -> None:
    told = [seen async for seen in page.actions.summarize(page.values, REQUEST)]
    assert "nothing to summarize" in str(told)
    await page.send("One?")
    theirs = Page(page.rig, services_of(page.rig, "eve"))
    theirs.values[theirs.tab.conversation] = page.values[page.tab.conversation]
    told = [seen async for seen in theirs.actions.summarize(theirs.values, REQUEST)]
    assert "no longer exists" in str(told)
    assert len(chat_of(page).turns) == 1


async def edit(page: Page, turn: Turn, text: object, user: str = "ada") -> str:
    """Save another text for a summary, as this person; gives what the page is told."""
    actions = page.actions if user == "ada" else Page(page.rig, services_of(page.rig, user)).actions
    event: Any = SimpleNamespace(_data={"turn": turn.id, "how": "edit-summary", "text": text})
    told = await actions.show_version(event, turn.conversation_id, 20, REQUEST)
    return str(next(iter(told.values())))


async def test_a_summary_can_be_changed_by_its_owner_and_a_reply_by_nobody(page: Page) -> None:
    await page.send("One?")
    summary = await summarize(page)
    assert await edit(page, summary, "We said otherwise.") == ""
    await page.send("Two?")
    assert sent_last(page) == [BEFORE_SUMMARY, "We said otherwise.", "Two?"]
    before = chat_of(page)
    for turn, text, user in (
        (summary, "Mine.", "eve"),
        (summary, "Mine.", NOBODY),
        (summary, " ", "ada"),
        (summary, None, "ada"),
        (summary, "x" * 100_001, "ada"),
        (before.turns[0], "Not so.", "ada"),
    ):
        assert await edit(page, turn, text, user) != ""
    assert chat_of(page) == before


async def test_the_next_message_is_asked_with_the_chats_own_settings_not_the_summarys(page: Page) -> None:
    await page.send("One?")
    await choose(page, {"kind": "summary-model", "number": "other"})
    summary = await summarize(page)
    assert (summary.model, summary.parameters.max_output_tokens) == ("other", 4_000)
    settings = page.actions.settings.settings_of(
        summary.conversation_id, page.actions.services.keeper(REQUEST)
    )
    assert settings[page.tab.models.model] == "priced"


async def test_a_summary_and_its_price_are_offered_once_there_is_something_to_sum_up(page: Page) -> None:
    assert "summarize-now" not in await shown(page, "Why?")
    await page.send("Why?")
    html = await shown(page)
    assert re.search(r'id="context-summary" value="summary" disabled', html)
    # 3 + 13 tokens of the chat and 4 of the question's frame, its text, and a reply of a fourth of the 13.
    tokens = 3 + 13 + 4 + -(-len(SUMMARY_QUESTION) // 4)
    cost = format_usd(Decimal(tokens + 3 * 10) / 1_000_000)
    assert cost in re.sub("<.*?>", "", html.split("summarize-now")[1].split("</p>")[0])
    await summarize(page)
    html = await shown(page)
    assert "summarize-now" not in html
    assert re.search(r'id="context-summary" value="summary" checked', html)


async def test_advice_comes_as_the_context_fills_and_is_gone_for_good_once_it_is_dismissed(
    page: Page,
) -> None:
    for _ in range(3):
        await page.send("Why? " * 180)
    assert "advice-take" not in await shown(page, "Why?")
    await page.send("Why? " * 60)
    html = await shown(page, "Why?")
    assert "This chat fills 8" in html
    assert f'id="advice-take" value="{chat_of(page).turns[-1].id}"' in html
    for user in ("eve", NOBODY):
        await choose(page, {"kind": "dismiss-advice"}, user=user)
    assert "advice-take" in await shown(page, "Why?")
    assert (await choose(page, {"kind": "dismiss-advice"}))[page.tab.notice] == ""
    assert "advice-take" not in await shown(page, "Why?")
    assert chat_of(page).context == Context(is_advised=True)
    await choose(page, {"kind": "last", "number": "9"})
    assert chat_of(page).context == Context("last", turns=9, is_advised=True)


async def test_no_advice_is_given_where_little_goes_along(page: Page) -> None:
    for _ in range(4):
        await page.send("Why? " * 160)
    assert "advice-take" in await shown(page, "Why?")
    await choose(page, {"kind": "last", "number": "0"})
    assert "advice-take" not in await shown(page, "Why?")
