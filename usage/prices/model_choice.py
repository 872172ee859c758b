"""Which models to suggest by their price: the cheapest current one, and what else a question could go to.

A price is the sum of a model's rates for input and output. It stands in for how good a model is, which
no list tells: within one generation of models the dearer ones are usually the stronger ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from usage.prices.model_names import chat_generation

_CHEAPER = 2


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Names of models: the next cheaper ones, nearest first, and the next dearer one if there is any."""

    cheaper: tuple[str, ...] = ()
    better: str | None = None


def cheapest_of_newest(prices: Mapping[str, Decimal]) -> str | None:
    """The cheapest model of the newest generation; None when there is none."""
    return min(
        prices, key=lambda name: (-chat_generation(name), prices[name], *_plainness(name)), default=None
    )


def alternatives_to(model: str, prices: Mapping[str, Decimal]) -> Alternatives:
    """What else there is, by the prices of the models on offer and of the model itself.

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
