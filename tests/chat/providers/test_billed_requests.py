"""Whatever the endpoint does: how many requests it gets, the row that the call makes, and what is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.conversation import Turn
from chat.providers.seam import NOT_REPEATED
from tests.helpers.fakes import Rig, rig_in
from tests.helpers.provider_calls import provider_at
from tests.servers.bodies import INPUT_TOKENS
from tests.servers.odd_answers import ODD_ANSWERS
from tests.servers.scripted import ScriptedServer
from usage.units import TokenUsage

LOST = "the connection was lost after sending"
BROKEN = "the connection broke off before the end"
BROKE_OFF = "The connection to {host} broke off before the end."
TROUBLE = "{host} has a problem of its own (status {status}). Retry in a while."
TOO_FAST = "{host} is limiting how fast it can be asked. Wait a moment, then retry."
NO_PROTOCOL = (
    "This address does not speak the OpenAI protocol: {url}. Check OPENAI_BASE_URL; it often ends in /v1."
)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = rig_in(tmp_path)
    yield rig
    rig.store.close()


async def ask(
    rig: Rig, scripted: ScriptedServer, model: str, timeout_s: float = 60.0, **changes: Any
) -> Turn:
    """Ask the endpoint and follow the reply to its end."""
    async with provider_at(scripted.url, timeout_s=timeout_s) as provider:
        asked = rig.ask(provider=provider, model=model, **changes)
        return await rig.end_of(await rig.runner.start(asked))


@pytest.mark.parametrize(
    ("model", "requests", "source", "fate", "said"),
    [
        ("gpt-6-luna", 1, "reported", "", None),
        ("usage-none", 1, "estimated", "", None),
        # surely not billed, and made again
        ("status-503-once", 2, "reported", "", None),
        ("rate-limit-twice", 3, "reported", "", None),
        ("rate-limit", 3, "none", "", TOO_FAST),
        ("status-500", 3, "none", "", TROUBLE.replace("{status}", "500")),
        ("status-503", 3, "none", "", TROUBLE.replace("{status}", "503")),
        # surely not billed, and refused for good
        (
            "wrong-key",
            1,
            "none",
            "",
            "{host} does not accept this API key. "
            "Check that it is whole, still valid, and belongs to this endpoint.",
        ),
        # perhaps billed, and never made again without a person's asking
        (
            "cut-before-answer-once",
            1,
            "estimated",
            LOST,
            f"The connection to {{host}} was lost before an answer came. {NOT_REPEATED}",
        ),
        (
            "gateway-timeout-once",
            1,
            "estimated",
            "status 504, a timeout on the way",
            f"{{host}} did not answer in time (status 504). {NOT_REPEATED}",
        ),
        (
            "hangs",
            1,
            "estimated",
            "no answer came in time",
            f"{{host}} did not answer in time. {NOT_REPEATED}",
        ),
        ("cut-reset", 1, "estimated", BROKEN, BROKE_OFF),
        ("cut-close", 1, "estimated", BROKEN, BROKE_OFF),
        (
            "cut-clean",
            1,
            "estimated",
            "the connection ended before the reply did",
            "The connection to {host} ended before the reply did.",
        ),
        (
            "error-event",
            1,
            "estimated",
            "the endpoint broke off with an error",
            "{host} broke off with an error: “The server had an error.”",
        ),
        (
            "broken-json",
            1,
            "estimated",
            "the endpoint sent something unreadable",
            "{host} sent something unreadable and the reply ends there.",
        ),
        ("done-only", 1, "estimated", "the reply was empty", "{host} sent an empty reply. Retry in a while."),
        ("html", 1, "estimated", "the answer was no reply", NO_PROTOCOL),
        ("empty-body", 1, "estimated", "the answer was no reply", NO_PROTOCOL),
    ],
)
async def test_a_call_is_billed_at_most_once_and_has_one_row(
    rig: Rig, scripted: ScriptedServer, model: str, requests: int, source: str, fate: str, said: str | None
) -> None:
    ended = await ask(rig, scripted, model, timeout_s=1.0 if model == "hangs" else 60.0)
    [row] = rig.ledger.rows
    assert len(scripted.chats) == requests
    assert (row.usage_source, row.note) == (source, f"fate unknown: {fate}" if fate else "")
    assert ended.error == (said and said.format(host="127.0.0.1", url=scripted.url))
    assert (ended.status, row.status) == (("failed",) * 2 if said else ("completed",) * 2)
    assert (rig.store.turn(ended.id), rig.store.pending_calls()) == (ended, ())
    assert ended.entry == row


async def test_a_call_that_was_lost_is_asked_again_when_a_person_retries(
    rig: Rig, scripted: ScriptedServer
) -> None:
    first = await ask(rig, scripted, "cut-before-answer-once")
    conversation_id = first.conversation_id
    again = await ask(rig, scripted, first.model, conversation_id=conversation_id, purpose="retry")
    lost, answered = rig.ledger.rows
    assert (lost.usage_source, answered.usage_source, answered.call.purpose) == (
        "estimated",
        "reported",
        "retry",
    )
    assert (again.status, len(scripted.chats)) == ("completed", 2)


@pytest.mark.parametrize("model", ODD_ANSWERS)
async def test_an_odd_answer_is_billed_by_its_counts(rig: Rig, scripted: ScriptedServer, model: str) -> None:
    await ask(rig, scripted, model)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note) == ("completed", "reported", "")
    assert row.usage == TokenUsage(input=INPUT_TOKENS, output=8)
