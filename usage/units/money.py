"""How money and token counts read on the page, in the terminal and in messages."""

from decimal import ROUND_HALF_UP, Context, Decimal

# More digits than any sum of ledger amounts has, so that no addition rounds.
EXACT = Context(prec=300)

_ONE_CENT = Decimal("0.01")
_SIGNIFICANT_DIGITS_BELOW_A_CENT = 3
_MOST_DECIMALS = 4
_FEWEST_DECIMALS = 2


def format_usd(cost: Decimal | None, estimated: bool = False) -> str:
    """A cost in USD for reading: "$0.00111", "≈ $0.37", "free", "price unknown".

    Below a cent at most three significant digits are shown, from a cent on two to four decimals:
    a positive cost never reads as nothing.
    """
    if cost is None:
        return "price unknown"
    if cost == 0:
        return "free"
    return f"≈ {_dollars(cost)}" if estimated else _dollars(cost)


def format_amount(amount: Decimal) -> str:
    """An amount that is no cost, such as a limit or what is left of it: nothing is "$0.00", not "free"."""
    return format_usd(amount) if amount else "$0.00"


def format_tokens(count: int) -> str:
    """A count with thousands separators: "1,234"."""
    return f"{count:,}"


def format_rate(usd_per_mtok: Decimal | None) -> str:
    """One rate in USD per million tokens, every digit of it: "$0.10", "$0.0375", "price unknown"."""
    if usd_per_mtok is None:
        return "price unknown"
    return f"${_trimmed(usd_per_mtok)}"


def format_price(input_usd_per_mtok: Decimal | None, output_usd_per_mtok: Decimal | None) -> str:
    """The two rates of a model, input before output: "$0.10/0.50", "free", "price unknown"."""
    if input_usd_per_mtok is None or output_usd_per_mtok is None:
        return "price unknown"
    if input_usd_per_mtok == output_usd_per_mtok == 0:
        return "free"
    return f"{format_rate(input_usd_per_mtok)}/{_trimmed(output_usd_per_mtok)}"


def _dollars(cost: Decimal) -> str:
    sign, amount = ("-", -cost) if cost < 0 else ("", cost)
    decimals = _MOST_DECIMALS
    if amount < _ONE_CENT:
        decimals = _SIGNIFICANT_DIGITS_BELOW_A_CENT - 1 - amount.adjusted()
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{sign}${_trimmed(rounded)}"


def _trimmed(amount: Decimal) -> str:
    whole, _, decimals = f"{amount:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(_FEWEST_DECIMALS, '0')}"


def exact_usd(cost: Decimal) -> str:
    """An amount with every digit that it has, and no zeros after them: 0.00111."""
    text = format(cost, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_text(figure: int | Decimal) -> str:
    """A figure with every digit of it."""
    return exact_usd(figure) if isinstance(figure, Decimal) else str(figure)
