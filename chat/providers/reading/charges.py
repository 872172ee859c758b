"""What an endpoint says that a call was charged, in the fields that each documents.

OpenRouter: `cost`, and with a key of one's own at a maker what that maker bills beside it (`is_byok`,
`cost_details.upstream_inference_cost`). xAI: `cost_in_usd_ticks`. Perplexity: `cost.total_cost`. LiteLLM's
proxy: `cost`.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from usage.units import plain

TICKS_EXPONENT = -10  # 10^10 ticks are one USD
LARGEST_CHARGE = 10**6  # USD, for one call; anything larger is no amount
_DECIMALS = 12  # as the ledger has
_AMOUNT = re.compile(r"\d{1,18}(\.\d{0,30})?(e-\d{1,3})?", re.ASCII | re.IGNORECASE)


def charge_in(usage: Mapping[str, Any]) -> Decimal | None:
    """Return the amount in USD that stands in the usage of a reply; None if there is none."""
    ticks = _amount(usage.get("cost_in_usd_ticks"))
    if ticks is not None:
        return _rounded(ticks.scaleb(TICKS_EXPONENT))
    cost = usage.get("cost")
    charged = _amount(cost.get("total_cost") if isinstance(cost, Mapping) else cost)
    if charged is None:
        return None
    details = usage.get("cost_details")
    billed_by_maker = (
        _amount(details.get("upstream_inference_cost")) if isinstance(details, Mapping) else None
    )
    own_key = usage.get("is_byok")
    if own_key is True and billed_by_maker is None:
        return None  # the most of it is not told
    # Without a key of one's own at the maker, its price is in the cost already.
    is_beside = own_key is True or (own_key is None and (billed_by_maker or 0) > charged)
    return _rounded(charged + billed_by_maker if billed_by_maker and is_beside else charged)


def charge_of_generation(answer: Any) -> Decimal | None:
    """Return the amount in USD in OpenRouter's later account of a call; None if there is none."""
    told = answer.get("data") if isinstance(answer, Mapping) else None
    if not isinstance(told, Mapping):
        return None
    charged, by_maker = (_amount(told.get(name)) for name in ("total_cost", "upstream_inference_cost"))
    if told.get("is_byok") is not True:
        by_maker = Decimal(0)
    return None if charged is None or by_maker is None else _rounded(charged + by_maker)


def _amount(value: Any) -> Decimal | None:
    """Return a number, or one that comes as text, that is an amount; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return Decimal(text) if _AMOUNT.fullmatch(text := str(value).strip()) else None


def _rounded(amount: Decimal) -> Decimal | None:
    return plain(round(amount, _DECIMALS)) if amount <= LARGEST_CHARGE else None
