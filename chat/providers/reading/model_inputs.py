"""What models take beside text: by what a list of models says of each, and else by their names."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from chat.providers.seam import ModelInputs
from usage.forecast import sees_pictures
from usage.units import LOCAL, OPENROUTER, Endpoint

# Models that take text only, by their makers' pages. Whoever is not here and says nothing is tried.
_TEXT_ONLY = re.compile(
    r"(?:^|[/.:~])(?:"
    r"gpt-3\.5|gpt-35|gpt-4(?:-0\d{3}|-32k.*|-1106-preview|-0125-preview)?$|gpt-oss|o1-mini|o1-preview|o3-mini"
    r"|deepseek-(?:chat|reasoner|coder|r1|v[23])"
    r"|claude-(?:2|instant)|codestral|mixtral|open-mi[sx]tral|mistral-(?:7b|nemo|tiny)"
    r"|(?:meta-)?llama-?3(?:\.[13])?[-:]|grok-(?:3|code)|qwen2\.5-(?!vl|omni)|qwen3-coder"
    r")"
)


def listed_inputs(model: Mapping[str, Any]) -> ModelInputs:
    """Return what a model takes by what a list says of it, in one of the ways in use."""
    modalities = _first_list(
        _within(model, "architecture", "input_modalities"),  # OpenRouter, Hugging Face, llama.cpp
        model.get("input_modalities"),  # xAI
        model.get("supported_input_modalities"),  # GitHub
    )
    if modalities:
        # That no file is named says nothing: OpenRouter takes PDFs apart for all others.
        return ModelInputs("image" in modalities, True if "file" in modalities else None)
    sees = _first_bool(
        _within(model, "capabilities", "vision"),  # Mistral
        model.get("supports_image_input"),  # Fireworks
        model.get("supports_vision"),  # LiteLLM, and within `model_info`
        _within(model, "model_info", "supports_vision"),
    )
    if sees is None:
        sees = _named(_first_list(model.get("capabilities"), model.get("tags")))  # Ollama; Vercel
    reads = _first_bool(model.get("supports_pdf_input"), _within(model, "model_info", "supports_pdf_input"))
    return ModelInputs(sees, reads)


def inputs_by_name(model: str, endpoint: Endpoint) -> ModelInputs:
    """Return what a model of that name takes by its maker's word."""
    # On one's own machine a model may have any name.
    if endpoint.billed_by == LOCAL:
        return ModelInputs()
    if _TEXT_ONLY.search(model.lower()):
        # OpenRouter sends the text of a PDF to models that take none.
        return ModelInputs(images=False, documents=None if endpoint.billed_by == OPENROUTER else False)
    if not sees_pictures(model):
        return ModelInputs()
    return ModelInputs(images=True, documents=True if endpoint.billed_by == "openai" else None)


def _named(words: Collection[Any] | None) -> bool | None:
    """Return whether pictures are among what a model is said to do; who does not say so may not know."""
    return True if words and not {"vision", "multimodal"}.isdisjoint(map(str, words)) else None


def _first_list(*said: Any) -> list[Any] | None:
    return next((each for each in said if isinstance(each, list)), None)


def _first_bool(*said: Any) -> bool | None:
    return next((each for each in said if isinstance(each, bool)), None)


def _within(model: Mapping[str, Any], name: str, inner: str) -> Any:
    described = model.get(name)
    return described.get(inner) if isinstance(described, Mapping) else None
