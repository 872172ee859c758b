"""Which models' prices calls can be held against."""

from collections.abc import Iterable
from datetime import datetime

from texts import _
from usage.prices import PriceBook, PricesError, chat_generation
from usage.reports.calls import Calls, Filter
from usage.reports.questions.what_if import Alternative
from usage.units import Endpoint

_OPENAI = Endpoint("api.openai.com", "openai")
# In the order in which anybody first called them.
_CALLED = """
SELECT model
FROM calls
WHERE model <> ''
GROUP BY model
HAVING count(*) FILTER (WHERE CHOSEN) > 0
ORDER BY min(line)
"""


class PricedModels:
    """Models at the prices of one endpoint; where that bills nothing or nobody knows what, at OpenAI's."""

    def __init__(self, prices: PriceBook, endpoint: Endpoint) -> None:
        self._prices = prices
        self.endpoint = endpoint if endpoint.has_list else _OPENAI

    def alternatives(self, models: Iterable[str], at: datetime) -> list[Alternative]:
        """Return these models at the prices of that time. Raises PricesError naming one without a price."""
        found = []
        for model in dict.fromkeys(models):
            alternative = self._alternative(model, at)
            if alternative is None:
                text = _("No price is known for {model} at {host}: check the name, or give one.")
                raise PricesError(text.format(model=repr(model), host=self.endpoint.host))
            found.append(alternative)
        return found

    def used(self, calls: Calls, at: datetime, user: str | None = None) -> list[Alternative]:
        """Return every model that this user, or anybody for None, has called and that has a price there."""
        models = calls.ask(_CALLED, Filter(user=user))["model"]
        return [each for model in models if (each := self._alternative(model, at))]

    def listed(self, at: datetime) -> list[str]:
        """Return the chat models that the price list has a price of there, newest generation first."""
        names = sorted(self._prices.listed_chat_models(self.endpoint), key=_newest_first)
        return [name for name in names if self._alternative(name, at)]

    def _alternative(self, model: str, at: datetime) -> Alternative | None:
        steps = self._prices.steps(self.endpoint, model, at)
        return Alternative(model, steps) if steps else None


def _newest_first(model: str) -> tuple[int, str]:
    return -chat_generation(model), model
