"""Who names a person's chats: off at first, kept as theirs alone, with what it has cost."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.calls import TITLE_PARAMETERS
from chat.connections import Connection
from chat.conversation import Conversation
from chat.providers import NotSent
from chat.providers.demo import DemoProvider
from chat.store import Keeper, StoreError
from chat.ui import ChatServices
from chat.ui.settings_panel.models import TitleFields, TitleSettings, title_ask
from tests.helpers.chats import services_of
from tests.helpers.fakes import MODEL, TURN, Rig
from usage.ledger import NOBODY, LedgerError
from usage.reports import Totals

REQUEST: Any = SimpleNamespace(session_hash="one")
ADA = Keeper("ada")
SPENT = Totals(calls=12, cost_usd=Decimal("0.0031"))


@pytest.fixture
def services(rig: Rig) -> ChatServices:
    return services_of(rig)


def settings_for(services: ChatServices) -> TitleSettings:
    with gr.Blocks(analytics_enabled=False):
        return TitleSettings(services, TitleFields())


async def saved(services: ChatServices, model: str | None) -> str:
    """Choose a model; return what stands below the field then."""
    settings = settings_for(services)
    return str((await settings.save(model, REQUEST))[settings.fields.cost])


async def test_a_model_is_kept_until_it_is_taken_back(services: ChatServices) -> None:
    assert title_ask(services, ADA, None) is None
    await saved(services, f" {MODEL} ")
    asked = title_ask(services, ADA, None)
    assert asked is not None
    assert (asked.model, asked.purpose, asked.parameters, asked.key_owner) == (
        MODEL,
        "title",
        TITLE_PARAMETERS,
        "app",
    )
    assert title_ask(services, Keeper("bob"), None) is None
    settings = settings_for(services)
    shown = await settings.show(REQUEST)
    assert (shown[settings.fields.model]["value"], shown[settings.fields.model]["elem_classes"]) == (
        MODEL,
        ["set"],
    )
    await saved(services, None)
    assert title_ask(services, ADA, None) is None


async def test_a_persons_own_key_is_used_and_a_further_connection_has_its_own(
    rig: Rig, tmp_path: Path
) -> None:
    services = services_of(rig, folder=tmp_path)
    services.endpoints.further.put(Connection("box", "http://127.0.0.1:9/v1"), "")
    services.own_keys.set("ada", "sk-of-ada")
    await saved(services, MODEL)
    asked = title_ask(services, ADA, None)
    assert asked is not None
    assert asked.key_owner == "user"
    await saved(services, f"box: {MODEL}")
    asked = title_ask(services, ADA, None)
    assert asked is not None
    assert (asked.connection, asked.key_owner) == ("box", "app")


async def test_a_chat_is_named_once_after_its_first_complete_reply(services: ChatServices) -> None:
    await saved(services, MODEL)
    failed = replace(TURN, status="failed", reply="Sc")
    chat = Conversation(id="c", user="ada", title="Why?", turns=(failed,))
    assert title_ask(services, ADA, chat) is not None
    again = replace(TURN, id="t2", status="completed", reply="Scattering.")
    assert title_ask(services, ADA, replace(chat, turns=(failed, again))) is None


async def test_a_model_that_cannot_be_reached_is_said_and_the_demo_model_names_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = services_of(rig)
    said = await saved(services, "gone: model")
    assert said.startswith('<p class="over" role="alert">This model cannot name chats: ')
    with pytest.raises(NotSent):
        title_ask(services, ADA, None)
    provider = DemoProvider(rig.records.meter.tokenizer)
    await saved(services, MODEL)
    monkeypatch.setattr(services.endpoints, "provider", lambda _key: (provider, "app"))
    assert title_ask(services, ADA, None) is None


@pytest.mark.parametrize("name", ["x" * 2_000_000, "a;b", "a\nb"])
async def test_what_no_model_can_be_called_is_said_and_not_kept(services: ChatServices, name: str) -> None:
    await saved(services, MODEL)
    said = await saved(services, name)
    assert said.startswith('<p class="over" role="alert">A model’s name cannot')
    asked = title_ask(services, ADA, None)
    assert asked is not None
    assert asked.model == MODEL


async def test_what_titles_have_cost_stands_below_the_choice(services: ChatServices) -> None:
    assert await saved(services, MODEL) == ""
    spent = replace(services, title_costs=lambda who: SPENT if who == "ada" else Totals())
    assert "12 titles so far: " in await saved(spent, MODEL)
    assert "$0.0031" in await saved(spent, MODEL)
    one = replace(services, title_costs=lambda _: Totals(calls=1, unknown_price_calls=1))
    assert "1 title so far: price unknown" in await saved(one, MODEL)


async def test_trouble_is_told_below_the_choice(services: ChatServices) -> None:
    def fails(_user: str) -> Totals:
        raise LedgerError("The ledger cannot be read.")

    said = '<p class="over" role="alert">The ledger cannot be read.</p>'
    assert await saved(replace(services, title_costs=fails), MODEL) == said

    class Full:
        def set(self, *_: object) -> None:
            raise StoreError("Nothing can be saved: <full>.")

    full: Any = Full()
    said = '<p class="over" role="alert">Nothing can be saved: &lt;full&gt;.</p>'
    assert await saved(replace(services, preferences=full), MODEL) == said


async def test_nobody_keeps_and_sees_nothing(services: ChatServices) -> None:
    nobody = replace(services, user_of=lambda _: NOBODY, title_costs=lambda _: SPENT)
    assert await saved(nobody, MODEL) == ""
    assert services.preferences.all(NOBODY) == {}
    settings = settings_for(nobody)
    shown = await settings.show(REQUEST)
    assert (shown[settings.fields.model]["value"], shown[settings.fields.cost]) == ("", "")
    assert title_ask(nobody, Keeper(NOBODY), None) is None
