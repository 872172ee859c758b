"""Lists of models as endpoints send them: which names are on offer."""

from typing import Any

import pytest

from chat.providers.reading.model_list import models_listed


@pytest.mark.parametrize(
    "said",
    [
        {"mode": "embedding"},
        {"mode": "audio_transcription"},
        {"type": "image"},
        {"type": "rerank", "task": None},
        {"task": "embeddings"},
        {"capabilities": {"completion_chat": False, "vision": True}},
        {"supports_chat": False},
        {"architecture": {"output_modalities": ["image"]}},
        {"architecture": {"output_modalities": ["embeddings"]}},
    ],
    ids=repr,
)
def test_a_model_that_cannot_chat_by_what_the_endpoint_says_is_left_out(said: dict[str, Any]) -> None:
    assert list(models_listed({"data": [{"id": "plain", **said}, {"id": "m"}]}) or ()) == ["m"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"mode": "chat", "object": "model"},
        {"mode": None, "type": 7, "task": ["embedding"]},
        {"type": "language"},
        {"type": "model"},
        {"capabilities": {"completion_chat": True}},
        {"capabilities": ["completion"]},
        {"capabilities": {}, "supports_chat": None},
        {"architecture": {"output_modalities": ["image", "text"]}},
        {"architecture": {"output_modalities": []}},
        {"architecture": {"output_modalities": None}},
        {"architecture": "llama"},
    ],
    ids=repr,
)
def test_a_model_of_which_nothing_like_that_is_said_is_on_offer(said: dict[str, Any]) -> None:
    assert list(models_listed([{"id": "m", **said}]) or ()) == ["m"]


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ({"data": None}, ()),
        ({}, ()),
        ([], ()),
        ([7, None, "m", ["m"], {"name": "m"}, {"id": 7}, {"id": {}}], ()),
        ({"data": 7}, None),
        ({"data": {"id": "m"}}, None),
        ("text", None),
        (7, None),
    ],
    ids=repr,
)
def test_what_is_no_list_is_told_apart_from_an_empty_one(listed: Any, names: tuple[str, ...] | None) -> None:
    models = models_listed(listed)
    assert (None if models is None else tuple(models)) == names
