"""Reads what endpoints tell of the money that is left in an account, each in its own way."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from texts import _
from usage.units import OPENROUTER, format_amount, format_plain

_LARGEST_ANSWER_BYTES = 65_536
_MOST_CURRENCIES = 5
_MOST_WHOLE_DIGITS, _MOST_DECIMALS = 15, 12  # as many as an amount of the ledger may have
_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class BalanceSource:
    """Where to ask, as a link on the endpoint's address, and what puts the answer into words."""

    path: str
    read: Callable[[Any], str]


def balance_in(source: BalanceSource, answer: bytes) -> str:
    """Return what an answer tells, as in "$12.66 left of $25.00". Raises ValueError if that is nothing."""
    if len(answer) > _LARGEST_ANSWER_BYTES:
        raise ValueError("more than a balance takes")
    try:
        return source.read(json.loads(answer, parse_float=Decimal))
    except (LookupError, TypeError, ArithmeticError, RecursionError) as exc:
        raise ValueError("something else than a balance") from exc


def _of_openrouter_account(answer: Any) -> str:
    bought, used = (_amount(answer["data"][name]) for name in ("total_credits", "total_usage"))
    text = _("{left} left of {total}")
    return text.format(left=format_amount(bought - used), total=format_amount(bought))


def _of_openrouter_key(answer: Any) -> str:
    told = answer["data"]
    if told["limit"] is None:
        text = _("{used} used by this key, which has no limit of its own")
        return text.format(used=format_amount(_amount(told["usage"])))
    text = _("{left} of {total} left for this key")
    left, total = (format_amount(_amount(told[name])) for name in ("limit_remaining", "limit"))
    return text.format(left=left, total=total)


def _of_deepseek_account(answer: Any) -> str:
    told = answer["balance_infos"][: _MOST_CURRENCIES + 1]
    if not 0 < len(told) <= _MOST_CURRENCIES:
        raise ValueError("no currency, or too many")
    # Each currency is a balance of its own: nobody here knows what one is worth in the other.
    amounts = [
        f"{format_plain(_amount(each['total_balance']))} {_currency(each['currency'])}" for each in told
    ]
    return _("{amounts} left").format(amounts=", ".join(amounts))


def _amount(told: Any) -> Decimal:
    """Return an amount, which endpoints send as a number or a text. Raises ValueError."""
    is_text = isinstance(told, str) and _AMOUNT.fullmatch(told)
    is_number = isinstance(told, int | Decimal) and not isinstance(told, bool)
    if not (is_text or is_number) or abs(Decimal(told)) >= 10**_MOST_WHOLE_DIGITS:
        raise ValueError("something else than an amount")
    return round(Decimal(told), _MOST_DECIMALS)


def _currency(told: Any) -> str:
    if not (isinstance(told, str) and _CURRENCY.fullmatch(told)):
        raise ValueError("something else than a currency")
    return told


BALANCE_SOURCES: Mapping[str, tuple[BalanceSource, ...]] = {
    # The second is for a key that may not see the account.
    OPENROUTER: (
        BalanceSource("credits", _of_openrouter_account),
        BalanceSource("key", _of_openrouter_key),
    ),
    "deepseek": (BalanceSource("../user/balance", _of_deepseek_account),),
}
"""By whose prices an endpoint bills: where it tells what is left, in the order in which it is asked."""
