"""The models on offer, with their prices, in the order in which the menu shows them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chat.connections import Catalogue, Offered
from chat.providers import DEMO_MODEL
from chat.ui.chat_services import ChatServices
from usage.prices import is_chat_model
from usage.units import DEMO, format_price

_FAMILY = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """A model in the menu: how the page names it, where and of which family it is, and its price in words.

    One that is not listed by the endpoint was named by a person, who may know better.
    """

    choice: str
    connection: str
    family: str
    price: str
    usd_per_mtok: Decimal | None
    is_listed: bool = True

    @property
    def place(self) -> tuple[str, bool, Decimal, str]:
        """Return where it stands among others: by family, then price, those of unknown price last."""
        return self.family, self.usd_per_mtok is None, self.usd_per_mtok or Decimal(0), self.choice


def offers(
    services: ChatServices, catalogue: Catalogue, own_key: str, named: Iterable[str]
) -> tuple[Offer, ...]:
    """Return the models that can chat and those that were `named`, by family and price."""
    by_choice = {each.choice: each for each in catalogue.models}
    found = [_offer(services, each) for each in by_choice.values() if is_chat_model(each.model)]
    others = (services.endpoints.named(name, own_key) for name in named if name not in by_choice)
    found += [replace(_offer(services, each), is_listed=False) for each in others]
    return tuple(sorted(found, key=lambda each: each.place))


def model_at_start(services: ChatServices, own_key: str, default: str) -> str:
    """Return the model that a new chat asks, with this key; `default` is the one that was set, if any.

    It is empty as long as the models are not known.
    """
    endpoint = services.endpoints.provider(own_key)[0].endpoint
    if chosen := default or services.model:
        is_at_demo = endpoint.host == DEMO and ": " not in chosen
        return DEMO_MODEL if is_at_demo else chosen
    names = services.endpoints.known_models(own_key)
    cheapest = services.meter.prices.cheapest_chat_model(endpoint, names, services.clock())
    return cheapest or next(filter(is_chat_model, names), "")


def _offer(services: ChatServices, offered: Offered) -> Offer:
    price = services.meter.prices.price(offered.endpoint, offered.model, 0, services.clock())
    rates = (price.input_usd_per_mtok, price.output_usd_per_mtok) if price else (None, None)
    return Offer(
        choice=offered.choice,
        connection=offered.connection,
        family=offered.connection or family_of(offered.model),
        price=format_price(*rates),
        usd_per_mtok=price.input_usd_per_mtok + price.output_usd_per_mtok if price else None,
    )


def family_of(model: str) -> str:
    """Return the vendor that a model's name begins with ("meta-llama/…"), else its first word ("gpt")."""
    vendor, slash, _rest = model.partition("/")
    first = _FAMILY.search(model)
    return vendor if slash else first[0].lower() if first else model


def lately_used(all_offers: Sequence[Offer], used: Iterable[str]) -> tuple[Offer, ...]:
    """Return those that were used lately and are still on offer, the latest first."""
    by_choice = {offer.choice: offer for offer in all_offers}
    return tuple(by_choice[model] for model in used if model in by_choice)
