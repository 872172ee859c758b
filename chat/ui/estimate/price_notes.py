"""What is said before sending of a price that goes by the size of the prompt, or by the hour."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from decimal import Decimal
from html import escape
from typing import Literal

from texts import _, ngettext
from usage.forecast import Forecast, OtherModel, PriceStep
from usage.units import format_exact, format_tokens, format_usd, plain

NEAR_PART = 20  # one is near in the last twentieth below a step
SOON = timedelta(hours=1)
MATTERS_FROM_TIMES = Decimal("1.5")
MATTERS_ABOVE_USD = Decimal("0.01")
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PriceNote:
    """A sentence, as HTML. One that `matters` stands in the line itself, the others where it opens."""

    kind: Literal["quiet", "near"]
    html: str
    matters: bool


def price_notes(
    forecasts: tuple[Forecast, ...],
    without_history: tuple[Forecast, ...],
    others: tuple[OtherModel, ...],
    zone: tzinfo,
) -> Iterator[PriceNote]:
    """Give what is to say of each model that is asked; times of day are those of the zone."""
    for forecast, alone in zip(forecasts, without_history, strict=True):
        for note in (_of_size(forecast, alone, others), _of_hour(forecast, zone)):
            if note and len(forecasts) > 1:
                text = _("{model}: {note}").format(model=escape(forecast.model), note=note.html)
                yield replace(note, html=text)
            elif note:
                yield note


def _of_size(forecast: Forecast, alone: Forecast, others: Iterable[OtherModel]) -> PriceNote | None:
    """Return what is to say of a step in the price: that it is near, or else that it was passed."""
    ahead, passed = forecast.step_ahead, forecast.step_passed
    if ahead and is_near(forecast, ahead):
        return PriceNote("near", _before(forecast, ahead), _matters(forecast, ahead.times))
    if passed and forecast.prompt_usd is not None and passed.below_usd is not None:
        text = _(
            "Above {step} tokens, every token you send costs {times} as much: {cost} instead of {below}."
        )
        text = text.format(
            step=format_tokens(passed.tokens),
            times=_times(passed.times),
            cost=_amount(forecast.prompt_usd),
            below=_amount(passed.below_usd),
        )
        text = f"{text} {_way_out(forecast, passed, alone, others)}".rstrip()
        return PriceNote("near", text, _matters(forecast, 1 / passed.times))
    return None


def is_near(forecast: Forecast, ahead: PriceStep) -> bool:
    """Return whether a little more text, or the usual reply in the next prompt, would pass the step."""
    left = ahead.tokens - forecast.tokens.tokens
    return left < max(ahead.tokens // NEAR_PART, forecast.usual_tokens or 0)


def _before(forecast: Forecast, ahead: PriceStep) -> str:
    left = ahead.tokens - forecast.tokens.tokens
    text = ngettext(
        "≈ {count} token below {step}, above which every token you send costs {times} as much.",
        "≈ {count} tokens below {step}, above which every token you send costs {times} as much.",
        left,
    )
    return text.format(count=format_tokens(left), step=format_tokens(ahead.tokens), times=_times(ahead.times))


def _way_out(forecast: Forecast, passed: PriceStep, alone: Forecast, others: Iterable[OtherModel]) -> str:
    """Return how the same message would cost less; empty where neither is so."""
    is_shorter = alone.tokens.tokens <= passed.tokens
    prompts = (each.prompt_usd for each in others)
    is_cheaper = any(usd is not None and usd < (forecast.prompt_usd or 0) for usd in prompts)
    if is_shorter and is_cheaper:
        return _("A new chat or another model costs less.")
    if is_shorter:
        return _("A new chat costs less.")
    return _("Another model costs less.") if is_cheaper else ""


def _of_hour(forecast: Forecast, zone: tzinfo) -> PriceNote | None:
    """Return what is to say of the price's next change: when it falls, or that it rises soon."""
    change = forecast.change
    if change is None or (change.times > 1 and change.wait > SOON):
        return None
    if change.times > 1:
        text = _("Peak hours begin in {minutes} min: {times} the price.")
    elif change.wait <= SOON:
        text = _("Off-peak in {minutes} min: {times} the price.")
    else:
        text = _("Off-peak from {time}: {times} the price.")
    text = text.format(
        minutes=-(-change.wait // _MINUTE),  # also the one that has begun
        time=f"{change.at.astimezone(zone):%H:%M}",
        times=_times(change.times),
    )
    return PriceNote("quiet", text, _matters(forecast, change.times))


def _matters(forecast: Forecast, times: Decimal) -> bool:
    """Return whether another price, in times of this one, is far from it and either is more than a little."""
    usd = forecast.prompt_usd if forecast.likely_usd is None else forecast.likely_usd
    is_far = times >= MATTERS_FROM_TIMES or times * MATTERS_FROM_TIMES <= 1
    return is_far and usd is not None and usd * max(times, Decimal(1)) > MATTERS_ABOVE_USD


def _times(times: Decimal) -> str:
    """Return a factor in words, for "… as much" and "… the price"."""
    words = {Decimal(2): _("twice"), Decimal("0.5"): _("half")}
    return words.get(times) or _("{number} times").format(number=f"{plain(round(times, 2)):f}")


def _amount(usd: Decimal) -> str:
    return f'<span title="{format_exact(usd)}">{format_usd(usd)}</span>'
