"""What the same tokens would have cost at other models' prices."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import AS_PAID, Cell, Column, Sheet, calls_text, percent
from usage.units import COUNT_LIMIT, EXACT, Price

_COLUMNS = (
    Column("model", N_("Model")),
    Column("cost_usd", N_("Cost"), "usd"),
    Column("difference_usd", N_("Difference"), "usd"),
    Column("difference_percent", N_("Change"), "percent"),
)
_CAVEAT = N_(
    "A rough guide: the same tokens at other prices. Other models count tokens and cache in their own "
    "ways, and write longer or shorter replies."
)


# Tokens added up by the size of their calls, so finely that each sum has one rate of each alternative. A rate
# holds for calls of more input than its step, up to the next. Calls that are not compared have no step.
_BY_SIZE = """
WITH steps AS (
    SELECT unnest($steps) AS step, unnest($next_steps) AS next_step
),
tokens AS (
    SELECT
        known_usd,
        usage_source,
        input_tokens,
        coalesce(cached_input_tokens, 0) AS cached_tokens,
        coalesce(cache_write_tokens, 0) AS written_tokens,
        output_tokens,
        coalesce(reasoning_tokens, 0) AS reasoning_tokens
    FROM calls
    WHERE CHOSEN
)
SELECT
    step,
    count(*) AS calls,
    count(*) FILTER (WHERE usage_source = 'none' AND known_usd = 0) AS refused,
    coalesce(sum(known_usd), 0) AS paid_usd,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS sent,
    CAST(coalesce(sum(cached_tokens), 0) AS BIGINT) AS cached,
    CAST(coalesce(sum(written_tokens), 0) AS BIGINT) AS written,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output,
    CAST(coalesce(sum(reasoning_tokens), 0) AS BIGINT) AS reasoning
FROM tokens
LEFT JOIN steps ON known_usd IS NOT NULL
    AND cached_tokens + written_tokens <= input_tokens
    AND reasoning_tokens <= output_tokens
    AND input_tokens > step
    AND input_tokens <= next_step
GROUP BY step
"""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A model and its rates for calls of every size, as `PriceBook.steps` gives them."""

    model: str
    steps: Sequence[tuple[int, Price]]


def what_if(calls: Calls, chosen: Filter, alternatives: Sequence[Alternative]) -> Sheet:
    """Return the calls' cost as paid, then at the rates of each alternative, cheapest first.

    Only calls whose counts and cost are known are compared; the note says how many are left out.
    """
    steps = sorted({0, *(step for each in alternatives for step, _ in each.steps)})
    answer = calls.tuples(_BY_SIZE, chosen, steps=[-1, *steps[1:]], next_steps=[*steps[1:], COUNT_LIMIT])
    sizes = [size for size in answer if size.step is not None]
    left_out = sum(size.calls - size.refused for size in answer if size.step is None)
    paid = _sum(size.paid_usd for size in sizes)
    others = sorted((_sum(_cost(each, size) for size in sizes), each.model) for each in alternatives)
    return Sheet(
        name="what-if",
        title=_("The same calls with other models"),
        columns=_COLUMNS,
        rows=[[AS_PAID, paid, None, None], *(_row(model, cost, paid) for cost, model in others)],
        note=_note(sum(size.calls for size in sizes), left_out),
    )


def _cost(alternative: Alternative, size: Any) -> Decimal:
    """Return what all calls of one size cost there together, as `cost_of` has it for one."""
    price = [price for step, price in alternative.steps if step <= max(size.step, 0)][-1]
    reasoning, reasoning_rate = size.reasoning, price.reasoning_usd_per_mtok
    if reasoning_rate is None:
        reasoning, reasoning_rate = 0, Decimal(0)
    counts_and_rates = (
        (size.sent - size.cached - size.written, price.input_usd_per_mtok),
        (size.cached, price.cached_input_usd_per_mtok),
        (size.written, price.cache_write_usd_per_mtok),
        (size.output - reasoning, price.output_usd_per_mtok),
        (reasoning, reasoning_rate),
    )
    tokens_usd = _sum(EXACT.multiply(Decimal(count), rate) for count, rate in counts_and_rates)
    requests_usd = EXACT.multiply(Decimal(size.calls), price.per_request_usd)
    return EXACT.add(requests_usd, EXACT.scaleb(tokens_usd, -6))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return functools.reduce(EXACT.add, amounts, Decimal(0))


def _row(model: str, cost: Decimal, paid: Decimal) -> list[Cell]:
    difference = EXACT.subtract(cost, paid)
    return [model, cost, difference, percent(difference, paid)]


def _note(compared: int, left_out: int) -> str:
    text = f"{_(_CAVEAT)} {_('Compared: {calls}.').format(calls=calls_text(compared))}"
    if not left_out:
        return text
    more = _("Left out: {calls} without a price or token counts.").format(calls=calls_text(left_out))
    return f"{text} {more}"
