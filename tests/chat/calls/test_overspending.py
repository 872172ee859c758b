"""Twenty calls at once, by way of all between a question and its endpoint, cost no more than allowed."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chat.calls import Ask, Records
from chat.providers import NotSent, Parameters
from chat.store import StoreError
from parts import Parts
from settings import load_settings
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from usage.reports import Filter, total

PEOPLE = 20
HANGING = "full-length-hangs"
BEHAVIOURS = ("full-length", "full-length-cut", HANGING)
OTHERS = ("usage-none", "cut-reset", "no-quota")
PRICES = "\n".join(
    f'[models."{name}"]\ninput_usd_per_mtok = 1\ncache_write_usd_per_mtok = 1.25\noutput_usd_per_mtok = 10\n'
    for name in (*BEHAVIOURS, *OTHERS, "usage-negative", "longest-16384")
)
BUDGET = Decimal("0.05")
SHORT_REPLY = Decimal("0.0012")  # what a question here costs at most with the shortest reply
StartParts = Callable[..., Parts]


@pytest.fixture
def start_parts(
    tmp_path: Path, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartParts]:
    """Makes the real parts of the app, as often as a test wants, with budgets by their variables."""
    started = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", scripted.url)
    (tmp_path / "prices.toml").write_text(PRICES)

    def start(**budgets: Decimal) -> Parts:
        for name, usd in budgets.items():
            monkeypatch.setenv(name, str(usd))
        started.append(Parts(load_settings(["--data-dir", str(tmp_path)])))
        return started[-1]

    yield start
    for parts in started:
        parts.close()


def ask(parts: Parts, model: str, user: str = "ada", **more: Any) -> Ask:
    """A question to one of the behaviours."""
    provider, key_owner = parts.endpoints.provider("")
    return Ask(
        user=user,
        conversation=more.pop("conversation", None),
        parent_id=None,
        question="Why?",
        model=model,
        parameters=more.pop("parameters", Parameters()),
        provider=provider,
        key_owner=key_owner,
        **more,
    )


async def sent(parts: Parts, asked: Ask) -> str | None:
    """Ask, stop the reply if it hangs, and wait for its end; gives its conversation, None when refused."""
    try:
        turn = (await parts.runner.start([asked])).turn
    except NotSent as exc:
        assert "budget of $" in str(exc)  # noqa: PT017 - only some are refused
        return None
    async for seen in parts.runner.follow(turn.id):
        if seen.reply and asked.model == HANGING:
            parts.runner.stop(turn.id)
    return turn.conversation_id


def spent(folder: Path, conversation_id: str = "") -> Decimal:
    """What the ledger has; every row's cost is known."""
    return sum((Decimal(row["cost_usd"]) for row in ledger(folder, conversation_id)), Decimal(0))


@pytest.mark.parametrize(
    "behaviours", [BEHAVIOURS[:1], BEHAVIOURS[1:2], BEHAVIOURS[2:], BEHAVIOURS, (*BEHAVIOURS, *OTHERS)]
)
@pytest.mark.parametrize("wanted", [None, 300])
async def test_twenty_at_once_never_cost_more_than_the_budget_whatever_the_endpoint_does(
    start_parts: StartParts,
    scripted: ScriptedServer,
    tmp_path: Path,
    behaviours: tuple[str, ...],
    wanted: int | None,
) -> None:
    parts = start_parts(TALLY_DAILY_BUDGET_USD=BUDGET)
    parameters = Parameters(max_output_tokens=wanted)
    was_sent: list[str | None] = [""]
    while any(conversation_id is not None for conversation_id in was_sent):
        models = (behaviours[number % len(behaviours)] for number in range(PEOPLE))
        asks = [
            ask(parts, model, f"person-{number}", parameters=parameters)
            for number, model in enumerate(models)
        ]
        was_sent = await asyncio.gather(*(sent(parts, asked) for asked in asks))
        assert spent(tmp_path) <= BUDGET
    assert spent(tmp_path) > BUDGET - SHORT_REPLY
    assert all(request.body["max_tokens"] for request in scripted.chats)
    assert list(parts.reservations.all()) == []


async def test_copies_of_the_app_that_share_a_folder_keep_within_the_budget_together(
    start_parts: StartParts, tmp_path: Path
) -> None:
    copies = [start_parts(TALLY_DAILY_BUDGET_USD=BUDGET) for _ in range(2)]
    asks = [(copies[number % 2], "full-length") for number in range(PEOPLE)]
    await asyncio.gather(*(sent(parts, ask(parts, model)) for parts, model in asks))
    assert BUDGET - SHORT_REPLY < spent(tmp_path) <= BUDGET


async def test_every_limit_holds_for_those_that_it_is_about(start_parts: StartParts, tmp_path: Path) -> None:
    parts = start_parts(TALLY_DAILY_BUDGET_USD=BUDGET, TALLY_USER_MONTHLY_BUDGET_USD=BUDGET / 5)
    parts.set_limits.set_own("ada", "day", BUDGET / 10)
    asks = [ask(parts, "full-length", user) for user in ("ada", "bob") for _ in range(10)]
    limited = ask(parts, "full-length", "eve", budget_usd=BUDGET / 20)
    conversation_id, *_ = await asyncio.gather(*(sent(parts, asked) for asked in (limited, *asks)))
    assert conversation_id is not None
    assert BUDGET / 20 - SHORT_REPLY < spent(tmp_path, conversation_id) <= BUDGET / 20
    conversation = await parts.runner.conversation("eve", conversation_id)
    assert await sent(parts, ask(parts, "full-length", "eve", conversation=conversation)) is None
    ada, bob = (total(parts.calls, Filter(user=user)).cost_usd for user in ("ada", "bob"))
    assert BUDGET / 10 - SHORT_REPLY < ada <= BUDGET / 10
    assert BUDGET / 5 - SHORT_REPLY < bob <= BUDGET / 5


async def test_a_call_whose_cost_nobody_knows_counts_as_what_was_set_aside_for_it(
    start_parts: StartParts, tmp_path: Path
) -> None:
    parts = start_parts(TALLY_DAILY_BUDGET_USD=BUDGET)
    assert await sent(parts, ask(parts, "usage-negative", "longest-16384")) is not None
    assert [row["cost_usd"] for row in ledger(tmp_path)] == [""]
    assert await sent(parts, ask(parts, "full-length")) is None


async def test_a_call_that_died_with_its_process_counts_until_it_is_in_the_ledger(
    start_parts: StartParts, tmp_path: Path
) -> None:
    died = start_parts(TALLY_DAILY_BUDGET_USD=BUDGET)
    died.records.store.begin_call(died.preparation.prepare([ask(died, "full-length")]).running[0].call)
    other = start_parts()
    assert await sent(other, ask(other, "full-length")) is None
    died.instances.close()
    other.get_ready()
    assert [row["status"] for row in ledger(tmp_path)] == ["interrupted"]
    assert await sent(other, ask(other, "full-length")) is not None
    assert BUDGET - SHORT_REPLY < spent(tmp_path) <= BUDGET


def test_a_start_goes_on_trying_to_account_for_an_earlier_run(
    start_parts: StartParts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = start_parts()
    died.records.store.begin_call(died.preparation.prepare([ask(died, "full-length")]).running[0].call)
    died.instances.close()
    tries, recover = [], Records.recover

    def locked_at_first(*of: Any) -> int:
        tries.append(of)
        if len(tries) < 3:
            raise StoreError("database is locked")
        return recover(*of)

    monkeypatch.setattr(Records, "recover", locked_at_first)
    monkeypatch.setattr("parts.RETRY_EVERY_S", 0)
    start_parts().get_ready()
    assert [row["status"] for row in ledger(tmp_path)] == ["interrupted"]


@pytest.mark.parametrize("processes", [1, 2])
def test_twenty_pages_at_once_never_cost_more_than_the_budget_in_real_processes(
    app_process: StartApp, scripted: ScriptedServer, tmp_path: Path, processes: int
) -> None:
    (tmp_path / "prices.toml").write_text(PRICES)
    variables = {
        "OPENAI_BASE_URL": scripted.url,
        "OPENAI_API_KEY": "any",
        "TALLY_DAILY_BUDGET_USD": str(BUDGET),
    }
    apps = [app_process(variables=variables, data_dir=tmp_path) for _ in range(processes)]

    def send(number: int) -> str:
        model = BEHAVIOURS[number % len(BEHAVIOURS)]
        with HttpPage(apps[number % processes].url) as page:
            if model != HANGING:
                return page.fire("send", {"message": "Why?", "model-chosen": model}).text
            try:
                conversation_id = page.begin("Why?", model)
            except AssertionError:  # not sent
                return "budget of $"
            page.fire("stop", {"conversation-id": conversation_id})
            return page.follow(conversation_id)

    for _ in range(PEOPLE):  # rounds: each spends, until one is refused as a whole
        with ThreadPoolExecutor(PEOPLE) as people:
            said = list(people.map(send, range(PEOPLE)))
        assert spent(tmp_path) <= BUDGET
        if all("The message was not sent" in text or text == "budget of $" for text in said):
            break
    else:
        pytest.fail(f"after {PEOPLE} rounds a message is still sent")
    assert spent(tmp_path) > BUDGET - SHORT_REPLY


async def test_a_budget_that_leaves_more_than_a_model_can_say_is_no_hindrance(
    start_parts: StartParts, scripted: ScriptedServer
) -> None:
    parts = start_parts(TALLY_DAILY_BUDGET_USD=Decimal(100))
    for _ in range(2):
        assert await sent(parts, ask(parts, "longest-16384")) is not None
    assert [request.body["max_tokens"] for request in scripted.chats] == [128_000, 16_384, 16_384]
