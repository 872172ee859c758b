"""Who owes how much for the shared key: all that it cost, less all that was paid."""

import functools
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.sheets import CARRIED_OVER, TOTAL, Cell, Column, Sheet, rows_of
from usage.units import EXACT, day_group, format_time

_BALANCE_COLUMNS = (
    Column("user", N_("Person")),
    Column("calls", N_("Calls since"), "count"),
    Column("cost_usd", N_("Total cost"), "usd"),
    Column("settled_usd", N_("Settled"), "usd"),
    Column("open_usd", N_("Open"), "usd"),
    Column("last_settled", N_("Last settled"), "time"),
    Column("unknown_price_calls", N_("No price"), "count", minor=True),
)
_STATEMENT_COLUMNS = (
    Column("period", N_("Period"), "time"),
    Column("calls", N_("Calls"), "count"),
    Column("input_tokens", N_("Input"), "count"),
    Column("output_tokens", N_("Output"), "count"),
    Column("cost_usd", N_("Cost"), "usd"),
    Column("unknown_price_calls", N_("No price"), "count", minor=True),
)
_HOW = N_("Calls with the shared key only. Open = cost − settled.")


# Payments stand in the order of the ledger: what was recorded after a person's last one is not in it yet.
_BALANCES = """
WITH payments AS (
    SELECT
        "user",
        coalesce(sum(settled_usd), 0) AS settled_usd,
        max(line) AS last_line,
        CAST(arg_max(local_day, line) AS VARCHAR) AS last_settled
    FROM entries
    WHERE purpose = 'settlement'
    GROUP BY "user"
),
uses AS (
    SELECT
        spending.*,
        is_call AND line > coalesce(payments.last_line, 0) AS is_call_since
    FROM spending
    LEFT JOIN payments ON payments."user" = spending."user"
    WHERE key_owner = 'app'
),
costs AS (
    SELECT
        "user",
        count(*) FILTER (WHERE is_call_since) AS calls,
        coalesce(sum(cost_usd), 0) AS cost_usd,
        count(*) FILTER (WHERE is_unpriced) AS unknown_price_calls
    FROM uses
    GROUP BY "user"
),
balances AS (
    SELECT
        coalesce(costs."user", payments."user") AS "user",
        coalesce(calls, 0) AS calls,
        coalesce(cost_usd, 0) AS cost_usd,
        coalesce(settled_usd, 0) AS settled_usd,
        coalesce(cost_usd, 0) - coalesce(settled_usd, 0) AS open_usd,
        last_settled,
        coalesce(unknown_price_calls, 0) AS unknown_price_calls
    FROM costs
    FULL JOIN payments ON payments."user" = costs."user"
)
SELECT *
FROM balances
WHERE CHOSEN
ORDER BY open_usd DESC, "user"
"""
_SINCE = """
SELECT
    CAST(date_trunc($by, local_day) AS DATE) AS first_day,
    count(*) FILTER (WHERE is_call) AS calls,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    count(*) FILTER (WHERE is_unpriced) AS unknown_price_calls
FROM spending
WHERE key_owner = 'app'
    AND "user" = $user
    AND line > (
        SELECT coalesce(max(line), 0) FROM entries WHERE purpose = 'settlement' AND "user" = $user
    )
GROUP BY ROLLUP (first_day)
ORDER BY grouping(first_day) DESC, first_day
"""

_PEOPLE = """
SELECT count(DISTINCT "user") AS number
FROM entries
"""


def has_several_people(calls: Calls) -> bool:
    """Say whether the ledger has calls of more than one person."""
    return int(calls.tuples(_PEOPLE)[0].number) > 1


def balances(calls: Calls, user: str | None = None) -> Sheet:
    """Return what each person, or one of them, has open, highest first."""
    rows = rows_of(calls.ask(_BALANCES, Filter(user=user)))
    _names, counts, costs, settled, opens, _days, unknown = zip(*rows, strict=True) if rows else [()] * 7
    total: list[Cell] = [TOTAL, sum(counts), _sum(costs), _sum(settled), _sum(opens), None, sum(unknown)]
    return Sheet(
        name="settle",
        title=_("Settle up"),
        columns=_BALANCE_COLUMNS,
        rows=rows,
        total=total if rows else None,
        note=_(_HOW),
    )


def statement(calls: Calls, user: str, by: Literal["day", "month"] = "day") -> Sheet:
    """Return what one person's open amount is made of: what the last payment left, then each day or month.

    Lines are of the local days of what was recorded after it; the total is what is open.
    """
    with calls.unchanged():
        since, *lines = calls.tuples(_SINCE, user=user, by=by)
        account = next(iter(calls.tuples(_BALANCES, Filter(user=user))), None)
    open_usd: Decimal = account.open_usd if account else Decimal(0)
    last_settled: str | None = account.last_settled if account else None
    rows: list[list[Cell]] = [[day_group(by, first_day), *figures] for first_day, *figures in lines]
    if last_settled:
        left = EXACT.subtract(open_usd, since.cost_usd)
        rows.insert(0, [CARRIED_OVER, None, None, None, left, None])
    counts = since.calls, since.input_tokens, since.output_tokens
    return Sheet(
        name="statement",
        title=_("Statement for {user}").format(user=user),
        columns=_STATEMENT_COLUMNS,
        rows=rows,
        total=[TOTAL, *counts, open_usd, since.unknown_price_calls],
        note=f"{_(_HOW)} {_last_settled(last_settled)}",
    )


def open_amounts(calls: Calls) -> dict[str, Decimal]:
    """Return what each person who has used the shared key or paid has open, in USD."""
    answer = calls.ask(_BALANCES, Filter())
    return dict(zip(answer["user"], answer["open_usd"], strict=True))


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    return functools.reduce(EXACT.add, amounts, Decimal(0))


def _last_settled(day: str | None) -> str:
    return _("Last settled on {day}.").format(day=format_time(day)) if day else _("Nothing settled yet.")
