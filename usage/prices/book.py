"""Which price holds for a call: an own one first, then the list of the provider that bills the endpoint."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from usage.ledger import LedgerEntry
from usage.prices.hosts import endpoint_of, host_of
from usage.prices.model_choice import (
    FREE_ROUTE,
    Alternatives,
    alternatives_to,
    cheapest_first,
    cheapest_of_newest,
    is_chat_model,
    is_same_model,
    names_behind,
)
from usage.prices.own_prices import OWN_PRICES, OwnPrices
from usage.prices.published import ASKED_TIERS, PriceList, built_in_list
from usage.units import DEMO, LOCAL, OPENROUTER, Endpoint, Price, PriceSteps, free_price, price_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesOfAnswer:
    """What an answer may be charged at: a person's own price, for nothing, or by the published list."""

    own: Price | None = None
    free: Price | None = None
    listed: Price | None = None

    @property
    def in_force(self) -> Price | None:
        """Return the one that counts; None where none is known."""
        return self.own or self.free or self.listed


@dataclass(frozen=True)
class PriceBook:
    """Looks up prices: own ones first, then those of the list in force. Both may change while the app runs.

    A service tier is named as the reply names it, and matters to listed prices only: None and the names
    of the standard tier mean the standard price, and a tier without a listed price has none.
    """

    own_prices: Callable[[], OwnPrices]
    price_list: Callable[[], PriceList] = built_in_list

    def warm(self) -> None:
        """Load the price list, which takes a fraction of a second at first use."""
        self.price_list()

    def steps(
        self, endpoint: Endpoint, model: str, at: datetime, service_tier: str | None = None
    ) -> PriceSteps:
        """Return the rates in force at that time for calls of every size; empty when they are not known.

        ((0, first), (272_000, dearer)): a call of more than 272,000 input tokens has the dearer ones.
        """
        if endpoint.billed_by == DEMO:
            return ((0, free_price(DEMO)),)
        if (own := self._own(endpoint, model, at, service_tier)) is not None:
            return own
        if endpoint.billed_by == LOCAL:
            return ((0, free_price(LOCAL)),)
        return self._listed(endpoint, model, at, service_tier)

    def _own(
        self, endpoint: Endpoint, model: str, at: datetime, service_tier: str | None = None
    ) -> PriceSteps | None:
        """Return what a person gave for a model: rates, or those of the model that costs the same.

        None where nothing was given, and empty where the other model has no price.
        """
        own = self.own_prices().find(endpoint.host, model, at)
        if own is None or own.same_as is None:
            return ((0, own.price),) if own else None
        other = self.own_prices().find(endpoint.host, own.same_as, at)
        if other and other.same_as is None:
            steps: PriceSteps = ((0, other.price),)
        else:
            steps = self._listed(endpoint, own.same_as, at, service_tier)
        source = f"{OWN_PRICES}: as {own.same_as}"
        return tuple((start, replace(price, source=source)) for start, price in steps)

    def _listed(
        self, endpoint: Endpoint, model: str, at: datetime, service_tier: str | None = None
    ) -> PriceSteps:
        if not endpoint.has_list:
            return ()
        return self.price_list().steps(endpoint.billed_by, model, at, service_tier, endpoint.host)

    def next_change(self, endpoint: Endpoint, model: str, at: datetime) -> tuple[datetime, PriceSteps] | None:
        """Return when the rates of a model change with the hour, in UTC, and to which.

        None if they do not within 24 hours. At 03:20 on a Monday, DeepSeek's are half as high from 04:00 on.
        """
        now = self.steps(endpoint, model, at)
        for moment in self.price_list().hours_of_change(endpoint.billed_by, model, at):
            if (then := self.steps(endpoint, model, moment)) != now:
                return moment, then
        return None

    def price(
        self,
        endpoint: Endpoint,
        model: str,
        input_tokens: int,
        at: datetime,
        service_tier: str | None = None,
    ) -> Price | None:
        """Return the rates in force at that time for a call of that size; None when they are not known."""
        return price_at(self.steps(endpoint, model, at, service_tier), input_tokens)

    def prices_of_answer(
        self,
        endpoint: Endpoint,
        asked: str,
        answered: str | None,
        input_tokens: int,
        at: datetime,
        service_tier: str | None,
    ) -> PricesOfAnswer:
        """Return the rates for a call that was answered, maybe by another model than the one asked for.

        The model that answered is billed. The price of the one asked for counts when both names mean the
        same model, or when it is a person's own price for a name that stands for whatever answers, such as
        a deployment's.
        """
        if endpoint.billed_by == DEMO:
            return PricesOfAnswer(free=free_price(DEMO))
        if endpoint.billed_by == OPENROUTER and asked.endswith(FREE_ROUTE):
            answered = None  # what is free stays free, whoever answers
        names = names_behind(answered or asked)
        if answered and is_same_model(answered, asked):
            names = (*names, asked)
        listed = next((name for name in names if self._listed(endpoint, name, at)), None)
        stands_for_any = not self._listed(endpoint, asked, at)
        own_names = (*names, asked) if stands_for_any else names
        given = (self._own(endpoint, name, at, service_tier) for name in own_names)
        own = next((steps for steps in given if steps is not None), None)
        if own == ():
            return PricesOfAnswer()
        steps = self._listed(endpoint, listed, at, service_tier) if listed else ()
        return PricesOfAnswer(
            own=price_at(own or (), input_tokens),
            free=free_price(LOCAL) if endpoint.billed_by == LOCAL else None,
            listed=price_at(steps, input_tokens),
        )

    def in_every_tier(self, endpoint: Endpoint, model: str, at: datetime) -> list[PriceSteps]:
        """Return the steps of each service tier that a reply may name; empty when the price is not known."""
        standard = self.steps(endpoint, model, at)
        own = self.own_prices().find(endpoint.host, model, at)
        listed_as = own.same_as if own and own.same_as else model
        tiers = self.price_list().service_tiers(endpoint.billed_by, listed_as)
        named = (self.steps(endpoint, model, at, tier) for tier in tiers)
        return [standard, *filter(None, named)] if standard else []

    def asked_tiers(self, endpoint: Endpoint, model: str, at: datetime) -> dict[str, Price]:
        """Return the service tiers that a call can ask for in place of the standard one, with their prices.

        Only those of another price than the standard one: an own price holds in every tier.
        """
        standard = self.price(endpoint, model, 0, at)
        listed = self.price_list().service_tiers(endpoint.billed_by, model)
        named = ((tier, self.price(endpoint, model, 0, at, tier)) for tier in ASKED_TIERS if tier in listed)
        return {tier: price for tier, price in named if price and price != standard}

    def tier_to_ask(self, endpoint: Endpoint, model: str, at: datetime, wanted: str | None) -> str | None:
        """Return the tier that is wanted where it can be asked for, else None, which is the standard one."""
        return wanted if wanted and wanted in self.asked_tiers(endpoint, model, at) else None

    def context_window(self, endpoint: Endpoint, model: str) -> int | None:
        """Return how many tokens the model takes at most, or None when that is not known."""
        own = self.own_prices().context_window(endpoint.host, model)
        if own is not None or not endpoint.has_list:
            return own
        return self.price_list().context_window(endpoint.billed_by, model)

    def listed_chat_models(self, endpoint: Endpoint) -> list[str]:
        """Return the chat models that the list in force has for an endpoint."""
        return [model for model in self.price_list().models(endpoint.billed_by) if is_chat_model(model)]

    def cheapest_chat_model(self, endpoint: Endpoint, available: Iterable[str], at: datetime) -> str | None:
        """Return the cheapest chat model of the newest generation; None when no price is known."""
        return cheapest_of_newest(self._chat_prices(endpoint, available, at))

    def cheapest_first(self, endpoint: Endpoint, available: Iterable[str], at: datetime) -> list[str]:
        """Return the chat models among these, the cheapest first, and last those whose price is unknown."""
        names = list(available)
        priced = cheapest_first(self._chat_prices(endpoint, names, at))
        return [*priced, *(name for name in names if is_chat_model(name) and name not in priced)]

    def alternatives(
        self,
        endpoint: Endpoint,
        model: str,
        available: Iterable[str],
        at: datetime,
        wanted_tier: str | None = None,
    ) -> Alternatives:
        """Return cheaper and better chat models that are available; none when its own price is unknown."""
        return alternatives_to(model, self._chat_prices(endpoint, {*available, model}, at, wanted_tier))

    def price_as_asked(
        self, endpoint: Endpoint, model: str, input_tokens: int, at: datetime, wanted_tier: str | None
    ) -> Price | None:
        """Return the price of a call that asks for the wanted tier where there is one; None if unknown."""
        tier = self.tier_to_ask(endpoint, model, at, wanted_tier)
        return self.price(endpoint, model, input_tokens, at, tier)

    def _chat_prices(
        self, endpoint: Endpoint, models: Iterable[str], at: datetime, wanted_tier: str | None = None
    ) -> dict[str, Decimal]:
        """Return the sum of input and output rate of each chat model whose price is known."""
        chats = filter(is_chat_model, models)
        prices = ((model, self.price_as_asked(endpoint, model, 0, at, wanted_tier)) for model in chats)
        return {
            model: price.input_usd_per_mtok + price.output_usd_per_mtok for model, price in prices if price
        }


class LatePrices:
    """Prices of past calls that were unknown when they were made, for corrections.

    `billed_by` is what the person chose for `base_url`; `others` gives the endpoints that are known besides.
    """

    def __init__(
        self,
        prices: PriceBook,
        base_url: str,
        billed_by: str | None,
        others: Callable[[], Iterable[Endpoint]] = tuple,
    ) -> None:
        self._prices = prices
        self._others = others
        self._endpoints = {host_of(base_url): endpoint_of(base_url, billed_by)} if billed_by else {}
        self._base_url = base_url

    def has(self, host: str, model: str, at: datetime) -> bool:
        """Return whether a model of an endpoint has a price at that time."""
        return bool(self._prices.steps(self._endpoint(host), model, at))

    def of(self, call: LedgerEntry) -> Price | None:
        """Return the price in force when the call was made, as the meter would have taken it, if known."""
        return self._prices.prices_of_answer(
            self._endpoint(call.call.endpoint.host),
            call.call.model,
            call.resolved_model,
            call.usage.input or 0,
            call.call.started_at,
            call.service_tier,
        ).in_force

    def _endpoint(self, host: str) -> Endpoint:
        if billing := next((each for each in self._others() if each.host == host and each.has_list), None):
            return billing
        if host not in self._endpoints:
            is_base = host == host_of(self._base_url)
            found = endpoint_of(self._base_url if is_base else f"https://{host}", None)
            # A host of one's own was a gateway that bills: otherwise its calls would have been free.
            self._endpoints[host] = Endpoint(host) if found.billed_by == LOCAL else found
        return self._endpoints[host]
