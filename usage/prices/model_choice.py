"""What the name of a model tells, and which models to suggest by their price.

A price is the sum of a model's rates for input and output. It stands in for how good a model is, which
no list tells: within one generation of models the dearer ones are usually the stronger ones.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Words in the names of models that make vectors, sound, images, …; the first ones also begin longer words.
_OTHER_KINDS = re.compile(
    r"(?:^|[^a-z])(?:(?:embed|rerank|whisper|transcri|diffusion|imagen|moderation)[a-z]*"
    r"|tts|stt|speech|translate|audio|realtime|live|image|dall|sora|search|guard|shieldgemma|ocr|computer-use"
    r"|deep-research|turbo-instruct|babbage|davinci|bge|gte|e5|minilm|voyage|kokoro|orpheus|parakeet|flux|sdxl"
    r"|veo)(?:$|[^a-z])"
)
# These answer on OpenAI's Responses interface only; other makers' "pro" models do chat.
_RESPONSES_ONLY = re.compile(r"^(?:openai/)?(?:codex|(?:gpt-|o\d).*(?:-pro|codex))")
# 2026-11-01, 20261101 or 1101 at the end of a name; Google puts an @ before the date.
_DATED = re.compile(r"(?P<name>.+)[-@](?P<date>20\d\d-\d\d-\d\d|20\d{6}|\d{4})")
_LEAP_YEAR = 2024
FREE_ROUTE = ":free"
# By these OpenRouter chooses among the providers of a model; what the model is, and its price, stay.
_ROUTES = (":nitro", ":floor", FREE_ROUTE)
_CHEAPER = 2
_GENERATION = re.compile(r"^gpt-(\d{1,4})(?!\d)")  # Python refuses to read numbers of any length


def is_chat_model(model: str) -> bool:
    """Return whether a model with this name probably chats, and makes no images, sound, vectors, …"""
    name = model.lower()
    return not (_OTHER_KINDS.search(name) or _RESPONSES_ONLY.match(name))


def chat_generation(model: str) -> int:
    """Return the whole number in a name like gpt-6-luna, which tells new models from old ones; else 0."""
    found = _GENERATION.match(model.lower())
    return int(found[1]) if found else 0


def is_same_model(answered: str, asked: str) -> bool:
    """Return whether the model that answered is the one that was asked for.

    It is with the same name, with that name and a date, and when one of both has a vendor's prefix or a
    route.
    """
    wanted, given = without_route(asked.lower()), without_route(answered.lower())
    names = {given, _without_date(given)}
    return any(wanted in names_behind(name) or name in names_behind(wanted) for name in names)


def names_behind(model: str) -> tuple[str, ...]:
    """Return the name, then what is left without its prefixes: openai/gpt-6-luna, gpt-6-luna."""
    parts = model.split("/")
    return tuple("/".join(parts[start:]) for start in range(len(parts)) if parts[-1])


def without_route(model: str) -> str:
    """Return the name without what tells OpenRouter which of its providers to ask."""
    route = next(filter(model.endswith, _ROUTES), "")
    return model.removesuffix(route)


def _without_date(model: str) -> str:
    found = _DATED.fullmatch(model)
    if found is None:
        return model
    figures = found["date"].replace("-", "")
    try:
        date(int(figures[:-4] or _LEAP_YEAR), int(figures[-4:-2]), int(figures[-2:]))
    except ValueError:
        return model
    return found["name"]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Names of models: the next cheaper ones, nearest first, and the next dearer one, if any."""

    cheaper: tuple[str, ...] = ()
    better: str | None = None


def cheapest_of_newest(prices: Mapping[str, Decimal]) -> str | None:
    """Return the cheapest model of the newest generation; None when there is none."""
    return next(iter(cheapest_first(prices)), None)


def cheapest_first(prices: Mapping[str, Decimal]) -> list[str]:
    """Return the models in the order of their price, those of the newest generation first."""
    return sorted(prices, key=lambda name: (-chat_generation(name), prices[name], *_plainness(name)))


def alternatives_to(model: str, prices: Mapping[str, Decimal]) -> Alternatives:
    """Return the alternatives to a model, by its price and those of the models on offer.

    Cheaper ones are of its generation or newer; older ones, which may be about to be shut down, only
    make up the number. The better one is the next dearer of its generation or newer. Of several models
    with the same price the one with the plainest name stands for all.
    """
    if model not in prices:
        return Alternatives()
    own, generation = prices[model], chat_generation(model)
    by_price: dict[tuple[bool, Decimal], str] = {}
    for name in sorted(prices, key=_plainness):
        by_price.setdefault((chat_generation(name) < generation, prices[name]), name)
    cheaper = sorted((key for key in by_price if key[1] < own), key=lambda key: (key[0], -key[1]))
    nearest = sorted(cheaper[:_CHEAPER], key=lambda key: -key[1])
    dearer = [key for key in by_price if key[1] > own and not key[0]]
    return Alternatives(
        cheaper=tuple(by_price[key] for key in nearest),
        better=by_price[min(dearer, key=lambda key: key[1])] if dearer else None,
    )


def _plainness(name: str) -> tuple[int, str]:
    return len(name), name
