"""Money as people type it and as they read it, and token counts beside it."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from texts import _

# More digits than any sum of ledger amounts has, so that no addition rounds.
EXACT = Context(prec=300)

_ONE_CENT = Decimal("0.01")
_DECIMALS = 2
_SIGNIFICANT_DIGITS_BELOW_A_CENT = 2
_MINUS = "\u2212"

# A row of the ledger holds fifteen digits before the point and twelve after it.
_MOST_WHOLE_DIGITS = 15
_MOST_TYPED_DECIMALS = 12
_TYPED = re.compile(r"(-)?(\d*)(?:[.,](\d*))?", re.ASCII)
_WITH_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)


class AmountError(ValueError):
    """A text is no amount of money; the message says what to write instead and begins with "expected"."""


def read_usd(typed: str) -> Decimal:
    """Read an amount in USD as people type it: 12.50, 12,50, $12.50. Raises AmountError."""
    number = typed.strip().removeprefix("$").strip()
    usd = read_number(number, _("expected an amount in USD such as 12.50"))
    if usd.is_signed():
        raise AmountError(_("expected an amount in USD of 0 or more"))
    return usd


def read_number(number: str, expected: str) -> Decimal:
    """Read a number as people type it. Raises AmountError, which for what is no number says `expected`."""
    if _WITH_THOUSANDS.fullmatch(number):
        raise AmountError(_("expected {amount}").format(amount=_without_thousands(number)))
    found = _TYPED.fullmatch(number)
    minus, whole, decimals = (part or "" for part in found.groups()) if found else ("", "", "")
    if not whole and not decimals:
        raise AmountError(expected)
    if len(whole.lstrip("0")) > _MOST_WHOLE_DIGITS:
        raise AmountError(_("expected at most 15 digits before the point"))
    if len(decimals) > _MOST_TYPED_DECIMALS:
        raise AmountError(_("expected at most 12 decimals"))
    return Decimal(f"{minus}{whole}.{decimals}")


def _without_thousands(number: str) -> str:
    """Say how to write a number whose commas may separate thousands."""
    plain = number.replace(",", "")
    if number.count(",") == 1 and "." not in number:
        text = _("{amount} or {other}, as a comma could mean either")
        return text.format(amount=plain, other=number.replace(",", "."))
    return _("{amount}, without commas between thousands").format(amount=plain)


def format_usd(cost: Decimal | None, estimated: bool = False) -> str:
    """Return a cost in USD for reading: "$0.0011", "≈ $0.37", "free", "price unknown"."""
    if cost is None:
        return _("price unknown")
    if cost == 0:
        return _("free")
    return f"≈ {format_amount(cost)}" if estimated else format_amount(cost)


def format_amount(amount: Decimal) -> str:
    """Return an amount for reading, as all money reads: "$1,234.50", "−$0.0011"; nothing is "$0.00"."""
    return _in_dollars(rounded_usd(amount))


def format_plain(amount: Decimal) -> str:
    """Return an amount for reading as the page has it, without its currency: "1,234.50", "−0.0011"."""
    return rounded_usd(amount).replace("-", _MINUS)


def format_exact(amount: Decimal) -> str:
    """Return an amount with every digit, as tooltips have it: "$0.00111234", "$1,234.50"."""
    return _in_dollars(_trimmed(amount))


def rounded_usd(amount: Decimal) -> str:
    """Return an amount for reading without its currency: "1,234.50", "-0.0011".

    From one cent on it has two decimals, below that two significant digits: it never reads as nothing.
    """
    decimals = _DECIMALS
    if 0 < abs(amount) < _ONE_CENT:
        decimals = _SIGNIFICANT_DIGITS_BELOW_A_CENT - 1 - amount.adjusted()
    return _trimmed(amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT))


def decimals_of(text: str) -> int:
    """Return how many decimals an amount shows."""
    return len(text.partition(".")[2])


def editable_usd(amount: Decimal | None) -> str:
    """Return an amount as a text field holds it, for `read_usd` to read again; empty for None."""
    return "" if amount is None else _trimmed(amount).replace(",", "")


def format_percent(percent: Decimal) -> str:
    """Return a share in percent, to a tenth: "12.5%", "−0.3%"."""
    return f"{percent:z,.1f}%".replace("-", _MINUS)


def format_tokens(count: int) -> str:
    """Return a count with thousands separators: "1,234"."""
    return f"{count:,}"


def format_rate(usd_per_mtok: Decimal | None) -> str:
    """Return a rate in USD per million tokens with every digit: "$0.10", "$0.0375", "price unknown"."""
    if usd_per_mtok is None:
        return _("price unknown")
    return f"${_trimmed(usd_per_mtok)}"


def format_price(input_usd_per_mtok: Decimal | None, output_usd_per_mtok: Decimal | None) -> str:
    """Return the two rates of a model, "$0.10 in / $0.50 out per 1M", "free", "price unknown"."""
    if input_usd_per_mtok is None or output_usd_per_mtok is None:
        return _("price unknown")
    if input_usd_per_mtok == output_usd_per_mtok == 0:
        return _("free")
    text = _("{input} in / {output} out per 1M")
    return text.format(input=format_rate(input_usd_per_mtok), output=format_rate(output_usd_per_mtok))


def _in_dollars(figure: str) -> str:
    return f"{_MINUS}${figure[1:]}" if figure.startswith("-") else f"${figure}"


def _trimmed(amount: Decimal) -> str:
    whole, _point, decimals = f"{amount:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(_DECIMALS, '0')}"


def exact_usd(cost: Decimal) -> str:
    """Return an amount with every digit that it has and no zeros after them: 0.00111."""
    text = format(cost, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_text(figure: int | Decimal) -> str:
    """Return a figure with every digit that it has."""
    return exact_usd(figure) if isinstance(figure, Decimal) else str(figure)
