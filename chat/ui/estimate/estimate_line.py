"""The line below the message box: what sending would cost, and the table it opens to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from html import escape
from typing import Literal

from chat.ui.estimate.price_notes import PriceNote, price_notes
from texts import _, ngettext
from usage.forecast import Forecast, OtherModel, sum_of
from usage.prices import tier_name
from usage.units import Currency, format_exact, format_tokens, format_usd

NEARLY_FULL = 0.8
NOT_NOTHING = 0.005  # what rounds to one percent
ALARMS = ("quiet", "near", "over")


@dataclass(frozen=True, slots=True)
class BudgetAlarm:
    """That a budget is near or over, and the reason in a sentence."""

    kind: Literal["near", "over"]
    text: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A forecast for each model that would be asked, and another `without_history`, the messages before.

    `others` are there where one model is asked, and `cached_until`, in the person's time zone, where the
    endpoint's cache likely has part of the prompt. Times of day are those of `zone`. `title` is the call
    that names the chat afterwards, with a long reply; None where there is none.
    """

    forecasts: tuple[Forecast, ...]
    without_history: tuple[Forecast, ...]
    others: tuple[OtherModel, ...]
    cached_until: datetime | None = None
    zone: tzinfo = UTC
    title: Forecast | None = None

    @property
    def price_notes(self) -> list[PriceNote]:
        """Return what is to say of prices that go by the size of the prompt, or by the hour."""
        return list(price_notes(self.forecasts, self.without_history, self.others, self.zone))

    @property
    def history_tokens(self) -> int:
        """Return how many tokens of the first model's prompt are history."""
        return self.forecasts[0].tokens.tokens - self.without_history[0].tokens.tokens

    @property
    def history_usd(self) -> list[Decimal | None]:
        """Return what the history costs in each prompt."""
        pairs = zip(self.forecasts, self.without_history, strict=True)
        return [_difference(whole.prompt_usd, alone.prompt_usd) for whole, alone in pairs]

    @property
    def fullest(self) -> Forecast:
        """Return the forecast for the model whose context would be fullest."""
        return max(self.forecasts, key=_share)

    @property
    def tier(self) -> str:
        """Return the service tier that models are asked for where they have it; empty for standard."""
        return next((name for each in self.forecasts if (name := _tier_of(each))), "")

    @property
    def is_likely(self) -> bool:
        """Return whether each model's usual length of reply is known."""
        return all(forecast.likely_usd is not None for forecast in self.forecasts)

    @property
    def amounts_usd(self) -> list[Decimal | None]:
        """Return what each model will cost with its usual reply, without any where one is not known."""
        return [each.likely_usd if self.is_likely else each.prompt_usd for each in self.forecasts]

    @property
    def has_likely(self) -> bool:
        """Return whether any model's usual length of reply is known."""
        return any(each.likely_usd is not None for each in self.forecasts)


def estimate_html(
    estimate: Estimate, budget: BudgetAlarm | None = None, currency: Currency | None = None
) -> str:
    """Return a quiet line that opens; amber when the context or a budget is nearly full, red when over.

    What it opens to says the line's amount in the currency too.
    """
    alarm, reason = max(_alarms(estimate, budget), key=lambda each: ALARMS.index(each[0]))
    line = _line(estimate)
    if reason:
        line += f'<span class="reason"> · {reason}</span>'
    if not any(forecast.prompt_usd for forecast in estimate.forecasts):
        return f'<p class="{alarm}" aria-live="off">{line}</p>'
    return (
        f'<details data-kept="estimate" aria-live="off"><summary class="{alarm}">{line}</summary>'
        f'<div tabindex="-1">{_table(estimate)}{_notes(estimate)}<p>{_explanation(estimate)}</p>'
        f"{_cached(estimate)}{_title(estimate)}<p>{_tokens(estimate)}</p>"
        f"{_in_currency(estimate, currency)}</div></details>"
    )


def _alarms(estimate: Estimate, budget: BudgetAlarm | None) -> Iterator[tuple[str, str]]:
    """Give what there is to say, as HTML, each with how urgent it is; in the end nothing."""
    fullest, share = estimate.fullest, _share(estimate.fullest)
    if share > 1:
        text = _("too long for {model}: {tokens} tokens fit")
        fits = format_tokens(fullest.context_window or 0)
        yield "over", text.format(model=escape(fullest.model), tokens=fits)
    if budget is not None:
        yield budget.kind, escape(budget.text)
    if share > NEARLY_FULL:
        yield "near", _("context {percent}% full").format(percent=_percent(share))
    yield from ((note.kind, note.html) for note in estimate.price_notes if note.matters)
    yield "quiet", ""


def _line(estimate: Estimate) -> str:
    """Return what the message will cost with the usual reply, or by itself where that is not known."""
    forecasts = estimate.forecasts
    if all(forecast.most_usd == 0 for forecast in forecasts):
        return _free(estimate.title)
    amounts, is_likely = estimate.amounts_usd, estimate.is_likely
    known, unknown = sum_of(amounts)
    cost = f'<span title="{format_exact(known)}">{_sum(amounts)}</span>'
    if not known:
        return _("price unknown") if unknown else cost
    said = _with_or_without_reply(cost, len(forecasts), is_likely=is_likely)
    return f"{said} · {escape(estimate.tier)}" if estimate.tier else said


def _free(title: Forecast | None) -> str:
    """Return what is said of replies that cost nothing; what names the chat may cost something."""
    if title is None or title.most_usd == 0:
        return _("free")
    if title.most_usd is None:
        return _("free except for the title (price unknown)")
    return _("free except for the title ({cost} at most)").format(cost=format_usd(title.most_usd))


def _with_or_without_reply(cost: str, replies: int, *, is_likely: bool) -> str:
    if not is_likely:
        return _("{cost} without the reply").format(cost=cost)
    if replies == 1:
        return _("about {cost} with the reply").format(cost=cost)
    return _("about {cost} with {number} replies").format(cost=cost, number=replies)


def _in_currency(estimate: Estimate, currency: Currency | None) -> str:
    """Return the amount of the line in the currency, if there is one and anything of it is known."""
    known, _unknown = sum_of(estimate.amounts_usd)
    if currency is None or not known:
        return ""
    text = _("About {amount}, at {rate}.").format(amount=currency.format(known), rate=currency.basis)
    return f"<p>{escape(text)}</p>"


def _tokens(estimate: Estimate) -> str:
    """Return how long the prompt is, how much of it is history, and how full that makes the context."""
    count, share = estimate.forecasts[0].tokens.tokens, _share(estimate.fullest)
    parts = [ngettext("≈ {count} token", "≈ {count} tokens", count).format(count=format_tokens(count))]
    if estimate.history_tokens:
        text = _("of which history: {count}")
        parts.append(text.format(count=format_tokens(estimate.history_tokens)))
    if share:
        parts.append(_("context {percent}% full").format(percent=_percent(share)))
    return " · ".join(parts)


def _percent(share: float) -> str:
    return str(round(share * 100)) if share >= NOT_NOTHING else _("under 1")


def _table(estimate: Estimate) -> str:
    """Return the costs as a table, without "likely" where that is not known: a guess passes for a figure."""
    forecasts = estimate.forecasts
    rows = [["", _("prompt"), _("likely"), _("at most")]]
    rows += [_row(_name(each), each.prompt_usd, each.likely_usd, each.most_usd) for each in forecasts]
    if len(forecasts) > 1:
        columns = zip(*((each.prompt_usd, each.likely_usd, each.most_usd) for each in forecasts), strict=True)
        rows.append([_("together"), *map(_sum, columns)])
    if estimate.history_tokens:
        rows.append([_("of which history"), _sum(estimate.history_usd), "", ""])
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


def _name(forecast: Forecast) -> str:
    name, tier = escape(forecast.model), escape(_tier_of(forecast))
    return f"{name} <small>{tier}</small>" if tier else name


def _tier_of(forecast: Forecast) -> str:
    return tier_name(forecast.service_tier) if forecast.service_tier else ""


def _cells(row: list[str]) -> str:
    first, *others = row
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{text}</td>" for text in others)}</tr>'


def _notes(estimate: Estimate) -> str:
    return "".join(f"<p>{note.html}</p>" for note in estimate.price_notes)


def _explanation(estimate: Estimate) -> str:
    """Return which lengths of reply the figures stand for, and which service tiers."""
    if not estimate.tier:
        return _lengths(estimate)
    text = _(
        "You pay for the tier that answers, so “at most” uses the more expensive of {tier} and {standard}."
    )
    return f"{_lengths(estimate)} {text.format(tier=escape(estimate.tier), standard=tier_name(None))}"


def _lengths(estimate: Estimate) -> str:
    first = estimate.forecasts[0]
    if len(estimate.forecasts) > 1:
        likely = _("Likely: replies of each model’s usual length. At most: the longest replies.")
        return likely if estimate.has_likely else _("At most: the longest replies.")
    longest = format_tokens(first.longest_tokens)
    if first.usual_tokens is None:
        text = _("At most: a reply of {longest} tokens. This model’s usual reply is not known yet.")
        return text.format(longest=longest)
    text = _("Likely: your usual reply, {usual} tokens. At most: {longest} tokens.")
    return text.format(usual=format_tokens(first.usual_tokens), longest=longest)


def _cached(estimate: Estimate) -> str:
    """Return what the one model that is asked may cost instead where the cache likely helps; else nothing."""
    first, until = estimate.forecasts[0], estimate.cached_until
    if until is None or first.cached_usd is None:
        return ""
    text = _("About {cost}, or {less} if the cache still holds (until {time}).")
    if first.likely_usd is None:
        text = _("{cost} without the reply, or {less} if the cache still holds (until {time}).")
    cost = format_usd(first.prompt_usd if first.likely_usd is None else first.likely_usd)
    return f"<p>{text.format(cost=cost, less=format_usd(first.cached_usd), time=f'{until:%H:%M}')}</p>"


def _title(estimate: Estimate) -> str:
    """Return what naming the chat adds, if it is named by a model."""
    if estimate.title is None:
        return ""
    most, model = estimate.title.most_usd, escape(estimate.title.model)
    if most is None:
        return f"<p>{_('The title by {model} costs extra. Its price is unknown.').format(model=model)}</p>"
    if most == 0:
        return f"<p>{_('The title by {model} is free.').format(model=model)}</p>"
    text = _("The title by {model} costs extra: {cost} at most.")
    return f"<p>{text.format(model=model, cost=format_usd(most))}</p>"


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
