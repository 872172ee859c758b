"""Reads the list of an endpoint's models: those that may chat, by what is said of them."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, TypeGuard

from chat.providers.reading.model_inputs import listed_inputs
from chat.providers.seam import LONGEST_MODEL_NAME, ModelInputs

MOST_MODELS_LISTED = 5_000  # ten times what the largest gateways have; each is a line of the page's menu

# What LiteLLM, Together, Vercel and GitHub call the kind of a model, and their kinds that do not chat.
_NAMES_OF_KIND = ("mode", "type", "task")
_OTHER_KINDS = {
    *("embedding", "embeddings", "rerank", "moderation", "moderations", "ocr"),
    *("image", "image_generation", "video", "video_generation"),
    *("audio", "audio_speech", "audio_transcription", "speech", "transcribe", "transcription", "tts", "stt"),
}


def models_listed(listed: Any) -> dict[str, ModelInputs] | None:
    """Return the models on a list that a message can ask by name, with what they are said to take.

    None for something of another shape. A model stays unless the list says that it cannot chat.
    """
    models = listed.get("data") if isinstance(listed, Mapping) else listed
    if not isinstance(models, list | None):
        return None
    described = (each for each in models or () if isinstance(each, Mapping) and not _cannot_chat(each))
    named = ((each.get("id"), each) for each in described)
    on_offer = ((name, listed_inputs(model)) for name, model in named if _is_name(name))
    return dict(islice(on_offer, MOST_MODELS_LISTED))


def _is_name(listed: object) -> TypeGuard[str]:
    return isinstance(listed, str) and listed.isprintable() and 0 < len(listed.strip()) <= LONGEST_MODEL_NAME


def _cannot_chat(model: Mapping[str, Any]) -> bool:
    kinds = {kind for kind in map(model.get, _NAMES_OF_KIND) if isinstance(kind, str)}
    makes = _within(model, "architecture", "output_modalities")  # OpenRouter, Hugging Face
    return (
        bool(kinds & _OTHER_KINDS)
        or _within(model, "capabilities", "completion_chat") is False  # Mistral
        or model.get("supports_chat") is False  # Fireworks
        or (isinstance(makes, list) and bool(makes) and "text" not in makes)
    )


def _within(model: Mapping[str, Any], name: str, inner: str) -> Any:
    described = model.get(name)
    return described.get(inner) if isinstance(described, Mapping) else None
