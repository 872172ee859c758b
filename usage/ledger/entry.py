"""The record of every model call: what one row holds, and what keeps the rows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from usage.units import Endpoint, Price, TokenUsage

FATE_UNKNOWN = "fate unknown"  # how the note of a row begins: it may have been billed or not
IMPOSSIBLE = "impossible counts"
ROUNDING_USD = Decimal("0.000001")  # endpoints round the amounts that they name

LOCAL_USER = "local"  # whose everything is without sign-in
TEMPORARY = "temporary-"  # how the ids of conversations begin that are not kept, and those of their turns
NOBODY = ""  # has yet to sign in: owns nothing and may ask nothing

# What a call was for; a correction gives the cost of an earlier call, a settlement says what was paid.
Purpose = Literal["reply", "retry", "title", "summary", "compare", "correction", "settlement"]
CALL_PURPOSES: tuple[Purpose, ...] = ("reply", "retry", "title", "summary", "compare")
KeyOwner = Literal["app", "user"]
CallStatus = Literal["completed", "stopped", "failed", "interrupted"]
UsageSource = Literal["reported", "estimated", "none"]
# Where a cost comes from: the endpoint's own amount, a person's price, the published list, a model that
# costs nothing; "none" where nothing was billed, or nobody knows what.
CostSource = Literal["reported", "own", "listed", "free", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a model, as known when it goes out. `started_at` is UTC.

    `estimated_input_tokens` is the size of the prompt as counted here, `history_tokens` how many of those
    were earlier messages, `most_output_tokens` the maximum that the endpoint was given for the reply.
    A call that was read out of a ledger has no maximum, and nobody says who billed it.
    """

    id: str
    started_at: datetime
    user: str
    conversation_id: str
    turn_id: str
    purpose: Purpose
    endpoint: Endpoint
    key_owner: KeyOwner
    model: str
    estimated_input_tokens: int | None = None
    history_tokens: int | None = None
    most_output_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One call, how it ended and what it cost; immutable once written. Times are UTC.

    `cost_usd` and `price` are None when unknown, which is never the same as 0. `note` says what is odd
    about the call. `reported_cost_usd` is what the endpoint says that it charged, `listed_cost_usd` what the
    published list makes of the counts; None when unknown. `usage_json` is the endpoint's own usage object.
    Rows of older versions name no `cost_source`.

    Two kinds of entries are no calls: a correction has in `cost_usd` what the call that `corrects` names
    costs more (or less) than its own entry says; a settlement has in `settled_usd` what a person has paid.
    `recorded_at` is when they were made, `started_at` of a correction that of its call.
    """

    call: Call
    status: CallStatus
    usage: TokenUsage = field(default_factory=TokenUsage)
    usage_source: UsageSource
    price: Price | None
    cost_usd: Decimal | None
    resolved_model: str | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None
    service_tier: str | None = None
    note: str = ""
    corrects: str = ""
    settled_usd: Decimal | None = None
    recorded_at: datetime | None = None
    cost_source: CostSource | None = None
    reported_cost_usd: Decimal | None = None
    listed_cost_usd: Decimal | None = None
    usage_json: str = ""

    @property
    def is_estimated(self) -> bool:
        """Return whether the cost rests on counts made here."""
        return self.usage_source == "estimated" and self.cost_source != "reported"

    @property
    def surcharge_usd(self) -> Decimal | None:
        """Return how much more the endpoint charged than the list says (less if negative).

        None where either is not known or the counts are not, or they differ by no more than rounding.
        """
        reported, listed = self.reported_cost_usd, self.listed_cost_usd
        if reported is None or listed is None or self.usage_source != "reported":
            return None
        surcharge = reported - listed
        return surcharge if abs(surcharge) > ROUNDING_USD else None


class LedgerError(Exception):
    """The ledger cannot be read or written; the text says why and is fit to show."""


class Ledger(Protocol):
    """Where entries are kept: append-only, and each call at most once."""

    def append(self, entry: LedgerEntry) -> None:
        """Write one entry durably. Raises LedgerError when it cannot be written."""

    def append_missing(self, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
        """Write those that are not there yet, all or none, and return them. Raises LedgerError."""

    def find(self, call_ids: Collection[str]) -> dict[str, LedgerEntry]:
        """Return the entries of these calls by their ids; a call that is not there has none."""

    def entries(self) -> Iterator[LedgerEntry]:
        """Yield every readable entry, oldest first."""


def correction_id(call_id: str) -> str:
    """Return the id of the one correction that a call may have."""
    return f"{call_id}:price"


def correction(entry: LedgerEntry, cost_usd: Decimal, **changes: Any) -> LedgerEntry:
    """Return what makes a call cost this much, on the call's day; `changes` replaces further fields.

    Its tokens and times are in its own row already.
    """
    call = replace(
        entry.call,
        id=correction_id(entry.call.id),
        purpose="correction",
        estimated_input_tokens=None,
        history_tokens=None,
    )
    whole = replace(
        entry,
        call=call,
        usage=TokenUsage(),
        cost_usd=cost_usd - (entry.cost_usd or 0),
        first_token_ms=None,
        duration_ms=None,
        note="",
        corrects=entry.call.id,
        listed_cost_usd=None,
        usage_json="",
    )
    return replace(whole, **changes)


def exact_correction(entry: LedgerEntry, charged_usd: Decimal, at: datetime) -> LedgerEntry:
    """Return what gives a call of estimated cost the amount that its endpoint named afterwards."""
    return correction(
        entry,
        charged_usd,
        usage_source="reported",
        cost_source="reported",
        reported_cost_usd=charged_usd,
        recorded_at=at,
    )
