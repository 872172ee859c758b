"""The models on offer, with their prices beside the names."""

import asyncio
from collections.abc import Iterable

from chat.providers import CompletionProvider
from chat.ui.chat_services import ChatServices
from texts import _
from usage.prices import is_chat_model
from usage.units import format_price

Choice = tuple[str, str]


async def model_choices(services: ChatServices, own_key: str) -> tuple[list[Choice], str | None]:
    """Return (label, name) of each model, chat models first, and the name of the one to begin with.

    Raises ChatError when the endpoint does not list its models.
    """
    names = await services.endpoints.models(own_key)
    return await asyncio.to_thread(_priced, services, own_key, names)


def _priced(services: ChatServices, own_key: str, names: Iterable[str]) -> tuple[list[Choice], str | None]:
    provider, _key_owner = services.endpoints.provider(own_key)
    ordered = sorted(names, key=lambda name: (not is_chat_model(name), name))
    choices = [(_label(services, provider, name), name) for name in ordered]
    cheapest = services.meter.prices.cheapest_chat_model(provider.endpoint, ordered, services.clock())
    return choices, services.model or cheapest or next(iter(ordered), None)


def _label(services: ChatServices, provider: CompletionProvider, name: str) -> str:
    price = services.meter.prices.price(provider.endpoint, name, 0, services.clock())
    if price is None:
        return f"{name} · {_('price unknown')}"
    return f"{name} · {format_price(price.input_usd_per_mtok, price.output_usd_per_mtok)}"
