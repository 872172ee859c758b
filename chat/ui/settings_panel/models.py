"""The models on offer, with their prices beside the names."""

import asyncio

from chat.connections import Catalogue, Offered
from chat.providers import RequestRefused
from chat.ui.chat_services import ChatServices
from texts import _
from usage.prices import is_chat_model
from usage.units import format_price

Choice = tuple[str, str]


async def model_choices(services: ChatServices, own_key: str) -> tuple[list[Choice], str | None]:
    """Return (label, value) of each model, chat models first, and the value of the one to begin with.

    Raises ChatError when no connection lists any.
    """
    catalogue = await services.endpoints.models(own_key)
    if not catalogue.models and catalogue.troubles:
        raise RequestRefused(next(iter(catalogue.troubles.values())))
    return await asyncio.to_thread(_priced, services, catalogue)


def _priced(services: ChatServices, catalogue: Catalogue) -> tuple[list[Choice], str | None]:
    ordered = sorted(
        catalogue.models, key=lambda each: (each.connection, not is_chat_model(each.model), each.model)
    )
    choices = [(_label(services, each), each.choice) for each in ordered]
    first = [each for each in ordered if not each.connection]
    names = [each.model for each in first]
    prices = services.meter.prices
    cheapest = prices.cheapest_chat_model(first[0].endpoint, names, services.clock()) if first else None
    return choices, services.model or cheapest or next(iter(names), None)


def _label(services: ChatServices, offered: Offered) -> str:
    price = services.meter.prices.price(offered.endpoint, offered.model, 0, services.clock())
    if price is None:
        return f"{offered.choice} · {_('price unknown')}"
    return f"{offered.choice} · {format_price(price.input_usd_per_mtok, price.output_usd_per_mtok)}"
