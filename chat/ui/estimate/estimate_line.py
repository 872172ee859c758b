"""The line below the message box: what sending would cost, and the table it opens to."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Literal

from texts import _, ngettext
from usage.forecast import Forecast, OtherModel, sum_of
from usage.units import format_tokens, format_usd

NEARLY_FULL = 0.8
ALARMS = ("quiet", "near", "over")


@dataclass(frozen=True, slots=True)
class BudgetAlarm:
    """That a budget is near or over, and the reason in a sentence."""

    kind: Literal["near", "over"]
    text: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A forecast for each model that would be asked, and another `without_history`, the messages before.

    `others` are there where one model is asked.
    """

    forecasts: tuple[Forecast, ...]
    without_history: tuple[Forecast, ...] = ()
    others: tuple[OtherModel, ...] = ()

    @property
    def history_tokens(self) -> int:
        """Return how many tokens of the first model's prompt are history."""
        if not self.without_history:
            return 0
        return self.forecasts[0].tokens.tokens - self.without_history[0].tokens.tokens

    @property
    def history_usd(self) -> list[Decimal | None]:
        """Return what the history costs in each prompt."""
        pairs = zip(self.forecasts, self.without_history, strict=False)
        return [_difference(whole.prompt_usd, alone.prompt_usd) for whole, alone in pairs]

    @property
    def fullest(self) -> Forecast:
        """Return the forecast for the model whose context would be fullest."""
        return max(self.forecasts, key=_share)

    @property
    def has_likely(self) -> bool:
        """Return whether any model's usual length of reply is known."""
        return any(each.likely_usd is not None for each in self.forecasts)


def estimate_html(estimate: Estimate, budget: BudgetAlarm | None = None) -> str:
    """Return a quiet line that opens; amber when the context or a budget is nearly full, red when over."""
    share, line = _share(estimate.fullest), _line(estimate)
    alarm = "over" if share > 1 else "near" if share > NEARLY_FULL else "quiet"
    if budget is not None:
        alarm = max(alarm, budget.kind, key=ALARMS.index)
        line = f'{line}<span class="reason"> · {escape(budget.text)}</span>'
    if not any(forecast.prompt_usd for forecast in estimate.forecasts):
        return f'<p class="{alarm}" aria-live="off">{line}</p>'
    return (
        f'<details data-kept="estimate" aria-live="off"><summary class="{alarm}">{line}</summary>'
        f"{_table(estimate)}<p>{_explanation(estimate)}</p></details>"
    )


def _line(estimate: Estimate) -> str:
    forecasts = estimate.forecasts
    count = forecasts[0].tokens.tokens
    tokens = ngettext("≈ {count} token", "≈ {count} tokens", count).format(count=format_tokens(count))
    if estimate.history_tokens:
        history = _("{tokens} history").format(tokens=format_tokens(estimate.history_tokens))
        tokens += f'<span class="wide"> ({history})</span>'
    parts = [tokens]
    if len(forecasts) > 1:
        parts.append(_("{number} models").format(number=len(forecasts)))
    parts.append(_sum(forecast.prompt_usd for forecast in forecasts))
    if all(forecast.likely_usd for forecast in forecasts):
        likely = _sum(forecast.likely_usd for forecast in forecasts)
        parts.append(_("likely {cost} in all").format(cost=likely))
    return " · ".join([*parts, *_context(estimate.fullest)])


def _context(fullest: Forecast) -> list[str]:
    if not fullest.context_window:
        return []
    share = _share(fullest)
    if share > 1:
        return [_("too long: {tokens} tokens fit").format(tokens=format_tokens(fullest.context_window))]
    if share < 0.005:
        return [_("context under 1 %")]
    return [_("context {percent} %").format(percent=max(1, round(share * 100)))]


def _table(estimate: Estimate) -> str:
    """Return the costs as a table, without "likely" where that is not known: a guess passes for a figure."""
    forecasts = estimate.forecasts
    rows = [["", _("prompt"), _("likely in all"), _("at most")]]
    rows += [_row(escape(each.model), each.prompt_usd, each.likely_usd, each.most_usd) for each in forecasts]
    if len(forecasts) > 1:
        columns = zip(*((each.prompt_usd, each.likely_usd, each.most_usd) for each in forecasts), strict=True)
        rows.append([_("together"), *map(_sum, columns)])
    if estimate.history_tokens:
        rows.append([_("history alone"), _sum(estimate.history_usd), "", ""])
    if estimate.others:
        rows.append([f"<b>{_('With another model')}</b>", "", "", ""])
    for each in estimate.others:
        kind = _("better") if each.is_better else _("cheaper")
        name = f"{escape(each.model)} <small>{kind}</small>"
        rows.append([*_row(name, each.prompt_usd, each.likely_usd), ""])
    if not estimate.has_likely:
        rows = [[*row[:2], *row[3:]] for row in rows]
    return f"<table>{''.join(map(_cells, rows))}</table>"


def _row(name: str, *amounts: Decimal | None) -> list[str]:
    return [name, *(_("unknown") if amount is None else format_usd(amount) for amount in amounts)]


def _cells(row: list[str]) -> str:
    first, *others = row
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{text}</td>" for text in others)}</tr>'


def _explanation(estimate: Estimate) -> str:
    """Return which lengths of reply the figures stand for."""
    first = estimate.forecasts[0]
    longest = format_tokens(first.longest_tokens)
    if len(estimate.forecasts) > 1:
        at_most = _("At most: with the longest replies.")
        likely = _("Likely: with replies of each model's usual length.")
        return f"{at_most} {likely}" if estimate.has_likely else at_most
    if first.usual_tokens is None:
        text = _(
            "At most: with a reply of {longest} tokens. This model's usual length of reply is not known yet."
        )
        return text.format(longest=longest)
    text = _("Likely: with a reply of {usual} tokens, which is usual here. At most: with {longest} tokens.")
    return text.format(usual=format_tokens(first.usual_tokens), longest=longest)


def _sum(amounts: Iterable[Decimal | None]) -> str:
    """Return the sum of the known amounts, and how many are unknown."""
    known, unknown = sum_of(amounts)
    if not known and unknown:
        return _("price unknown")
    if unknown:
        return _("{cost} + {number} unknown").format(cost=format_usd(known), number=unknown)
    return format_usd(known)


def _difference(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if whole is None or part is None else whole - part


def _share(forecast: Forecast) -> float:
    return forecast.tokens.tokens / forecast.context_window if forecast.context_window else 0
