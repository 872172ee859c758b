"""Whatever the endpoint does: how many requests it gets, the row that the call makes, and what is said."""

from typing import Any

import pytest

from chat.conversation import Turn
from chat.providers.seam import NOT_REPEATED
from tests.helpers.fakes import Rig
from tests.helpers.provider_calls import provider_at
from tests.servers.answers import ODD_ANSWERS
from tests.servers.bodies import INPUT_TOKENS
from tests.servers.scripted import ScriptedServer
from usage.units import TokenUsage

TROUBLE = "127.0.0.1 failed ({}). Try again in a while."
SAYS = " 127.0.0.1 says: “{}”"
TOO_LONG = (
    "This chat is too long for {}. Start a new chat, or choose a model with a larger context. "
    "127.0.0.1 says: “{}”"
)
NO_PROTOCOL = "{url} is not an OpenAI-compatible endpoint. Check the address; it often ends in /v1."
CONNECTION = "The connection to 127.0.0.1"
BROKEN = "the connection broke off before the end"


async def ask(
    rig: Rig, scripted: ScriptedServer, model: str, timeout_s: float = 60.0, **changes: Any
) -> Turn:
    """Ask the endpoint, follow the reply to its end, and see that the store has it with its one row."""
    async with provider_at(scripted.url, timeout_s=timeout_s) as provider:
        asked = rig.ask(provider=provider, model=model, **changes)
        ended = await rig.end_of(await rig.start(asked))
    assert (rig.store.turn(ended.id), rig.store.pending_calls()) == (ended, ())
    assert ended.entry == rig.ledger.rows[-1]
    assert ended.status == ended.entry.status
    return ended


@pytest.mark.parametrize(
    ("model", "requests", "source"),
    [
        ("gpt-6-luna", 1, "reported"),
        ("usage-none", 1, "estimated"),
        ("status-503-once", 2, "reported"),
        ("rate-limit-twice", 3, "reported"),
    ],
)
async def test_a_call_that_is_answered_has_one_row(
    rig: Rig, scripted: ScriptedServer, model: str, requests: int, source: str
) -> None:
    ended = await ask(rig, scripted, model)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note, ended.error) == ("completed", source, "", None)
    assert len(scripted.chats) == requests


@pytest.mark.parametrize(
    ("model", "requests", "said"),
    [
        (
            "rate-limit",
            3,
            "127.0.0.1 is rate-limiting you. Wait a moment, then try again."
            + SAYS.format("Rate limit reached for requests per min. Please try again in 1s."),
        ),
        ("status-500", 3, TROUBLE.format(500) + SAYS.format("The server had an error.")),
        ("error-not-json", 3, TROUBLE.format(502)),
        ("status-503", 3, TROUBLE.format(503) + SAYS.format("The engine is currently overloaded.")),
        (
            "wrong-key",
            1,
            "127.0.0.1 refused the key (401). "
            "Check that it is complete, still valid, and belongs to this endpoint."
            + SAYS.format("Incorrect API key provided: …."),
        ),
        (
            "no-model",
            1,
            "127.0.0.1 has no model named no-model, or this key may not use it. Choose another model."
            + SAYS.format("The model `no-model` does not exist or you do not have access to it."),
        ),
        (
            "no-quota",
            1,
            "The account at 127.0.0.1 has no credit left, or has reached its spending limit. "
            "Add credit or raise the limit there, then try again."
            + SAYS.format("You exceeded your current quota, please check your plan and billing details."),
        ),
        (
            "filter-error",
            1,
            "127.0.0.1 refused the content of this message. Change it and try again."
            + SAYS.format("Your request was rejected as a result of our safety system."),
        ),
        (
            "context-openai",
            1,
            TOO_LONG.format(
                "context-openai",
                "This model's maximum context length is 128000 tokens. However, your messages resulted in "
                "130567 tokens. Please reduce the length of the messages.",
            ),
        ),
        (
            "context-llama",
            1,
            TOO_LONG.format(
                "context-llama",
                "request (5040 tokens) exceeds the available context size (4096 tokens), try increasing it",
            ),
        ),
    ],
)
async def test_what_surely_was_not_billed_is_made_again_where_that_may_help_and_costs_nothing(
    rig: Rig, scripted: ScriptedServer, model: str, requests: int, said: str
) -> None:
    ended = await ask(rig, scripted, model)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note, ended.error) == ("failed", "none", "", said)
    assert len(scripted.chats) == requests


@pytest.mark.parametrize(
    ("model", "reply", "fate", "said"),
    [
        (
            "cut-before-answer-once",
            "",
            "the connection was lost after sending",
            f"{CONNECTION} was lost before an answer came. {NOT_REPEATED}",
        ),
        (
            "gateway-timeout-once",
            "",
            "status 504, a timeout on the way",
            f"127.0.0.1 did not answer in time (status 504). {NOT_REPEATED}",
        ),
        ("hangs", "", "no answer came in time", f"127.0.0.1 did not answer in time. {NOT_REPEATED}"),
        ("cut-reset", "word1 word2 word3 ", BROKEN, f"{CONNECTION} broke off before the end."),
        ("cut-close", "word1 word2 word3 ", BROKEN, f"{CONNECTION} broke off before the end."),
        (
            "cut-clean",
            "word1 word2 word3 ",
            "the connection ended before the reply did",
            f"{CONNECTION} ended before the reply did.",
        ),
        (
            "error-event",
            "word1 word2 word3 ",
            "the endpoint broke off with an error",
            "127.0.0.1 broke off with an error: “The server had an error.”",
        ),
        (
            "broken-json",
            "word1 word2 word3 ",
            "the endpoint sent something unreadable",
            "127.0.0.1 sent something unreadable and the reply ends there.",
        ),
        ("done-only", "", "the reply was empty", "127.0.0.1 sent an empty reply. Try again in a while."),
        ("html", "", "the answer was no reply", NO_PROTOCOL),
        ("empty-body", "", "the answer was no reply", NO_PROTOCOL),
    ],
)
async def test_what_may_have_been_billed_is_estimated_and_never_made_again_without_asking(
    rig: Rig, scripted: ScriptedServer, model: str, reply: str, fate: str, said: str
) -> None:
    ended = await ask(rig, scripted, model, timeout_s=1.0 if model == "hangs" else 60.0)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note) == ("failed", "estimated", f"fate unknown: {fate}")
    assert (ended.reply, ended.error) == (reply, said.format(url=scripted.url))
    assert len(scripted.chats) == 1


async def test_a_call_that_was_lost_is_asked_again_when_a_person_retries(
    rig: Rig, scripted: ScriptedServer
) -> None:
    first = await ask(rig, scripted, "cut-before-answer-once")
    conversation_id = first.conversation_id
    again = await ask(rig, scripted, first.model, conversation_id=conversation_id, purpose="retry")
    rows = [(row.usage_source, row.call.purpose) for row in rig.ledger.rows]
    assert rows == [("estimated", "reply"), ("reported", "retry")]
    assert (again.status, len(scripted.chats)) == ("completed", 2)


@pytest.mark.parametrize("model", ODD_ANSWERS)
async def test_an_odd_answer_is_read_and_billed_by_its_counts(
    rig: Rig, scripted: ScriptedServer, model: str
) -> None:
    ended = await ask(rig, scripted, model)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note) == ("completed", "reported", "")
    assert row.usage == TokenUsage(input=INPUT_TOKENS, output=8)
    assert (ended.reply, ended.remarks) == ("".join(f"word{number} " for number in range(1, 9)), ())
