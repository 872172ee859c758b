"""A model names a new chat: asked once, its cost recorded in any case, never over a person's own title."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from chat.calls import TITLE_PARAMETERS, Ask
from chat.calls.titles import MOST_QUOTED, MOST_TOKENS, title_in, title_question
from chat.providers import Completed, RequestRefused, Retrying, Sending, TextDelta
from tests.chat.conftest import MakeRig
from tests.helpers.fakes import MODEL, FakeProvider, Rig, until
from usage.budgets import Limit
from usage.units import TokenUsage

ENDED = Completed(TokenUsage(input=100, output=10))
QUESTION = "Why is the sky blue?\nAnd at dusk?"
FIRST_TITLE = "Why is the sky blue?"
NAMED = (TextDelta("The colour of "), TextDelta("the sky"), ENDED)


def title_ask(provider: FakeProvider) -> Ask:
    """Return what is asked of this provider for a title."""
    return Ask(
        user="ada",
        conversation=None,
        parent_id=None,
        question="",
        model=MODEL,
        parameters=TITLE_PARAMETERS,
        provider=provider,
        key_owner="app",
        purpose="title",
    )


async def replied(rig: Rig, namer: FakeProvider, *events: object, **changes: object) -> str:
    """Ask a question whose reply is complete unless other events are given; return the chat's id."""
    told = events or (TextDelta("Scattering."), ENDED)
    ended = await rig.answered(*told, question=QUESTION, title_ask=title_ask(namer), **changes)  # type: ignore[arg-type]
    return ended.conversation_id


async def title_after(rig: Rig, conversation_id: str) -> str:
    """Return the chat's title once nobody is naming it."""
    await until(lambda: not rig.runner.naming_in("ada"))
    conversation = rig.store.conversation("ada", conversation_id)
    assert conversation is not None
    return conversation.title


def purposes(rig: Rig) -> list[tuple[str, str, str]]:
    return [(row.call.purpose, row.status, row.usage_source) for row in rig.ledger.rows]


async def test_a_new_chat_is_named_after_its_first_reply_and_that_call_is_recorded(rig: Rig) -> None:
    namer = FakeProvider(*NAMED)
    chat = await replied(rig, namer)
    assert rig.runner.naming_in("ada") == {chat}
    assert rig.runner.naming_in("somebody else") == set()
    assert await title_after(rig, chat) == "The colour of the sky"
    reply, title = rig.ledger.rows
    assert (title.call.purpose, title.call.conversation_id) == ("title", chat)
    assert title.call.turn_id == reply.call.turn_id
    assert title.usage == ENDED.usage
    assert rig.store.pending_calls() == ()
    [request] = namer.requests
    assert request.parameters == TITLE_PARAMETERS
    assert [message.text for message in request.prompt.messages][-1] == (
        f"Person: {QUESTION}\n\nAssistant: Scattering."
    )


async def test_the_call_is_saved_before_it_goes_out_and_has_no_text(rig: Rig) -> None:
    namer = FakeProvider()
    await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    [pending] = rig.store.calls_without_turn.pending()
    assert (pending.is_out, pending.call.purpose, pending.has_turn) == (True, "title", False)
    namer.tell(*NAMED)
    await until(lambda: not rig.runner.naming_in("ada"))


@pytest.mark.parametrize(
    "events", [(TextDelta("Scat"), RequestRefused("No.")), (ENDED,), (TextDelta("  "), ENDED)]
)
async def test_no_reply_no_title(rig: Rig, events: tuple[object, ...]) -> None:
    namer = FakeProvider(*NAMED)
    chat = await replied(rig, namer, *events)
    assert (await title_after(rig, chat), namer.requests) == (FIRST_TITLE, [])


async def test_a_stopped_reply_gets_no_title(rig: Rig) -> None:
    namer = FakeProvider(*NAMED)
    turn = await rig.start(rig.ask(QUESTION, title_ask=title_ask(namer)))
    rig.provider.tell(TextDelta("Scat"))
    await until(lambda: rig.provider.has_said_all)
    rig.runner.stop(turn.id)
    await rig.end_of(turn)
    assert (await title_after(rig, turn.conversation_id), namer.requests) == (FIRST_TITLE, [])


async def test_a_title_that_a_person_gave_is_neither_asked_for_nor_replaced(rig: Rig) -> None:
    namer = FakeProvider()
    turn = await rig.start(rig.ask(QUESTION, title_ask=title_ask(namer)))
    rig.store.rename("ada", turn.conversation_id, "Mine")
    rig.provider.tell(TextDelta("Scattering."), ENDED)
    await rig.end_of(turn)
    assert (await title_after(rig, turn.conversation_id), namer.requests) == ("Mine", [])


async def test_a_title_given_while_the_model_thinks_stays(rig: Rig) -> None:
    namer = FakeProvider()
    chat = await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    rig.store.rename("ada", chat, "Mine")
    namer.tell(*NAMED)
    assert await title_after(rig, chat) == "Mine"
    assert purposes(rig)[1] == ("title", "completed", "reported")


async def test_a_chat_that_is_deleted_meanwhile_stays_deleted_and_the_call_is_recorded(rig: Rig) -> None:
    namer = FakeProvider()
    chat = await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    rig.store.delete("ada", chat, rig.preparation.clock())
    namer.tell(*NAMED)
    await until(lambda: not rig.runner.naming_in("ada"))
    assert (rig.store.conversation("ada", chat), len(rig.ledger.rows)) == (None, 2)


@pytest.mark.parametrize("ending", [RequestRefused("No such model."), Completed(None)])
async def test_what_the_endpoint_refuses_or_leaves_empty_is_no_title(
    rig: Rig, ending: Completed | RequestRefused
) -> None:
    chat = await replied(rig, FakeProvider(ending))
    assert await title_after(rig, chat) == FIRST_TITLE
    assert [row.call.purpose for row in rig.ledger.rows] == ["reply", "title"]
    assert rig.store.pending_calls() == ()


async def test_a_model_that_does_not_stop_is_ended(rig: Rig) -> None:
    namer = FakeProvider(TextDelta("Blue sky\n"), *[TextDelta("and so on " * 1_000)] * 10)
    chat = await replied(rig, namer)
    assert await title_after(rig, chat) == "Blue sky"
    assert purposes(rig)[1:] == [("title", "completed", "estimated")]


async def test_a_call_that_is_refused_and_made_again_is_one_row(rig: Rig) -> None:
    namer = FakeProvider(Retrying("Busy", 0), Sending(), *NAMED)
    chat = await replied(rig, namer)
    assert await title_after(rig, chat) == "The colour of the sky"
    assert len(rig.ledger.rows) == 2


async def test_a_budget_that_is_spent_leaves_the_first_title(make_rig: MakeRig) -> None:
    rig = make_rig(limits=[Limit(Decimal("0.001"), "day", "all")])
    namer = FakeProvider(*NAMED)
    chat = await replied(rig, namer)
    assert (await title_after(rig, chat), namer.requests) == (FIRST_TITLE, [])
    assert purposes(rig) == [("reply", "completed", "reported")]
    assert rig.store.pending_calls() == ()


async def test_when_tally_ends_the_call_is_ended_and_recorded(rig: Rig) -> None:
    namer = FakeProvider()
    chat = await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    await rig.runner.close()
    assert purposes(rig)[1] == ("title", "interrupted", "estimated")
    assert (rig.store.pending_calls(), await title_after(rig, chat)) == ((), FIRST_TITLE)


async def test_a_ledger_that_cannot_be_written_is_tried_again_and_the_cost_stays_set_aside(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(retry_every_s=0.001)
    namer = FakeProvider()
    chat = await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    rig.ledger.trouble = "The disk is full."
    namer.tell(*NAMED)
    await asyncio.sleep(0.05)
    assert rig.runner.naming_in("ada") == {chat}
    rig.ledger.trouble = None
    assert await title_after(rig, chat) == "The colour of the sky"
    assert purposes(rig)[1] == ("title", "completed", "reported")
    assert rig.store.pending_calls() == ()


async def test_what_no_row_could_be_written_for_is_left_for_the_next_start(
    rig: Rig, make_rig: MakeRig
) -> None:
    namer = FakeProvider()
    await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    rig.ledger.trouble = "The disk is full."
    await rig.runner.close()
    [pending] = rig.store.pending_calls()
    assert (pending.call.purpose, pending.is_out) == ("title", True)


def test_the_prompt_has_only_the_beginnings() -> None:
    asked = title_question("q" * 10_000, "r" * 10_000)
    assert len(asked) < 2 * MOST_QUOTED + 100
    assert "q" * MOST_QUOTED in asked
    assert TITLE_PARAMETERS.max_output_tokens == MOST_TOKENS


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("Blue sky", "Blue sky"),
        ('\n\n  "Blue sky."  \nIt is about the sky.', "Blue sky"),
        ("**Blue sky**", "Blue sky"),
        ("# Blue sky", "Blue sky"),
        ("„Blauer Himmel“", "Blauer Himmel"),
        ("「青い空」", "青い空"),
        (".NET in ten minutes", ".NET in ten minutes"),
        ("What is C#", "What is C#"),
        ('""\n\n', ""),
        ("", ""),
        ("Blue\tsky\x07", "Blue sky"),
        ("\x00\n\u200b\n\u202eyks\u202c eulB", "yks eulB"),
        ("\x00", ""),
        ("\u2066\u200b", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("B" * 3_000_000, "B" * 60 + "…"),
        ("word " * 100, "word word word word word word word word word word word word…"),
    ],
)
def test_the_title_in_a_reply(reply: str, title: str) -> None:
    assert title_in(reply) == title


async def test_only_the_first_of_a_comparison_names_the_chat(rig: Rig) -> None:
    namer, other = FakeProvider(*NAMED), FakeProvider(TextDelta("Rayleigh."), ENDED)
    rig.provider.tell(TextDelta("Scattering."), ENDED)
    first = rig.ask(QUESTION, title_ask=title_ask(namer))
    taken = await rig.runner.start([first, replace(first, provider=other, title_ask=None)])
    async for _turns in rig.runner.follow_all(taken.conversation.turns):
        pass
    assert await title_after(rig, taken.conversation.id) == "The colour of the sky"
    assert len(namer.requests) == 1


async def test_a_chat_that_is_being_named_is_not_named_twice(rig: Rig) -> None:
    namer = FakeProvider()
    chat = await replied(rig, namer)
    await until(lambda: namer.has_said_all)
    rig.provider.tell(TextDelta("Dust."), ENDED)
    again = rig.ask(QUESTION, conversation_id=chat, title_ask=title_ask(namer), purpose="retry")
    await rig.end_of(await rig.start(again))
    namer.tell(*NAMED)
    assert await title_after(rig, chat) == "The colour of the sky"
    assert len(namer.requests) == 1
