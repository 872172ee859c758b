"""The seam between Tally and whatever answers: what is asked, what comes back, and what can go wrong.

The text of each error is fit to show to a person.

ChatError
├── NotSent            nothing left this machine: no call, no ledger row
├── RequestRefused     the endpoint said no (or was never reached): the call cost nothing
└── ReplyBroken        the call was made and its end is not known: what it cost is estimated
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from texts import N_
from usage.forecast import Prompt
from usage.units import Endpoint, TokenUsage

LONGEST_MODEL_NAME = 200  # characters
NOT_REPEATED = N_(
    "This call may have been billed, so Tally does not repeat it automatically. “Try again” makes a new "
    "call, which may be billed too."
)


def choice_of(connection: str, model: str) -> str:
    """Return how a model is named to people: with its connection, unless that is the first ("")."""
    return f"{connection}: {model}" if connection else model


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a person set for a reply; None (or empty) means "not set" and is not sent."""

    system_prompt: str = ""
    temperature: float | None = None
    top_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    max_output_tokens: int | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    service_tier: str | None = None


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One call: which model, the whole prompt, and how.

    `must_be_limited`: a budget rests on `max_output_tokens`, so the call is not made without it.
    `cache_key` is the same for all calls of a conversation. `is_worth_caching`: another call will likely
    begin with this prompt, soon enough for a cache that charges for writing to pay.
    """

    model: str
    prompt: Prompt
    parameters: Parameters = field(default_factory=Parameters)
    must_be_limited: bool = False
    cache_key: str = ""
    is_worth_caching: bool = False


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """Whether a model takes pictures, and PDFs as files; None where nobody says, so that it is tried."""

    images: bool | None = None
    documents: bool | None = None

    def or_else(self, other: "ModelInputs") -> "ModelInputs":
        """Return what is known here, and from the other what is not."""
        return ModelInputs(
            other.images if self.images is None else self.images,
            other.documents if self.documents is None else self.documents,
        )


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of what the model shows of its reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request surely was not billed, and is made again after a pause."""

    reason: str
    delay_s: float


@dataclass(frozen=True, slots=True)
class Sending:
    """Everything is ready: the request goes out once the next event is asked for, and may then be billed.

    It comes before the first request of a call and before each one that follows.
    """


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the person should know about this reply, such as a parameter that was left out."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answers, as soon as the endpoint names it: the model, and the service tier it is billed at.

    By `reply_id` the endpoint knows the call.
    """

    model: str | None
    service_tier: str | None = None
    reply_id: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What the endpoint has reported of the call's usage so far; of several the last one counts.

    `usage` is None where nothing is counted, or the counts are impossible. `charged_usd` is the amount that
    the endpoint names, `raw` its own usage object as JSON. `is_final`: nothing of the call is left out, even
    if the reply breaks off now.
    """

    usage: TokenUsage | None
    charged_usd: Decimal | None = None
    raw: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of a reply. `usage` is None when the endpoint did not report it.

    `impossible` says which reported counts no call can have; `usage` is None then too.
    """

    usage: TokenUsage | None
    resolved_model: str | None = None
    service_tier: str | None = None
    impossible: str | None = None


CompletionEvent = TextDelta | ReasoningDelta | Retrying | Sending | Remark | Answered | Counted | Completed


class ChatError(Exception):
    """Why there is no (whole) reply, and what to do about it."""


class NotSent(ChatError):  # noqa: N818 - the names say how far the call got
    """The message was not sent."""


class RequestRefused(ChatError):  # noqa: N818
    """The call was refused outright or never got through.

    `may_pass` says what was in the way where it may be gone a little later; `delay_s` is the pause asked for.
    """

    def __init__(self, text: str, may_pass: str | None = None, delay_s: float | None = None) -> None:
        super().__init__(text)
        self.may_pass = may_pass
        self.delay_s = delay_s


class ReplyBroken(ChatError):  # noqa: N818
    """The call was made, but its reply did not come, or not to its end.

    `fate` is for the note in the ledger: why nobody knows whether, and for what, it was billed.
    """

    def __init__(self, text: str, fate: str = "the reply broke off") -> None:
        super().__init__(text)
        self.fate = fate


class CompletionProvider(Protocol):
    """Something that answers, and the endpoint that it talks to.

    `names_charges_later`: it can be asked afterwards what a call was charged.
    """

    endpoint: Endpoint
    names_charges_later: bool

    def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Answer a request; the last event is Completed. Raises ChatError."""

    async def models(self) -> tuple[str, ...]:
        """Return the names of the models it offers. Raises ChatError."""

    def listed(self) -> tuple[str, ...]:
        """Return the models that it named when it was last asked."""

    def takes(self, model: str) -> ModelInputs:
        """Return what a model takes beside text, by what the endpoint said last, or else by its name."""

    async def charge_of(self, reply_id: str) -> Decimal | None:
        """Return what the call of a reply was charged in USD; None if that is not known. Raises ChatError."""

    async def account_balance(self) -> str:
        """Return in words what is left in the account that calls are charged to. Raises ChatError."""
