"""The choice between speed and price, where the price list has service tiers for a model."""

from collections.abc import Mapping
from decimal import Decimal

from chat.connections import Offered
from chat.ui.chat_services import ChatServices
from texts import _
from usage.prices import ASKED_TIERS, tier_name
from usage.units import Price, format_price, plain

HALF = Decimal("0.5")
TWICE = Decimal(2)
Choices = list[tuple[str, str]]


def all_tiers() -> Choices:
    """Return every choice there may be, before it is known which ones a model has."""
    return [(tier_name(tier), tier) for tier in ("", *ASKED_TIERS)]


def tiers_of(services: ChatServices, offered: Offered, wanted: str) -> Choices:
    """Return what can be chosen for a model; only "Standard" where the list has no other price for it.

    What is `wanted` is among them even if this model has no such tier, so that it can be put back.
    """
    prices, now = services.meter.prices, services.clock()
    standard = prices.price(offered.endpoint, offered.model, 0, now)
    tiers = prices.asked_tiers(offered.endpoint, offered.model, now)
    return tier_choices(standard, tiers, wanted)


def tier_choices(standard: Price | None, tiers: Mapping[str, Price], wanted: str) -> Choices:
    """Return the choices in words, with what each tier costs compared with the standard price."""
    texts = {"flex": _("Flex: {price}, may take minutes"), "priority": _("Priority: {price}, answered first")}
    choices = [(tier_name(""), "")]
    for name, text in texts.items():
        if standard and name in tiers:
            choices.append((text.format(price=in_words(tiers[name], standard)), name))
        elif name == wanted:
            text = _("{tier}: not available for this model; Standard is used")
            choices.append((text.format(tier=tier_name(name)), name))
    return choices


def in_words(price: Price, standard: Price) -> str:
    """Return how many times the standard price a price is; where its rates differ in that, the rates."""
    pairs = (
        (price.input_usd_per_mtok, standard.input_usd_per_mtok),
        (price.output_usd_per_mtok, standard.output_usd_per_mtok),
    )
    factors = {rate / usual if usual else None for rate, usual in pairs}
    factor = factors.pop()
    if factors or factor is None:
        return format_price(price.input_usd_per_mtok, price.output_usd_per_mtok)
    if factor == HALF:
        return _("half the price")
    if factor == TWICE:
        return _("twice the price")
    return _("{factor} × the price").format(factor=plain(round(factor, 2)))
