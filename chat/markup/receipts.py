"""The line under a reply that says what it cost, and what it opens to."""

from collections.abc import Iterator

from chat.markup.escaped import plain
from texts import _
from usage.ledger import FATE_UNKNOWN, IMPOSSIBLE, LedgerEntry
from usage.prices import is_same_model, tier_name
from usage.units import (
    RATES,
    UNKNOWN,
    Currency,
    Price,
    Rate,
    TokenUsage,
    format_amount,
    format_exact,
    format_rate,
    format_tokens,
    format_usd,
    saved_by_cache,
)


def receipt_line(entry: LedgerEntry) -> str:
    """Return one line: cost, tokens, model, time; "≈" where the counts are estimated."""
    return " · ".join(_parts(entry, names_model=True))


def receipt_html(
    entry: LedgerEntry,
    *,
    names_model: bool = True,
    kept: str = "",
    asked_tier: str | None = None,
    currency: Currency | None = None,
) -> str:
    """Return that line as HTML which opens to the counts, prices, source and times.

    Without `names_model` only a model that answered in place of another is named. By `kept` the page's script
    keeps it open when it is replaced. `asked_tier` is the service tier that was asked for, None for standard.
    With a `currency` it opens to the cost in that too.
    """
    cost, *others = (f"<span>{plain(part)}</span>" for part in _parts(entry, names_model=names_model))
    if entry.cost_usd is not None:
        cost = cost.replace("<span>", f'<span title="{_exact(entry)}">', 1)
    rows = "".join(
        f'<tr><th scope="row">{plain(name)}</th><td>{plain(value)}</td></tr>'
        for name, value in receipt_rows(entry, currency)
    )
    explanation = receipt_explanation(entry, asked_tier)
    below = f"<p>{plain(explanation)}</p>" if explanation else ""
    mark = f' data-kept="{plain(kept)}"' if kept else ""
    return (
        f'<details class="receipt"{mark}><summary>{" · ".join([cost, *others])}</summary>'
        f"<table><tbody>{rows}</tbody></table>{below}</details>"
    )


def cost_text(entry: LedgerEntry) -> str:
    """Return what a call cost: an amount, "free", "price unknown" or "not billed"."""
    return _("not billed") if entry.usage_source == "none" else format_usd(entry.cost_usd, entry.is_estimated)


def _parts(entry: LedgerEntry, *, names_model: bool) -> Iterator[str]:
    yield cost_text(entry)
    if entry.note.startswith(IMPOSSIBLE):
        yield _("impossible counts")
    if entry.usage.input is not None and entry.usage.output is not None:
        counts = {"input": format_tokens(entry.usage.input), "output": format_tokens(entry.usage.output)}
        yield _("{input} in + {output} out").format(**counts)
    if names_model or _another_answered(entry):
        yield entry.resolved_model or entry.call.model
    if entry.duration_ms is not None:
        yield _("{seconds} s").format(seconds=f"{entry.duration_ms / 1000:.1f}")


def receipt_rows(entry: LedgerEntry, currency: Currency | None = None) -> list[tuple[str, str]]:
    """Return the counts, prices, source and times, each with its name."""
    return [*_counts(entry), *_prices(entry), *_in_currency(entry, currency), *_circumstances(entry)]


def _counts(entry: LedgerEntry) -> list[tuple[str, str]]:
    return [
        (_("{kind} tokens").format(kind=_(rate.label)), format_tokens(count))
        for rate in RATES
        if (count := getattr(entry.usage, rate.tokens)) is not None
    ]


def _prices(entry: LedgerEntry) -> list[tuple[str, str]]:
    return [
        *(_rates(entry.price, entry.usage) if entry.price else ()),
        (_("Price source"), entry.price.source if entry.price else UNKNOWN),
        *_amounts(entry),
        (_("Exact cost"), _exact(entry)),
    ]


def _amounts(entry: LedgerEntry) -> Iterator[tuple[str, str]]:
    """Yield what the endpoint says that it charged and, where that differs, the cost by the price list."""
    reported, listed = entry.reported_cost_usd, entry.listed_cost_usd
    if reported is not None:
        yield _("Charged by the endpoint"), format_exact(reported)
    if listed is not None and entry.surcharge_usd is not None:
        yield _("By the price list"), format_exact(listed)


def _in_currency(entry: LedgerEntry, currency: Currency | None) -> list[tuple[str, str]]:
    if currency is None or not entry.cost_usd:
        return []
    amount = currency.format(entry.cost_usd, entry.is_estimated)
    return [
        (_("In {currency}").format(currency=currency.code), amount),
        (_("Exchange rate"), currency.basis),
    ]


def _exact(entry: LedgerEntry) -> str:
    return _("unknown") if entry.cost_usd is None else format_exact(entry.cost_usd)


def _rates(price: Price, usage: TokenUsage) -> Iterator[tuple[str, str]]:
    for rate in RATES:
        if _matters(rate, price, usage):
            shown = format_rate(getattr(price, rate.name))
            kind = _("{kind} price").format(kind=_(rate.label))
            yield kind, _("{rate} per million tokens").format(rate=shown)
    if price.per_request_usd:
        yield _("Request price"), format_usd(price.per_request_usd)


def _matters(rate: Rate, price: Price, usage: TokenUsage) -> bool:
    """Return whether a rate is known, and was used or differs from that of the whole."""
    usd_per_mtok = getattr(price, rate.name)
    wholes = [getattr(price, whole.name) for whole in RATES if whole.tokens == rate.part_of]
    return usd_per_mtok is not None and (usd_per_mtok not in wholes or bool(getattr(usage, rate.tokens)))


def _circumstances(entry: LedgerEntry) -> list[tuple[str, str]]:
    counts = {"reported": _("reported"), "estimated": _("estimated"), "none": _("none")}[entry.usage_source]
    rows = [(_("Counts"), counts), (_("Model asked for"), entry.call.model)]
    if _another_answered(entry):
        rows.append((_("Model that answered"), entry.resolved_model or ""))
    rows.append((_("Endpoint"), entry.call.endpoint.host))
    if entry.service_tier:
        rows.append((_("Service tier"), entry.service_tier))
    if entry.note:
        rows.append((_("Note"), entry.note))
    if entry.first_token_ms is not None:
        rows.append(
            (_("First word after"), _("{seconds} s").format(seconds=f"{entry.first_token_ms / 1000:.2f}"))
        )
    return rows


def receipt_explanation(entry: LedgerEntry, asked_tier: str | None = None) -> str:
    """Return what to know about an estimate, a cache, a tier or an unknown cost, empty for others."""
    said = _of_the_estimate, _of_the_cache, _of_the_charge, _of_the_unknown_cost
    sentences = [sentence for each in said for sentence in each(entry)]
    return " ".join([*sentences, *_of_the_tier(entry, asked_tier)])


def _of_the_tier(entry: LedgerEntry, asked: str | None) -> Iterator[str]:
    names = {"asked": tier_name(asked), "answered": tier_name(entry.service_tier)}
    if not asked or entry.usage_source == "none":
        return
    if entry.service_tier and names["answered"] != names["asked"]:
        yield _("You asked for {asked}, but {answered} answered, and that is what you pay for.").format(
            **names
        )
    elif not entry.service_tier and entry.cost_source == "listed":
        text = _("You asked for {asked}, but the reply does not name a tier, so the standard price applies.")
        yield text.format(**names)


def _of_the_estimate(entry: LedgerEntry) -> Iterator[str]:
    if not entry.is_estimated:
        return
    yield _("≈ The endpoint did not report token counts, so Tally counted them.")
    yield _("Hidden reasoning is not included.")
    if entry.note.startswith(FATE_UNKNOWN) or entry.status in ("failed", "interrupted"):
        yield _("It is not known whether this call was billed; if it was, this is about what it cost.")


def _of_the_cache(entry: LedgerEntry) -> Iterator[str]:
    if entry.price is None or entry.usage_source != "reported":
        return
    saved = saved_by_cache(entry.price, entry.usage)
    if saved:
        text = _("The cache saved {usd}.") if saved > 0 else _("Writing to the cache cost {usd} extra.")
        yield text.format(usd=format_amount(abs(saved)))


def _of_the_charge(entry: LedgerEntry) -> Iterator[str]:
    if entry.surcharge_usd is None:
        return
    names = {"usd": format_amount(abs(entry.surcharge_usd))}
    more = _("The endpoint says it charged {usd} more than the list price for these counts.")
    less = _("The endpoint says it charged {usd} less than the list price for these counts.")
    yield (more if entry.surcharge_usd > 0 else less).format(**names)
    if entry.cost_source == "own":
        yield _("Your own price applies.")
    elif entry.cost_source != "reported":
        yield _("The list price applies.")


def _of_the_unknown_cost(entry: LedgerEntry) -> Iterator[str]:
    if entry.note.startswith(IMPOSSIBLE) and entry.cost_usd is None:
        yield _("The endpoint reported impossible token counts, so the cost of this call is not known.")
        yield _("Check the endpoint’s own bill.")
    elif entry.cost_usd is None:
        if entry.resolved_model and not is_same_model(entry.resolved_model, entry.call.model):
            names = {"answered": entry.resolved_model, "asked": entry.call.model}
            yield _("{answered} answered, not {asked}.").format(**names)
        yield _("The price of this model is not known here.")
        yield _("Set one in the Usage tab, under Prices.")


def _another_answered(entry: LedgerEntry) -> bool:
    return entry.resolved_model not in (None, "", entry.call.model)
