"""Turns a finished call into its ledger entry: counts it, prices it, appends it, once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from usage.forecast import (
    CachedPrompt,
    Forecast,
    OtherModel,
    Prompt,
    ReplyLengths,
    TokenCount,
    Tokenizer,
    WorstCase,
    forecast_of,
    price_change,
    with_reply,
    worst_case,
)
from usage.ledger import IMPOSSIBLE, Call, CallStatus, CostSource, Ledger, LedgerEntry, UsageSource
from usage.prices import PriceBook, PricesOfAnswer, names_behind
from usage.units import OPENROUTER, Endpoint, Price, TokenUsage, cost_of, free_price

FREE = Decimal(0)
_NOTHING: tuple[Decimal, CostSource] = (FREE, "none")
_DOCUMENT_THEIR_CHARGES = (OPENROUTER, "perplexity", "x-ai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a call ended, and what its endpoint reported.

    `usage` is what the endpoint reported, None when it did not. An estimate then takes what it had `counted`
    before the reply ended, or else what was expected of the prompt, and counts `reply` (with the visible
    reasoning). `charged_usd` is what the endpoint says that it charged, `usage_json` its own usage object.
    `refused`: it cost nothing.
    `impossible` says which reported counts no call can have: then no count is believed, and only an amount
    that the endpoint charged is a cost.
    """

    status: CallStatus
    usage: TokenUsage | None
    counted: TokenUsage | None = None
    charged_usd: Decimal | None = None
    usage_json: str = ""
    reply: str
    refused: bool = False
    resolved_model: str | None = None
    first_token_ms: int | None = None
    duration_ms: int | None
    service_tier: str | None = None
    impossible: str | None = None
    note: str = ""


@dataclass
class Meter:
    """Knows what calls cost, before and after, and writes the ledger."""

    ledger: Ledger
    prices: PriceBook
    tokenizer: Tokenizer

    def append(self, entry: LedgerEntry) -> None:
        """Write an entry, once however often it is asked. Raises LedgerError when it cannot be written."""
        self.ledger.append(entry)

    def recorded(self, call_id: str) -> LedgerEntry | None:
        """Return the entry of this call if the ledger has it, after a look through all of the ledger."""
        return self.ledger.find([call_id]).get(call_id)

    def count(self, prompt: Prompt, model: str) -> TokenCount:
        """Return how many tokens a prompt takes."""
        return prompt.size(self.tokenizer, model).count

    def worst_case(
        self,
        endpoint: Endpoint,
        model: str,
        prompt: Prompt,
        at: datetime,
        stand_ins: Iterable[str] = (),
    ) -> WorstCase | None:
        """Return the most that a call with this prompt can cost; None if the model's price is unknown.

        The reply may name any service tier. `stand_ins`: models that may answer for the one that is asked.
        """
        prices = self.prices.in_every_tier(endpoint, model, at)
        if not prices:
            return None
        for other in stand_ins:
            for name in names_behind(other):
                prices += self.prices.in_every_tier(endpoint, name, at)
        size = prompt.size(self.tokenizer, model)
        window = self.prices.context_window(endpoint, model)
        room_tokens = None if window is None else window - size.count.tokens
        return worst_case(prices, size.most_tokens, room_tokens)

    def forecast(
        self,
        endpoint: Endpoint,
        model: str,
        prompt: Prompt,
        at: datetime,
        reply: ReplyLengths,
        cached: CachedPrompt | None = None,
        wanted_tier: str | None = None,
    ) -> Forecast:
        """Return what a prompt costs alone, with the usual reply, at most, and with what is likely cached.

        A model that has the wanted tier is asked for it; at most it costs the dearer of that and standard,
        since it is not known yet which one answers.
        """
        size = prompt.size(self.tokenizer, model)
        window = self.prices.context_window(endpoint, model)
        steps = self.prices.steps(endpoint, model, at)
        change = price_change(steps, self.prices.next_change(endpoint, model, at), at, size.count.tokens)
        standard = forecast_of(model, size, window, steps, reply, cached)
        standard = replace(standard, change=change, prompt=prompt)
        tier = self.prices.tier_to_ask(endpoint, model, at, wanted_tier)
        if tier is None or standard.most_usd is None:
            return standard
        steps = self.prices.steps(endpoint, model, at, tier)
        asked = forecast_of(model, size, window, steps, reply, cached)
        most_usd = max(standard.most_usd, asked.most_usd or FREE)
        return replace(asked, service_tier=tier, most_usd=most_usd, change=change, prompt=prompt)

    def other_models(
        self, endpoint: Endpoint, here: Forecast, available: Iterable[str], at: datetime
    ) -> tuple[OtherModel, ...]:
        """Return what the same prompt costs with cheaper models and a better one that are available.

        Text is as many tokens, pictures and PDFs are by the rule of each model. They are asked for the same
        service tier where they have it.
        """
        tier = here.service_tier
        found = self.prices.alternatives(endpoint, here.model, available, at, tier)
        names = (*found.cheaper, found.better) if found.better else found.cheaper
        tokens = {name: self._tokens_with(name, here) for name in names}
        prices = {name: self.prices.price_as_asked(endpoint, name, tokens[name], at, tier) for name in names}
        return tuple(
            OtherModel(
                name,
                is_better=name == found.better,
                prompt_usd=with_reply(price, tokens[name], 0),
                likely_usd=with_reply(price, tokens[name], here.usual_tokens),
            )
            for name, price in prices.items()
        )

    def _tokens_with(self, model: str, here: Forecast) -> int:
        """Return how many tokens the prompt of a forecast takes with another model."""
        if here.prompt is None or not (here.prompt.images or here.prompt.documents):
            return here.tokens.tokens
        return self.count(here.prompt, model).tokens

    def entry(self, call: Call, outcome: Outcome) -> LedgerEntry:
        """Return the call's entry, counted and priced, not yet written."""
        usage, source = self._usage(call, outcome)
        prices = self._prices_of(call, outcome, usage.input or 0)
        billed = _billed(call.endpoint, prices, usage, outcome.charged_usd)
        cost, cost_source = _NOTHING if outcome.refused else billed
        return LedgerEntry(
            call=call,
            status=outcome.status,
            usage=usage,
            usage_source=source,
            price=prices.in_force,
            cost_usd=cost,
            cost_source=cost_source,
            reported_cost_usd=outcome.charged_usd,
            listed_cost_usd=None if outcome.refused else _cost_at(prices.listed, usage),
            usage_json=outcome.usage_json,
            resolved_model=outcome.resolved_model,
            first_token_ms=outcome.first_token_ms,
            duration_ms=outcome.duration_ms,
            service_tier=outcome.service_tier,
            note=f"{IMPOSSIBLE}: {outcome.impossible}" if outcome.impossible else outcome.note,
        )

    def _usage(self, call: Call, outcome: Outcome) -> tuple[TokenUsage, UsageSource]:
        if outcome.refused:
            return TokenUsage(), "none"
        if outcome.impossible:
            return TokenUsage(), "reported"
        if outcome.usage is not None:
            return outcome.usage, "reported"
        reply = self.tokenizer.count_text(outcome.reply, call.model).tokens
        if call.most_output_tokens is not None:  # what the endpoint has counted does not exceed it either
            reply = min(reply, call.most_output_tokens)
        counted = outcome.counted or TokenUsage(input=call.estimated_input_tokens)
        return replace(counted, output=max(reply, counted.output or 0)), "estimated"

    def _prices_of(self, call: Call, outcome: Outcome, input_tokens: int) -> PricesOfAnswer:
        if outcome.impossible:
            return PricesOfAnswer()
        models = call.model, outcome.resolved_model
        return self.prices.prices_of_answer(
            call.endpoint, *models, input_tokens, call.started_at, outcome.service_tier
        )


def _billed(
    endpoint: Endpoint, prices: PricesOfAnswer, usage: TokenUsage, charged_usd: Decimal | None
) -> tuple[Decimal | None, CostSource]:
    """Return what a call costs, and by whose word.

    A person's own price counts first, then the amount that the endpoint named, where its field for it is
    documented, then the published list. Elsewhere an amount above 0 counts only where the call would
    otherwise be free, in one's own network, or of unknown price: gateways that do not know a price say 0.
    """
    own, free, listed = (_cost_at(price, usage) for price in (prices.own, prices.free, prices.listed))
    if own is not None:
        return own, "own"
    is_documented = endpoint.billed_by in _DOCUMENT_THEIR_CHARGES
    is_last_resort = bool(charged_usd) and (free is not None or listed is None)
    if charged_usd is not None and (is_documented or is_last_resort):
        return charged_usd, "reported"
    if free is not None or (prices.listed and prices.listed == free_price(prices.listed.source)):
        return FREE, "free"
    return listed, "none" if listed is None else "listed"


def _cost_at(price: Price | None, usage: TokenUsage) -> Decimal | None:
    return cost_of(price, usage) if price else None
