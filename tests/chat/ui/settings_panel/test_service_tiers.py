"""What the choice between speed and price offers, and in which words."""

from decimal import Decimal

import pytest

from chat.ui.settings_panel.parameters.service_tiers import all_tiers, in_words, tier_choices, tiers_of
from tests.helpers.chats import services_of
from tests.helpers.fakes import Rig
from usage.units import Endpoint, Price

OPENAI = Endpoint("api.openai.com", "openai")
STANDARD = ("Standard", "")
HALF = ("Flex: half the price, may take minutes", "flex")
TWICE = ("Priority: twice the price, answered first", "priority")
NO_FLEX = ("Flex: not available for this model; Standard is used", "flex")


def price(rate_in: str, rate_out: str) -> Price:
    """A price with these rates of input and output."""
    return Price(Decimal(rate_in), Decimal(rate_in), Decimal(rate_in), Decimal(rate_out), "list")


@pytest.mark.parametrize(
    ("tier", "standard", "said"),
    [
        (price("0.05", "0.25"), price("0.1", "0.5"), "half the price"),
        (price("10", "60"), price("5", "30"), "twice the price"),
        (price("0.06", "0.3"), price("0.1", "0.5"), "0.6 × the price"),
        (price("0.25", "1"), price("0.15", "0.6"), "1.67 × the price"),
        (price("3", "15"), price("1", "5"), "3 × the price"),
        (price("20", "100"), price("2", "10"), "10 × the price"),
        (price("1", "20"), price("2", "10"), "$1.00 in / $20.00 out per 1M"),
        (price("1", "20"), price("0", "10"), "$1.00 in / $20.00 out per 1M"),
        (price("1", "1"), price("0", "0"), "$1.00 in / $1.00 out per 1M"),
    ],
)
def test_a_tier_costs_as_many_times_the_standard_price_as_its_rates_do(
    tier: Price, standard: Price, said: str
) -> None:
    assert in_words(tier, standard) == said


@pytest.mark.parametrize(
    ("endpoint", "model", "wanted", "offered"),
    [
        (OPENAI, "gpt-6-luna", "", [STANDARD, HALF, TWICE]),
        (OPENAI, "gpt-6-luna", "flex", [STANDARD, HALF, TWICE]),
        (OPENAI, "gpt-5-nano", "", [STANDARD, HALF]),
        (OPENAI, "gpt-4o", "", [STANDARD, ("Priority: 1.7 × the price, answered first", "priority")]),
        (OPENAI, "gpt-3.5-turbo", "", [STANDARD]),
        (Endpoint("localhost", "local"), "gpt-6-luna", "", [STANDARD]),
        # What was chosen for another model can be put back, and nothing else can be chosen so.
        (OPENAI, "gpt-3.5-turbo", "flex", [STANDARD, NO_FLEX]),
        (OPENAI, "gpt-3.5-turbo", "batch", [STANDARD]),
        (OPENAI, "", "", [STANDARD]),
    ],
)
def test_a_choice_is_offered_where_the_list_has_a_price_for_it(
    rig: Rig, endpoint: Endpoint, model: str, wanted: str, offered: list[tuple[str, str]]
) -> None:
    rig.provider.endpoint = endpoint
    services = services_of(rig)
    assert tiers_of(services, services.endpoints.named(model, ""), wanted) == offered


def test_before_the_model_is_known_every_choice_may_come() -> None:
    assert [tier for _name, tier in all_tiers()] == ["", "flex", "priority"]
    assert tier_choices(None, {}, "") == [STANDARD]
