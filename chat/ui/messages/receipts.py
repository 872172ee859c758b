"""The line under a reply that says what it cost, and what it opens to."""

from collections.abc import Iterator

from chat.ui.messages.markup import shown_name
from usage.ledger import FATE_UNKNOWN, IMPOSSIBLE, LedgerEntry
from usage.prices import is_same_model
from usage.units import format_rate, format_tokens, format_usd


def receipt_line(entry: LedgerEntry, *, names_model: bool = True) -> str:
    """One line: cost, tokens, model, time; "≈" where the counts are estimated.

    Where the model asked for is named already, only another one that answered is.
    """
    estimated = entry.usage_source == "estimated"
    parts = [format_usd(entry.cost_usd, estimated)]
    if entry.usage_source == "none":
        parts[0] = "not billed"
    if entry.note.startswith(IMPOSSIBLE):
        parts.append(IMPOSSIBLE)
    if entry.usage.input is not None and entry.usage.output is not None:
        parts.append(f"{format_tokens(entry.usage.input)} in + {format_tokens(entry.usage.output)} out")
    if names_model or _another_answered(entry):
        parts.append(entry.resolved_model or entry.model)
    if entry.duration_ms is not None:
        parts.append(f"{entry.duration_ms / 1000:.1f} s")
    return " · ".join(parts)


def receipt_details(entry: LedgerEntry) -> str:
    """The counts, prices, source and times as a Markdown table."""
    table = "\n".join(f"| {name} | {_cell(value)} |" for name, value in receipt_rows(entry))
    explanation = receipt_explanation(entry)
    return f"| | |\n|---|---|\n{table}" + (f"\n\n{explanation}" if explanation else "")


def receipt_rows(entry: LedgerEntry) -> list[tuple[str, str]]:
    """The counts, prices, source and times, each with its name."""
    return [*_counts(entry), *_prices(entry), *_circumstances(entry)]


def _counts(entry: LedgerEntry) -> list[tuple[str, str]]:
    usage = entry.usage
    counts = [
        ("Input tokens", usage.input),
        ("of them cached", usage.cached_input),
        ("of them written to cache", usage.cache_write),
        ("Output tokens", usage.output),
        ("of them reasoning", usage.reasoning),
    ]
    return [(name, format_tokens(count)) for name, count in counts if count is not None]


def _prices(entry: LedgerEntry) -> list[tuple[str, str]]:
    rates = [
        ("Price of input", entry.input_usd_per_mtok),
        ("Price of cached input", entry.cached_input_usd_per_mtok),
        ("Price of cache writes", entry.cache_write_usd_per_mtok if entry.usage.cache_write else None),
        ("Price of output", entry.output_usd_per_mtok),
        ("Price of reasoning", entry.reasoning_usd_per_mtok),
    ]
    exact = "unknown" if entry.cost_usd is None else f"${entry.cost_usd:f}"
    listed = [(name, f"{format_rate(rate)} per million") for name, rate in rates if rate is not None]
    if entry.per_request_usd:
        listed.append(("Price of the request", format_usd(entry.per_request_usd)))
    return [
        *listed,
        ("Price source", entry.price_source),
        ("Exact cost", exact),
    ]


def _circumstances(entry: LedgerEntry) -> list[tuple[str, str]]:
    rows = [("Counts", entry.usage_source), ("Model asked for", entry.model)]
    if _another_answered(entry):
        rows.append(("Model that answered", entry.resolved_model or ""))
    rows.append(("Endpoint", entry.endpoint))
    if entry.service_tier:
        rows.append(("Service tier", entry.service_tier))
    if entry.note:
        rows.append(("Note", entry.note))
    if entry.first_token_ms is not None:
        rows.append(("First word after", f"{entry.first_token_ms / 1000:.2f} s"))
    return rows


def receipt_explanation(entry: LedgerEntry) -> str:
    """What has to be known of an estimate or of an unknown cost, as Markdown; empty for any other entry."""
    return " ".join([*_of_the_estimate(entry), *_of_the_unknown_cost(entry)])


def _of_the_estimate(entry: LedgerEntry) -> Iterator[str]:
    if entry.usage_source != "estimated":
        return
    yield "≈ The endpoint did not report its counts, so they were counted here."
    yield "Reasoning that it did not show is not in them."
    if entry.note.startswith(FATE_UNKNOWN) or entry.status in ("failed", "interrupted"):
        yield "It is not known whether this call was billed; if it was, this is about what it cost."


def _of_the_unknown_cost(entry: LedgerEntry) -> Iterator[str]:
    if entry.note.startswith(IMPOSSIBLE):
        yield "The endpoint reported counts that no call can have, so that what it cost is not known."
        yield "Only the endpoint's own bill can tell."
    elif entry.cost_usd is None:
        if entry.resolved_model and not is_same_model(entry.resolved_model, entry.model):
            yield f"{_code(entry.resolved_model)} answered, not {_code(entry.model)}."
        yield "The price of this model is not known here."
        yield "Give it in `prices.toml` in the data folder; README says how."


def _code(name: str) -> str:
    return "`" + name.replace("`", "") + "`"


def _another_answered(entry: LedgerEntry) -> bool:
    return entry.resolved_model not in (None, "", entry.model)


def _cell(text: str) -> str:
    return shown_name(text).replace("|", "\\|")
