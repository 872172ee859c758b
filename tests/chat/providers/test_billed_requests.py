"""Every request that an endpoint may have billed has one row in the ledger, whatever the endpoint does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.fakes import Rig, rig_in
from tests.helpers.provider_calls import provider_at
from tests.servers.bodies import INPUT_TOKENS
from tests.servers.odd_answers import ODD_ANSWERS
from tests.servers.scripted import ScriptedServer
from usage.units import TokenUsage

GATEWAY = "fate unknown: status 504, a timeout on the way"
LOST = "fate unknown: the connection was lost after sending"
BROKEN = "fate unknown: the connection broke off before the end"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = rig_in(tmp_path)
    yield rig
    rig.store.close()


async def ask(rig: Rig, scripted: ScriptedServer, model: str, timeout_s: float = 60.0) -> None:
    """Ask the endpoint and follow the reply to its end."""
    async with provider_at(scripted.url, timeout_s=timeout_s) as provider:
        await rig.end_of(await rig.runner.start(rig.ask(provider=provider, model=model)))
    await rig.runner.close()


@pytest.mark.parametrize(
    ("model", "requests", "billed", "notes"),
    [
        ("gpt-6-luna", 1, 1, [""]),
        ("cut-before-answer-once", 2, 2, [LOST, ""]),
        ("cut-before-answer-twice", 3, 3, [LOST, LOST, ""]),
        ("cut-before-answer", 3, 3, [LOST, LOST, LOST]),
        ("gateway-timeout-once", 2, 2, [GATEWAY, ""]),
        ("gateway-timeout", 3, 3, [GATEWAY, GATEWAY, GATEWAY]),
        ("status-503-once", 2, 1, [""]),
        ("rate-limit-twice", 3, 1, [""]),
        ("rate-limit", 3, 0, [""]),
        ("status-500", 3, 0, [""]),
        ("wrong-key", 1, 0, [""]),
        ("cut-reset", 1, 1, [BROKEN]),
        ("cut-close", 1, 1, [BROKEN]),
        ("cut-clean", 1, 1, ["fate unknown: the connection ended before the reply did"]),
        ("error-event", 1, 1, ["fate unknown: the endpoint broke off with an error"]),
        ("broken-json", 1, 1, ["fate unknown: the endpoint sent something unreadable"]),
        ("done-only", 1, 1, ["fate unknown: the reply was empty"]),
        ("usage-none", 1, 1, [""]),
        ("html", 1, 1, ["fate unknown: the answer was no reply"]),
        ("empty-body", 1, 1, ["fate unknown: the answer was no reply"]),
    ],
)
async def test_each_request_that_may_be_billed_has_a_row(
    rig: Rig, scripted: ScriptedServer, model: str, requests: int, billed: int, notes: list[str]
) -> None:
    await ask(rig, scripted, model)
    assert len(scripted.chats) == requests
    assert sum(row.usage_source != "none" for row in rig.ledger.rows) == billed
    assert [row.note for row in rig.ledger.rows] == notes
    assert len({row.call_id for row in rig.ledger.rows}) == len(rig.ledger.rows)
    assert rig.store.pending_calls() == ()


@pytest.mark.parametrize("model", ODD_ANSWERS)
async def test_an_odd_answer_is_billed_by_its_counts(rig: Rig, scripted: ScriptedServer, model: str) -> None:
    await ask(rig, scripted, model)
    [row] = rig.ledger.rows
    assert (row.status, row.usage_source, row.note) == ("completed", "reported", "")
    assert row.usage == TokenUsage(input=INPUT_TOKENS, output=8)


async def test_a_request_that_nobody_answers_has_a_row(rig: Rig, scripted: ScriptedServer) -> None:
    await ask(rig, scripted, "hangs", timeout_s=1.0)
    assert [row.note for row in rig.ledger.rows] == ["fate unknown: no answer came in time"]
    assert len(scripted.chats) == 1
