"""What a person sets: kept for new chats, while a chat that is opened brings its own."""

import re
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.connections import Catalogue
from chat.providers import Parameters
from chat.store import Keeper
from chat.ui import ChatServices
from chat.ui.settings_panel import ModelMenu, OwnSettings, PromptMenu, SettingsPanel
from chat.ui.settings_panel.saved_prompts import PromptLibrary
from chat.ui.settings_panel.saved_prompts.saved_prompt import SavedPrompt
from tests.helpers.chats import services_of
from tests.helpers.fakes import CALL, MODEL, TURN, Rig, begin_turn
from usage.ledger import NOBODY
from usage.units import Endpoint

OTHER = "other-model"
HERE = TURN.conversation_id


@dataclass
class Page:
    """The settings of somebody, whose events can be called; `values` is what stands in the controls."""

    services: ChatServices
    settings: OwnSettings
    values: dict[Any, Any] = field(default_factory=dict)

    @property
    def panel(self) -> SettingsPanel:
        return self.settings.panel

    @property
    def menu(self) -> ModelMenu:
        return self.settings.menu

    @property
    def model(self) -> str:
        return str(self.values[self.menu.model])

    def take(self, updates: dict[Any, Any]) -> dict[Any, Any]:
        """Put into the controls what a handler gave them."""
        for control, update in updates.items():
            is_update = isinstance(update, dict)
            if not is_update or "value" in update:
                self.values[control] = update["value"] if is_update else update
        return updates

    async def open(self, conversation_id: str = "", user: str = "ada") -> None:
        """Load the page at a chat."""
        self.values[self.settings.conversation] = conversation_id
        page = self.services_for(user)
        request: Any = SimpleNamespace(query_params={"c": conversation_id})
        self.take(await page.open_page(request))

    def move(self, conversation_id: str = "") -> dict[str, str]:
        """Go to another chat, or a new one; gives what is told at each field, by name."""
        self.values[self.settings.conversation] = conversation_id
        return self._told(self.take(self.settings.settings_of(conversation_id, Keeper("ada"))))

    async def leave(self, user: str = "ada", **typed: Any) -> dict[str, str]:
        """Type into controls and leave them; gives what was told at each, by name."""
        controls = {**self.panel.controls, **self.panel.kept}
        self.values |= {controls[name]: value for name, value in typed.items()}
        request: Any = SimpleNamespace()
        return self._told(self.take(await self.services_for(user).save(self.values, request)))

    def _told(self, updates: dict[Any, Any]) -> dict[str, str]:
        told = {name: updates.get(control) for name, control in self.panel.controls.items()}
        return {name: update["info"] for name, update in told.items() if update and update["info"]}

    def services_for(self, user: str) -> OwnSettings:
        return replace(self.settings, services=replace(self.services, user_of=lambda _request: user))

    def kept(self, user: str = "ada") -> dict[str, str]:
        return self.services.preferences.all(user)

    def shown(self, name: str) -> Any:
        return self.values[{**self.panel.controls, **self.panel.kept}[name]]


@pytest.fixture
async def page(rig: Rig) -> Page:
    """Ada's page at a new chat; she has one conversation, with parameters and a model of its own.

    Gradio would make an event loop, which nobody closes, where none is running.
    """
    with gr.Blocks(analytics_enabled=False):
        panel, menu, prompts = SettingsPanel(), ModelMenu(None), PromptMenu()
        settings = OwnSettings(services_of(rig), panel, menu, prompts, gr.Textbox(), gr.Chatbot(), gr.HTML())
    begin_turn(rig.store, replace(TURN, model=OTHER, parameters=Parameters(temperature=0.2, stop=("END",))))
    opened = Page(settings.services, settings)
    await opened.open()
    return opened


async def test_what_is_set_is_kept_and_is_there_in_the_next_chat_and_after_a_reload(page: Page) -> None:
    assert await page.leave(temperature=" 0,7 ", system_prompt="Be brief.\n", finish_stopped=True) == {}
    assert page.kept() == {"temperature": "0,7", "system_prompt": "Be brief.\n", "finish_stopped": "yes"}
    page.move()
    assert (page.shown("temperature"), page.shown("system_prompt")) == ("0,7", "Be brief.\n")
    await page.open()
    assert (page.shown("temperature"), page.shown("finish_stopped")) == ("0,7", True)
    await page.leave(temperature="", finish_stopped=False)
    assert page.kept() == {"system_prompt": "Be brief.\n"}


async def test_what_is_not_as_in_new_chats_says_so_at_its_field_until_it_is(page: Page) -> None:
    await page.leave(temperature="0,20", seed="7", system_prompt="<b> " + "x" * 99, stop="STOP\nEND")
    own = {
        "seed": "New chats: 7",
        "stop": "New chats: STOP END",
        "system_prompt": f"New chats: &lt;b&gt; {'x' * 56}…",
    }
    assert page.move(HERE) == own
    assert await page.leave(seed="8", stop="") == {"system_prompt": own["system_prompt"]}
    assert page.kept() == {"temperature": "0,20", "seed": "8", "system_prompt": "<b> " + "x" * 99}
    assert page.move() == {}


async def test_an_opened_chat_has_its_own_model_and_parameters_and_they_stay_its_own(page: Page) -> None:
    await page.leave(temperature="1.5", seed="7")
    page.move(HERE)
    assert (page.shown("temperature"), page.shown("seed"), page.shown("stop")) == ("0.2", "", "END")
    assert page.model == OTHER
    await page.leave(top_p="0.5")  # nothing else was touched
    assert page.kept() == {"temperature": "1.5", "seed": "7", "top_p": "0.5"}
    page.move()
    assert (page.shown("temperature"), page.shown("stop"), page.model) == ("1.5", "", MODEL)


async def test_a_new_chat_takes_the_persons_model_and_compares_nothing(page: Page) -> None:
    page.values |= {page.menu.model: "dear-model", page.menu.compare_with: OTHER}
    page.move()
    assert (page.model, page.values[page.menu.compare_with]) == (MODEL, "")
    await page.leave(model=OTHER)
    assert page.model == OTHER  # the open chat takes it too
    page.move()
    assert page.model == OTHER
    await page.open(user="bob")
    assert page.model == MODEL


async def test_what_an_opened_chat_shows_is_not_kept_when_an_answer_about_another_chat_came_late(
    page: Page,
) -> None:
    late = page.values[page.panel.shown]
    page.move(HERE)
    page.values[page.panel.shown] = late
    await page.leave(seed="7")
    assert page.kept() == {"seed": "7"}


async def test_what_cannot_be_read_is_told_at_its_field_and_the_rest_is_kept(page: Page) -> None:
    told = await page.leave(temperature="warm", seed="7")
    assert told == {"temperature": "Enter 0 to 2, or leave this empty."}
    assert page.kept() == {"seed": "7"}
    assert await page.leave(temperature="0") == {}
    assert page.kept() == {"seed": "7", "temperature": "0"}


async def test_a_reset_clears_the_parameters_and_leaves_the_prompt(page: Page) -> None:
    await page.leave(temperature="1", stop="END", system_prompt="Be brief.")
    request: Any = SimpleNamespace()
    page.take(await page.settings.reset(page.values, request))
    assert (page.shown("temperature"), page.shown("stop")) == ("", "")
    assert page.kept() == {"system_prompt": "Be brief."}


async def test_nothing_is_kept_for_somebody_who_is_not_signed_in(page: Page) -> None:
    await page.leave(user=NOBODY, seed="7")
    request: Any = SimpleNamespace()
    await page.services_for(NOBODY).take_key("sk-12345678", request)
    assert (page.kept(NOBODY), page.services.own_keys.of(NOBODY)) == ({}, "")


async def test_a_key_is_one_persons_and_never_goes_back_to_the_page(page: Page) -> None:
    request: Any = SimpleNamespace()
    taken = (await page.settings.take_key("  sk-12345678\n", request))[page.panel.key]
    assert (taken["value"], taken["elem_classes"]) == ("", ["set"])
    assert (page.services.own_keys.of("ada"), page.services.own_keys.of("bob")) == ("sk-12345678", "")
    await page.settings.take_key("", request)
    assert page.services.own_keys.of("ada") == "sk-12345678"
    await page.settings.remove_key("", request)
    assert page.services.own_keys.of("ada") == ""


async def test_what_is_wrong_with_a_key_that_cannot_be_used_stays_there_with_it(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused_by_the_endpoint(*_: object) -> Catalogue:
        return Catalogue((), {"": "refused"})

    monkeypatch.setattr(type(page.services.endpoints), "models", refused_by_the_endpoint)
    request: Any = SimpleNamespace()
    await page.settings.take_key("sk-12345678", request)
    trouble = (await page.settings.models("", request))[page.panel.key_trouble]
    assert (await page.settings.tell_key_trouble(trouble, "", request))["info"] == "refused"
    unusable = (await page.settings.take_key("sk-ключ", request))[page.panel.key]
    assert unusable["info"].startswith("This key cannot be used: ")
    assert unusable["value"] == "sk-ключ"
    assert page.services.own_keys.of("ada") == "sk-12345678"
    assert await page.settings.tell_key_trouble(trouble, "sk-ключ", request) == gr.skip()
    assert await page.settings.tell_key_trouble("", "", request) == gr.skip()


async def test_a_model_that_was_chosen_meanwhile_stays_when_the_models_are_listed(page: Page) -> None:
    request: Any = SimpleNamespace()
    updates = await page.settings.models(OTHER, request)
    assert page.menu.model not in updates
    assert page.menu.model not in await page.settings.models("", request)
    assert await page.settings.start_model(OTHER, request) == gr.skip()
    assert await page.settings.start_model("", request) == MODEL
    assert f'data-model="{OTHER}"' in updates[page.menu.models]


def shared(page: Page, user: str = "guest") -> OwnSettings:
    """Return the handlers as those see them who share their name with others."""
    services = replace(page.services, user_of=lambda _request: user, shares_name=lambda _user: True)
    return replace(page.settings, services=services)


async def test_a_key_of_somebody_who_shares_a_name_is_one_pages(page: Page) -> None:
    settings = shared(page)
    one, other, none = (
        SimpleNamespace(session_hash=each, query_params={}) for each in ("one", "other", None)
    )
    taken = await settings.take_key("sk-12345678", one)  # type: ignore[arg-type]
    assert "Kept for this page only" in taken[page.panel.key]["info"]
    await settings.take_key("sk-87654321", none)  # type: ignore[arg-type]
    await settings.remove_key("", other)  # type: ignore[arg-type]
    keys = [settings.services.own_key(each) for each in (one, other, none)]  # type: ignore[arg-type]
    assert keys == ["sk-12345678", "", ""]
    opened = await settings.open_page(other)  # type: ignore[arg-type]
    assert opened[page.panel.key]["elem_classes"] == []
    await settings.remove_key("", one)  # type: ignore[arg-type]
    assert settings.services.own_key(one) == ""  # type: ignore[arg-type]


async def test_what_somebody_sets_who_shares_a_name_holds_for_their_page_alone(page: Page) -> None:
    settings = shared(page)
    page.values |= {page.panel.system_prompt: "Be rude.", page.panel.default_model: OTHER}
    await settings.save(page.values, SimpleNamespace(session_hash="one"))  # type: ignore[arg-type]
    assert page.kept("guest") == {}
    prompts = [
        settings.settings_of("", Keeper("guest", each))[page.panel.system_prompt]["value"]
        for each in ("one", "other")
    ]
    assert prompts == ["Be rude.", ""]


async def test_somebody_who_is_not_signed_in_is_told_no_models_and_no_hosts(page: Page) -> None:
    request: Any = SimpleNamespace()
    assert await page.services_for(NOBODY).models("", request) == gr.skip()


LUNA, OPENAI = "gpt-6-luna", Endpoint("api.openai.com", "openai")


async def offered_for(page: Page, model: str) -> list[str]:
    """The service tiers that can be chosen once this model is."""
    request: Any = SimpleNamespace()
    update = await page.settings.tiers(model, page.shown("service_tier"), request)
    return [tier for _text, tier in update["choices"]]


async def test_a_service_tier_is_kept_and_can_be_chosen_for_models_that_have_it(page: Page, rig: Rig) -> None:
    rig.provider.endpoint = OPENAI
    assert await offered_for(page, MODEL) == [""]
    assert await offered_for(page, "gpt-4o") == ["", "priority"]
    assert await offered_for(page, LUNA) == ["", "flex", "priority"]
    assert await page.leave(service_tier="flex", seed="7") == {}
    assert page.kept() == {"service_tier": "flex", "seed": "7"}
    assert await offered_for(page, "gpt-4o") == ["", "flex", "priority"]  # to put it back
    page.move()
    assert page.shown("service_tier") == "flex"
    request: Any = SimpleNamespace()
    page.take(await page.settings.reset(page.values, request))
    assert (page.shown("service_tier"), page.kept()) == ("", {})


async def test_a_chat_that_is_opened_brings_the_service_tier_of_its_last_turn(page: Page, rig: Rig) -> None:
    rig.provider.endpoint = OPENAI
    turn = replace(TURN, id="turn-2", conversation_id="conversation-2", model=LUNA)
    call = replace(CALL, id="call-2", turn_id="turn-2", conversation_id="conversation-2")
    begin_turn(rig.store, replace(turn, parameters=Parameters(service_tier="flex")), call)
    opened = page.settings.settings_of("conversation-2", Keeper("ada"))[page.panel.service_tier]
    texts = [text for text, _tier in opened["choices"]]
    assert (opened["value"], opened["info"]) == ("flex", "New chats: Standard")
    assert texts[1] == "Flex: half the price, may take minutes"
    await page.leave(service_tier="priority")
    back = page.settings.settings_of(HERE, Keeper("ada"))[page.panel.service_tier]
    assert (back["value"], back["info"]) == ("", "New chats: Priority")
    assert [tier for _text, tier in back["choices"]] == [""]


async def pick(page: Page, user: str = "ada", **chosen: Any) -> dict[Any, Any]:
    """Pick a prompt for the chat that is shown, or leave out the one it has."""
    here, request = page.values[page.settings.conversation], SimpleNamespace()
    event = gr.EventData(None, chosen)
    return page.take(await page.services_for(user).pick_prompt(event, here, request))  # type: ignore[arg-type]


def chip(page: Page) -> str:
    """Return the prompt that the chip names, "" for none."""
    named = re.search(r'class="name">/([^<]*)<', page.values[page.settings.prompts.chip])
    return named[1] if named else ""


async def test_a_new_chat_begins_with_a_prompt_for_itself_alone_until_it_is_left_out(page: Page) -> None:
    library = PromptLibrary(page.services.saved_prompts)
    verse = SavedPrompt("verse", "In {{form}}.", OTHER, {"temperature": "1.5"})
    library.save(Keeper("ada"), verse, "")
    await page.leave(system_prompt="Be brief.", temperature="0", seed="7")
    assert chip(page) == ""
    await pick(page, name="verse", values={"form": "rhyme"})
    assert (chip(page), page.shown("system_prompt"), page.model) == ("verse", "In rhyme.", OTHER)
    assert (page.shown("temperature"), page.shown("seed")) == ("1.5", "7")
    await page.leave(top_p="0.5")  # nothing else was touched
    own = {"system_prompt": "Be brief.", "temperature": "0", "seed": "7", "top_p": "0.5"}
    assert page.kept() == own
    await pick(page, name="explain")
    assert (chip(page), page.shown("temperature"), page.model) == ("explain", "0", OTHER)
    await pick(page)
    assert (chip(page), page.shown("system_prompt"), page.shown("seed")) == ("", "Be brief.", "7")
    assert page.kept() == own


async def test_the_prompt_that_new_chats_begin_with_can_be_left_out_of_one(page: Page) -> None:
    text = PromptLibrary(page.services.saved_prompts).named(Keeper("ada"), "explain").text
    await page.leave(system_prompt=text)
    assert chip(page) == "explain"
    await pick(page)
    assert (chip(page), page.shown("system_prompt")) == ("", "")
    page.move()
    assert (chip(page), page.shown("system_prompt")) == ("explain", text)
    await page.leave(system_prompt="Be brief.")
    assert chip(page) == ""


async def test_a_chat_names_its_prompt_when_it_is_opened_again_and_takes_no_other(
    page: Page, rig: Rig
) -> None:
    turn = replace(TURN, id="t-2", conversation_id="c-2")
    prompt = PromptLibrary(page.services.saved_prompts).named(Keeper("ada"), "summarize")
    made = Parameters(system_prompt=prompt.filled({"length": "one line"}))
    begin_turn(rig.store, replace(turn, parameters=made))
    page.move("c-2")
    assert chip(page) == "summarize"
    updates = await pick(page, name="explain")
    assert set(updates) == {page.settings.notice}
    page.move()
    assert chip(page) == ""


@pytest.mark.parametrize(
    "chosen", [{"name": "nothing"}, {"name": 7, "values": 7}, {"name": "explain", "values": []}]
)
async def test_a_prompt_that_is_not_there_changes_nothing_of_the_chat(
    page: Page, chosen: dict[str, Any]
) -> None:
    await page.leave(seed="7")
    updates = await pick(page, **chosen)
    if chosen["name"] == "nothing":
        assert updates == {
            page.settings.notice: '<p role="alert">This prompt no longer exists. Choose another.</p>'
        }
    assert page.shown("seed") == "7"
    assert set(await pick(page, NOBODY, name="explain")) == {page.settings.notice}
