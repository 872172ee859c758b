"""What models take beside text: as lists of models say it, and by their names."""

from typing import Any

import pytest

from chat.providers.reading import inputs_by_name, models_listed
from chat.providers.seam import ModelInputs
from tests.helpers.provider_calls import provider_at
from usage.units import Endpoint

OPENAI = Endpoint("api.openai.com", "openai")
OPENROUTER = Endpoint("openrouter.ai", "openrouter")
ELSEWHERE = Endpoint("gateway.example.com", "unknown")
SEES, BLIND, UNKNOWN = ModelInputs(images=True), ModelInputs(images=False), ModelInputs()


@pytest.mark.parametrize(
    ("said", "inputs"),
    [
        ({"architecture": {"input_modalities": ["text", "image", "file"]}}, ModelInputs(True, True)),
        ({"architecture": {"input_modalities": ["text", "image"]}}, SEES),
        ({"architecture": {"input_modalities": ["text"]}}, BLIND),
        ({"architecture": {"input_modalities": []}}, UNKNOWN),
        ({"architecture": {"modality": "text->text"}}, UNKNOWN),
        ({"architecture": "llama"}, UNKNOWN),
        ({"input_modalities": ["text", "image"]}, SEES),
        ({"supported_input_modalities": ["text"]}, BLIND),
        ({"capabilities": {"completion_chat": True, "vision": True}}, SEES),
        ({"capabilities": {"completion_chat": True, "vision": False}}, BLIND),
        ({"capabilities": ["completion", "vision"]}, SEES),
        ({"capabilities": ["completion", "multimodal"]}, SEES),
        ({"capabilities": ["completion"]}, UNKNOWN),
        ({"tags": ["tool-use", "vision"]}, SEES),
        ({"supports_image_input": False}, BLIND),
        ({"supports_vision": True, "supports_pdf_input": False}, ModelInputs(True, False)),
        ({"model_info": {"supports_vision": True, "supports_pdf_input": True}}, ModelInputs(True, True)),
        ({"model_info": {"supports_vision": None}}, UNKNOWN),
        ({"supports_vision": "yes", "capabilities": {"vision": 1}, "tags": "vision"}, UNKNOWN),
        ({}, UNKNOWN),
    ],
    ids=repr,
)
def test_a_list_says_what_its_models_take(said: dict[str, Any], inputs: ModelInputs) -> None:
    assert models_listed({"data": [{"id": "m", **said}]}) == {"m": inputs}


@pytest.mark.parametrize(
    "model",
    [
        *("gpt-3.5-turbo", "openai/gpt-4", "gpt-4-0613", "gpt-oss-120b", "o1-mini-2024-09-12", "o3-mini"),
        *(
            "deepseek-chat",
            "deepseek/deepseek-r1-0528",
            "claude-2.1",
            "codestral-latest",
            "open-mistral-nemo",
        ),
        *("llama3.3:70b", "meta-llama/llama-3.1-8b-instruct", "grok-3-mini", "qwen2.5-coder:7b"),
    ],
)
def test_some_models_are_known_to_take_text_only(model: str) -> None:
    assert inputs_by_name(model, ELSEWHERE) == ModelInputs(images=False, documents=False)
    assert inputs_by_name(model, OPENROUTER) == BLIND


@pytest.mark.parametrize(
    "model",
    ["gpt-4o", "gpt-4-turbo", "openai/gpt-6-luna", "o1", "o3", "claude-opus-5", "gemini-3-pro"],
)
def test_some_models_are_known_to_see(model: str) -> None:
    assert inputs_by_name(model, ELSEWHERE) == SEES
    assert inputs_by_name(model, OPENAI) == ModelInputs(images=True, documents=True)


def test_a_local_server_may_call_its_model_as_it_likes() -> None:
    local = Endpoint("127.0.0.1", "local")
    assert [inputs_by_name(model, local) for model in ("gpt-3.5-turbo", "gpt-4o")] == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    "model", ["llama3.2-vision", "llava", "my-own", "deepseek-v4.1-flash", "qwen2.5-omni", "grok-4"]
)
def test_of_all_others_nobody_knows(model: str) -> None:
    assert inputs_by_name(model, OPENAI) == UNKNOWN


async def test_a_real_server_says_that_its_model_takes_text_only(llama: str) -> None:
    async with provider_at(llama) as provider:
        assert provider.takes("tiny-random") == UNKNOWN
        await provider.models()
        assert provider.listed() == ("tiny-random",)
        assert provider.takes("tiny-random") == BLIND
        assert provider.takes("another").images is None
