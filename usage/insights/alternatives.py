"""Which models' prices calls can be held against."""

from collections.abc import Iterable
from datetime import datetime

from usage.call_table import CallTable
from usage.hosts import DEMO
from usage.insights.what_if import Alternative
from usage.own_prices import PricesError
from usage.prices import LOCAL, UNKNOWN, PriceBook

_OPENAI, _OPENAI_HOST = "openai", "api.openai.com"


class PricedModels:
    """Models at the prices of one endpoint; where that bills nothing or nobody knows what, at OpenAI's.

    `provider` and `endpoint` are those of `PriceBook.price`.
    """

    def __init__(self, prices: PriceBook, provider: str, endpoint: str) -> None:
        elsewhere = provider in (DEMO, LOCAL, UNKNOWN)
        self._prices = prices
        self._provider, self.endpoint = (_OPENAI, _OPENAI_HOST) if elsewhere else (provider, endpoint)

    def alternatives(self, models: Iterable[str], at: datetime) -> list[Alternative]:
        """These models at the prices of that time. Raises PricesError naming one whose price is unknown."""
        found = []
        for model in dict.fromkeys(models):
            alternative = self._alternative(model, at)
            if alternative is None:
                raise PricesError(
                    f"No price is known for {model!r} at {self.endpoint}: check the name, or give one."
                )
            found.append(alternative)
        return found

    def used(self, table: CallTable, at: datetime) -> list[Alternative]:
        """Every model of the ledger that has a price there."""
        models = table.names["model"].texts()
        return [each for model in models if model and (each := self._alternative(model, at))]

    def _alternative(self, model: str, at: datetime) -> Alternative | None:
        steps = self._prices.steps(self._provider, self.endpoint, model, at)
        return Alternative(model, steps) if steps else None
