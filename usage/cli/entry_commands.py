"""The commands of `python -m usage` that write entries: settlements, and corrections of unknown prices."""

import argparse

from usage.accounts import apply, correctable, corrections_sheet, settle_entry
from usage.cli.desk import CommandError, Desk
from usage.reports import Sheet, calls_text, open_amounts
from usage.units import EXACT, exact_usd


def settle(arguments: argparse.Namespace, desk: Desk) -> str:
    """Write down that a person has paid all that is open, or another amount. Raises CommandError."""
    name = arguments.paid
    amounts = open_amounts(desk.calls)
    if name not in amounts:
        known = ", ".join(sorted(amounts)) or "nobody yet"
        raise CommandError(f"{name!r} has not used the shared key; who has: {known}.")
    usd = amounts[name] if arguments.usd is None else arguments.usd
    if arguments.usd is None and usd <= 0:
        raise CommandError(f"{name} has nothing open: {exact_usd(usd)} USD.")
    try:
        entry = settle_entry(name, usd, desk.now, desk.new_id())
    except ValueError as exc:
        raise CommandError(f"{exc} Give the amount with --usd.") from exc
    desk.ledger().append(entry)
    left = EXACT.subtract(amounts[name], usd)
    return f"{name} has paid {exact_usd(usd)} USD; open: {exact_usd(left)} USD.\n"


def apply_prices(desk: Desk) -> str:
    """Write a correction for every call whose unknown price is known by now."""
    applied = apply(desk.ledger(), desk.late_prices().of, desk.now)
    if not applied.count:
        return "No call of unknown price has a known price now; nothing was written.\n"
    return f"{calls_text(applied.count)} corrected, together {exact_usd(applied.usd)} USD.\n"


def late_prices_sheet(desk: Desk) -> Sheet:
    """What `apply_prices` would write, by endpoint and model."""
    corrections = correctable(desk.calls.ledger.entries(), desk.late_prices().of)
    return corrections_sheet(corrections, "--apply writes a correction for each of them.")
