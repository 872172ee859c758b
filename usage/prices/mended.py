"""Mends the published list where it is known to be wrong, by the entries of `mended.toml`."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any

from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import (
    ClauseAnd,
    ClauseEquals,
    ClauseOr,
    ClauseRegex,
    ConditionalPrice,
    MatchLogic,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    TimeOfDateConstraint,
)

Entry = Mapping[str, Any]

_FILE = Path(__file__).with_suffix(".toml")
_DEFAULT_SIZE = "low"
_WORD = re.compile(r"[a-z0-9]+")
# What may follow a name without making it another model's: a date, an edition, "latest" and the like.
_EDITION = re.compile(
    r"[-@](?:20\d\d-\d\d-\d\d|20\d{6}|\d\d-20\d\d|\d\d-\d\d|\d{3,4}|v\d|latest|default|preview|exp|beta)"
    r"(?![a-z0-9])"
)
# Whose a tuned model is stands behind its name: ft:gpt-4o-2024-08-06:acme::id, gpt-4o.ft-id.
_OWNER = re.compile(r"(?<=^ft:)([^:]*):.*|\.ft-.*")
# Amazon puts a region before a name and a version behind it.
_NAMED_OTHERWISE = frozenset({"aws"})


def mended(snapshot: DataSnapshot) -> DataSnapshot:
    """Return the list as it should be: with the entries, and without a price for a name that is made up.

    What the list itself says right by now stays as it is.
    """
    return DataSnapshot([_mended(provider) for provider in snapshot.providers], snapshot.from_auto_update)


def times_at(host: str, provider: str, model_id: str) -> Decimal:
    """Return by how much the tokens of a model are dearer at a host: 1.1 in some regions, else 1."""
    for region in entries("regions", provider):
        if re.fullmatch(region["hosts"], host) and not re.fullmatch(region["at_list_price"], model_id):
            return Decimal(region["times"])
    return Decimal(1)


def entries(kind: str, provider: str) -> list[Entry]:
    """Return the entries of one kind for a provider."""
    return [entry for entry in all_entries()[kind] if entry["provider"] == provider]


@cache
def all_entries() -> Mapping[str, list[Entry]]:
    """Return the entries of `mended.toml` by their kinds."""
    return tomllib.loads(_FILE.read_text("utf-8"), parse_float=Decimal)


def _mended(provider: Provider) -> Provider:
    models = provider.models
    for kind, mend in (("hours", _on_weekdays), ("request_fees", _with_fees), ("missing_rates", _with_rates)):
        for entry in entries(kind, provider.id):
            models = [mend(model, entry) if model.id in entry["models"] else model for model in models]
    models = [*_aliases(provider, models), *models]
    if provider.id not in _NAMED_OTHERWISE:
        models = [replace(model, match=_Strictly([model.match], model.id)) for model in models]
    hosts = [f"https://(?:{region['hosts']})" for region in entries("regions", provider.id)]
    return replace(provider, models=models, api_pattern="|".join([provider.api_pattern, *hosts]))


def _aliases(provider: Provider, models: Sequence[ModelInfo]) -> Iterator[ModelInfo]:
    """Yield those of the models that aliases mean, under these names, unless the list knows better by now."""
    for entry in entries("aliases", provider.id):
        meant = next((model for model in models if model.id == entry["means"]), None)
        for name in entry["names"]:
            listed = provider.find_model(name)
            if meant and listed and listed.id == entry["listed_as"]:
                yield replace(meant, id=name, match=ClauseEquals(name))


def _on_weekdays(model: ModelInfo, entry: Entry) -> ModelInfo:
    """Return the model with the prices of single hours on some days of the week only."""
    if isinstance(model.prices, ModelPrice):
        return model
    return replace(model, prices=[_on_days(price, entry["weekdays"]) for price in model.prices])


def _on_days(price: ConditionalPrice, weekdays: Sequence[int]) -> ConditionalPrice:
    hours = price.constraint
    if not isinstance(hours, TimeOfDateConstraint):
        return price
    return replace(price, constraint=_HoursOnDays(hours.start_time, hours.end_time, weekdays))


@dataclass
class _HoursOnDays(TimeOfDateConstraint):
    """Hours on some days of the week (Monday is 1), both in UTC."""

    weekdays: Sequence[int]

    def active(self, request_timestamp: datetime) -> bool:
        is_day = request_timestamp.astimezone(UTC).isoweekday() in self.weekdays
        return is_day and super().active(request_timestamp)


def _with_fees(model: ModelInfo, entry: Entry) -> ModelInfo:
    """Return the model with the usual fee for a request, and each size of search as a tier with its own."""
    fees = {size: Decimal(fee) for size, fee in entry["usd_per_thousand"].items()}
    if not isinstance(model.prices, ModelPrice) or model.prices.requests_kcount != max(fees.values()):
        return model
    tiers = [
        PriceVariant({"service_tier": size}, ModelPrice(requests_kcount=fee)) for size, fee in fees.items()
    ]
    usual = ModelPrice(**{**vars(model.prices), "requests_kcount": fees[_DEFAULT_SIZE]})
    return replace(model, prices=usual, price_variants=[*(model.price_variants or ()), *tiers])


def _with_rates(model: ModelInfo, entry: Entry) -> ModelInfo:
    """Return the model with the rates that the list leaves out."""
    if not isinstance(model.prices, ModelPrice):
        return model
    return replace(model, prices=ModelPrice(**{**entry["rates"], **vars(model.prices)}))


@dataclass
class _Strictly(ClauseOr):
    """Matches what its clauses match, unless the name has a word that none of the model's own names has."""

    model_id: str

    def is_match(self, text: str) -> bool:
        return super().is_match(text) and not _words(text.rpartition("/")[2]) - self._own_words()

    def _own_words(self) -> Counter[str]:
        return reduce(or_, map(_words, _names(self)), _words(self.model_id))


def _names(logic: MatchLogic) -> Iterator[str]:
    """Yield the names, and the parts of names, by which a model is found."""
    match logic:
        case ClauseOr(or_=parts) | ClauseAnd(and_=parts):
            for part in parts:
                yield from _names(part)
        case ClauseRegex():
            pass
        case _:
            yield from vars(logic).values()


def _words(name: str) -> Counter[str]:
    """Return the words of a name without its edition: gemini, 2, 5, pro for gemini-2.5-pro-preview-05-20."""
    return Counter(_WORD.findall(_EDITION.sub("", _OWNER.sub(r"\1", name.lower()))))
