"""The models in the menu: which, in what order, and what is said of each."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.connections import Connection
from chat.ui.settings_panel.models import (
    Offer,
    family_of,
    lately_used,
    model_at_start,
    models_html,
    offers,
)
from tests.helpers.chats import services_of
from tests.helpers.fakes import Rig


def offer(choice: str, usd: str | None = None, family: str = "gpt") -> Offer:
    """A model, with the sum of its rates."""
    return Offer(choice, "", family, "price unknown", None if usd is None else Decimal(usd))


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-6-luna", "gpt"),
        ("meta-llama/llama-4", "meta-llama"),
        ("Qwen3:8b", "qwen"),
        ("123", "123"),
    ],
)
def test_a_family_is_the_vendor_or_the_first_word(model: str, family: str) -> None:
    assert family_of(model) == family


def test_models_stand_by_family_and_price_and_those_of_unknown_price_last() -> None:
    models = [offer("gpt-x"), offer("gpt-b", "5"), offer("gpt-a", "60"), offer("claude-a", "9", "claude")]
    assert [each.choice for each in sorted(models, key=lambda each: each.place)] == [
        "claude-a",
        "gpt-b",
        "gpt-a",
        "gpt-x",
    ]


def test_lately_used_models_come_in_their_order_as_far_as_they_are_still_on_offer() -> None:
    models = [offer("a"), offer("b"), offer("c")]
    assert lately_used(models, ["c", "gone", "a"]) == (models[2], models[0])


def test_the_menu_has_what_was_used_lately_on_top_and_cannot_be_broken_by_a_name() -> None:
    shown = models_html([offer("b")], [offer("a<b>"), offer("b")], {"": "host", '"><b>': '"><b>'})
    assert shown.index("Recently used") < shown.index('data-model="b"') < shown.index("a&lt;b&gt;")
    assert "<b>" not in shown


async def test_models_that_cannot_chat_are_left_out_and_a_name_that_is_not_listed_says_so(
    rig: Rig, tmp_path: Path
) -> None:
    rig.provider.offered = ("gpt-6-luna", "whisper-1", "text-embedding-3-small")
    services = services_of(rig, folder=tmp_path)
    services.endpoints.further.put(Connection("My box", "http://127.0.0.1:9/v1"), "")
    found = offers(services, await services.endpoints.models(""), "", ["my-own", "My box: mine", "Gone: its"])
    shown = models_html((), found, {"": "host", "My box": "My box"})
    rows = re.findall(r'data-model="(.+?)".*?<span>.*?</span>(?:<em>(.*?)</em>)?', shown)
    assert sorted(rows) == [
        ("Gone: its", "not listed by host"),
        ("My box: gpt-6-luna", ""),
        ("My box: mine", "not listed by My box"),
        ("gpt-6-luna", ""),
        ("my-own", "not listed by host"),
    ]


@pytest.mark.parametrize(
    ("offered", "begins"),
    [
        (("nomic-embed-text", "bge-m3", "llama3.2", "qwen3:8b"), "llama3.2"),
        (("nomic-embed-text", "whisper-1"), ""),
    ],
)
async def test_a_new_chat_begins_with_no_model_that_cannot_chat(
    rig: Rig, tmp_path: Path, offered: tuple[str, ...], begins: str
) -> None:
    rig.provider.offered = offered
    services = replace(services_of(rig, folder=tmp_path), model=None)
    await services.endpoints.models("")
    assert model_at_start(services, "", "") == begins
