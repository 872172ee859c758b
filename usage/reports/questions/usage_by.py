"""What was used and what it cost: by day, model or another grouping, in all, and for the chart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from texts import N_, _
from usage.reports.calls import CONDITIONS, Calls, Filter
from usage.reports.questions.balances import has_several_people
from usage.reports.sheets import COST, TOTAL, UNKNOWN, Cell, Column, Kind, Sheet, rows_of
from usage.units import EXACT


@dataclass(frozen=True, slots=True)
class _Group:
    """What the page calls it, what SQL groups by, and how a time reads; times stand in their order.

    `on_page` is how a name reads there, where that is more than its text.
    """

    heading: str
    sql: str
    form: str = ""
    on_page: str = "{}"


# A new grouping is a line here.
_GROUPS = {
    "day": _Group(N_("Day"), "local_day", "%Y-%m-%d"),
    "week": _Group(N_("Week"), "date_trunc('week', local_day)", "%G-W%V"),
    "month": _Group(N_("Month"), "date_trunc('month', local_day)", "%Y-%m"),
    "hour": _Group(N_("Hour of day"), "extract(hour FROM local_time)", "02", "{}:00"),
    "model": _Group(N_("Model"), "model"),
    "conversation": _Group(N_("Chat"), "conversation_id"),
    "user": _Group(N_("Person"), '"user"'),
    "purpose": _Group(N_("Purpose"), "CAST(purpose AS VARCHAR)"),
    "endpoint": _Group(N_("Endpoint"), "endpoint"),
}
GROUPINGS = tuple(_GROUPS)
_COLUMNS = (
    Column("calls", N_("Calls"), "count"),
    Column("input_tokens", N_("Input"), "count"),
    Column("cached_input_tokens", N_("Cached"), "count", minor=True),
    Column("output_tokens", N_("Output"), "count"),
    Column("reasoning_tokens", N_("Reasoning"), "count", minor=True),
    Column(COST, N_("Cost"), "usd"),
    Column("estimated_usd", N_("Estimated"), "usd", minor=True),
    Column(UNKNOWN, N_("No price"), "count", minor=True),
)
_TOTALS = """
    count(*) FILTER (WHERE is_call) AS calls,
    CAST(coalesce(sum(input_tokens), 0) AS BIGINT) AS input_tokens,
    CAST(coalesce(sum(cached_input_tokens), 0) AS BIGINT) AS cached_input_tokens,
    CAST(coalesce(sum(output_tokens), 0) AS BIGINT) AS output_tokens,
    CAST(coalesce(sum(reasoning_tokens), 0) AS BIGINT) AS reasoning_tokens,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    coalesce(sum(cost_usd) FILTER (WHERE is_estimated), 0) AS estimated_usd,
    count(*) FILTER (WHERE is_unpriced) AS unknown_price_calls
"""
_MOST_COSTS_KEPT = 300  # of a person's conversations, between two of their calls
_KINDS = 5  # columns of _SPEND before the totals
_IN_ALL = """
SELECT TOTALS
FROM spending
WHERE CHOSEN
""".replace("TOTALS", _TOTALS)
_BY = """
SELECT KEY AS key, TOTALS
FROM spending
WHERE CHOSEN
GROUP BY ROLLUP (KEY)
ORDER BY grouping(KEY) DESC, ORDERING
""".replace("TOTALS", _TOTALS)
# What a call counts for in the sidebar; there are as many rows as there are combinations of these.
_SPEND = """
SELECT
    coalesce("user" = $user, TRUE) AS is_own,
    local_day = $today AS is_today,
    local_day BETWEEN $month_begins AND $today AS is_this_month,
    coalesce(conversation_id = $conversation_id, FALSE) AS is_here,
    TURN_IS_SHOWN AS is_shown,
    TOTALS
FROM spending
WHERE (is_own AND (is_this_month OR is_here)) OR ($sees_all AND is_today)
GROUP BY ALL
""".replace("TOTALS", _TOTALS).replace("TURN_IS_SHOWN", CONDITIONS["turn_ids"])
# What was refused before it could cost anything is no call to speak of.
_CONVERSATIONS = """
SELECT conversation_id AS id, TOTALS
FROM spending
WHERE CHOSEN
    AND conversation_id IN (SELECT unnest($ids))
    AND NOT (is_call AND usage_source = 'none')
GROUP BY conversation_id
""".replace("TOTALS", _TOTALS)
_TITLES = """
SELECT
    count(*) AS calls,
    coalesce(sum(known_usd), 0) AS cost_usd,
    coalesce(sum(known_usd) FILTER (WHERE is_estimated), 0) AS estimated_usd,
    count(*) FILTER (WHERE is_unpriced) AS unknown_price_calls
FROM calls
WHERE CHOSEN AND purpose = 'title' AND usage_source <> 'none'
"""
_MODEL_COSTS = """
SELECT KEY AS key, model, coalesce(sum(cost_usd), 0) AS cost_usd
FROM spending
WHERE CHOSEN
GROUP BY KEY, model
ORDER BY key, model
"""
_MODELS = """
SELECT model
FROM entries
GROUP BY model
ORDER BY min(line)
"""
_PEOPLE = """
SELECT DISTINCT "user"
FROM entries
ORDER BY "user"
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over calls. Unknown counts add nothing; unknown costs are counted, never taken for 0.

    `cost_usd` is the exact sum of the known costs, `estimated_usd` the part of it that is estimated.
    """

    calls: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    estimated_usd: Decimal = Decimal(0)
    unknown_price_calls: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        sums = (mine + others for mine, others in zip(astuple(self), astuple(other), strict=True))
        with localcontext(EXACT):
            return Totals(*sums)


@dataclass(frozen=True, slots=True)
class Spend:
    """What the sidebar shows; `conversation` is empty without a conversation.

    `shown` is what those of its turns cost that can be seen, where there are others.
    `everyone_today` is there for whoever may know it, where several people have spent.
    """

    today: Totals
    month: Totals
    conversation: Totals
    everyone_today: Totals | None = None
    shown: Totals | None = None


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What one model cost in one group of calls, for the chart."""

    group: str
    model: str
    cost_usd: Decimal


def usage_by(calls: Calls, by: str, chosen: Filter) -> Sheet:
    """Return totals by a grouping: in order of time, otherwise the most expensive first."""
    group = _GROUPS[by]
    ordering = "key" if group.form else "cost_usd DESC, key"
    sql = _BY.replace("KEY", group.sql).replace("ORDERING", ordering)
    [_key, *total], *rows = rows_of(calls.ask(sql, chosen))
    return usage_sheet(by, [[format(key, group.form), *figures] for key, *figures in rows], total)


def usage_sheet(by: str, rows: Sequence[Sequence[Cell]], total: Sequence[Cell]) -> Sheet:
    """Return the sheet of these rows, each with its name and all figures, and the figures in all."""
    group = _GROUPS[by]
    kind: Kind = "time" if is_by_date(by) else "conversation" if by == "conversation" else "text"
    return Sheet(
        name=f"usage-by-{by}",
        title=_("Usage by {grouping}").format(grouping=_(group.heading).lower()),
        columns=(Column(by, group.heading, kind), *_COLUMNS),
        rows=rows,
        total=[TOTAL, *total],
    )


def is_by_date(by: str) -> bool:
    """Say whether a grouping is by days, weeks or the like."""
    return "%" in _GROUPS[by].form


def name_on_page(by: str, name: str) -> str:
    """Return how the page shows the name of a group."""
    return _GROUPS[by].on_page.format(name)


def heading_of(by: str) -> str:
    """Return what people call a grouping."""
    return _(_GROUPS[by].heading)


def grouping_choices() -> list[tuple[str, str]]:
    """Return what people choose a grouping by, each with the grouping."""
    return [(_(group.heading), by) for by, group in _GROUPS.items()]


def total(calls: Calls, chosen: Filter) -> Totals:
    """Return the totals of the chosen calls."""
    [figures] = calls.tuples(_IN_ALL, chosen)
    return Totals(*figures)


def spend(
    calls: Calls,
    today: date,
    user: str | None = None,
    conversation_id: str | None = None,
    *,
    turn_ids: Sequence[str] | None = None,
    may_see_all: bool = False,
) -> Spend:
    """Return what this day, its month so far and this conversation cost; fast enough for every reply.

    `turn_ids` are those of its turns that can be seen, None for all.
    """
    sees_all = may_see_all and has_several_people(calls)

    def asked() -> list[Any]:
        return calls.tuples(
            _SPEND,
            user=user,
            today=today,
            month_begins=today.replace(day=1),
            conversation_id=conversation_id or None,
            turn_ids=list(turn_ids or ()),
            sees_all=sees_all,
        )

    question = ("spend", today, conversation_id, tuple(turn_ids or ()))
    rows = asked() if user is None or sees_all else calls.kept(user, question, asked)

    def total_of(counts: Callable[[Any], bool]) -> Totals:
        return sum((Totals(*row[_KINDS:]) for row in rows if counts(row)), Totals())

    return Spend(
        today=total_of(lambda row: row.is_own and row.is_today),
        month=total_of(lambda row: row.is_own and row.is_this_month),
        conversation=total_of(lambda row: row.is_own and row.is_here),
        everyone_today=total_of(lambda row: row.is_today) if sees_all else None,
        shown=total_of(lambda row: row.is_own and row.is_here and row.is_shown)
        if turn_ids is not None
        else None,
    )


def conversation_costs(calls: Calls, user: str, ids: Sequence[str]) -> Mapping[str, Totals]:
    """Return the totals of those of a person's conversations that have had a call."""
    with calls.unchanged():
        costs: dict[str, Totals | None] = calls.kept(user, "costs", dict)
        missing = [id_ for id_ in ids if id_ not in costs]
        if len(costs) + len(missing) > _MOST_COSTS_KEPT:
            costs.clear()
            missing = list(ids)
        if missing:
            found = calls.tuples(_CONVERSATIONS, Filter(user=user), ids=missing)
            costs |= dict.fromkeys(missing) | {each.id: Totals(*each[1:]) for each in found}
        return {id_: totals for id_ in ids if (totals := costs[id_]) is not None}


def title_costs(calls: Calls, user: str) -> Totals:
    """Return how many titles a person's chats got from models, and what these cost; tokens are left out."""
    [figures] = calls.tuples(_TITLES, Filter(user=user))
    return Totals(**figures._asdict())


def model_costs(calls: Calls, by: str, chosen: Filter) -> list[ModelCost]:
    """Return what each model cost in each group that had calls, in order of groups and models."""
    group = _GROUPS[by]
    costs = calls.tuples(_MODEL_COSTS.replace("KEY", group.sql), chosen)
    return [ModelCost(format(each.key, group.form), each.model, each.cost_usd) for each in costs]


def models_used(calls: Calls) -> list[str]:
    """Return every model that the ledger names, oldest first: a model's place in it never changes."""
    return list(calls.ask(_MODELS)["model"])


def people(calls: Calls) -> list[str]:
    """Return everybody whom the ledger names."""
    return list(calls.ask(_PEOPLE)["user"])
