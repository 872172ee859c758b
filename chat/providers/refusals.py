"""An endpoint's refusals in a person's words: what happened, and what to do."""

import re
from dataclasses import dataclass

from chat.providers.errors import NOT_REPEATED, ChatError, ReplyBroken, RequestRefused
from texts import _

BILLING_CODES = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
}
TOO_LONG_CODES = {"context_length_exceeded", "exceed_context_size_error"}
CONTENT_CODES = {"content_policy_violation", "content_filter", "moderation_blocked"}
RETRYABLE_STATUSES = {409, 429}
GATEWAY_TIMEOUTS = {408, 504, 522, 524}  # somebody on the way gave up waiting; the model may be at work
UNSUPPORTED_CODES = {"unsupported_parameter", "unsupported_value", "unknown_parameter"}
UNSUPPORTED_WORDS = ("unsupported", "unrecognized", "unknown", "not supported", "not permitted", "extra")
LIMIT_FIELDS = {"max_tokens", "max_completion_tokens", "max_output_tokens"}
MOST_DIGITS = 18
QUOTE_LENGTH = 300

_WORDS = re.compile(r"[a-z_]+")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an endpoint answered in place of a reply: HTTP status and the parts of its error."""

    status: int
    code: str = ""
    kind: str = ""
    param: str = ""
    message: str = ""

    @property
    def _names(self) -> set[str]:
        return {self.code, self.kind}

    @property
    def is_retryable(self) -> bool:
        """Whether the call surely was not billed, and may well be answered a little later."""
        if self._names & BILLING_CODES or self.status in GATEWAY_TIMEOUTS:
            return False
        return self.status in RETRYABLE_STATUSES or self.status >= 500

    @property
    def fate(self) -> str | None:
        """Why nobody knows whether the call was billed; None where it surely was not."""
        if self.status not in GATEWAY_TIMEOUTS or self._names & BILLING_CODES:
            return None
        return f"status {self.status}, a timeout on the way"

    def unsupported_field(self, sent: set[str]) -> str | None:
        """Which of the fields that were sent this model does not know, if that is what it says."""
        if self.status not in (400, 422) or self._names & TOO_LONG_CODES:
            return None
        message = self.message.lower()
        if not (self.code in UNSUPPORTED_CODES or any(word in message for word in UNSUPPORTED_WORDS)):
            return None
        if self.param in sent:
            return self.param
        named = [name for name in sent if name in message]
        return max(named, key=len, default=None)

    def is_about_limit(self, sent: int) -> bool:
        """Whether it says that the maximum reply length that was sent is too large."""
        if self.status not in (400, 422) or self.unsupported_field(LIMIT_FIELDS):
            return False
        names = {self.param, *_WORDS.findall(self.message.lower())}
        return bool(names & LIMIT_FIELDS) or sent in self._numbers

    def largest_number_below(self, sent: int) -> int | None:
        """The largest number that it names below the one that was sent."""
        return max((number for number in self._numbers if number < sent), default=None)

    @property
    def _numbers(self) -> list[int]:
        plain = _THOUSANDS.sub("", self.message)
        return [int(digits[:MOST_DIGITS]) for digits in re.findall(r"[0-9]+", plain)]

    def as_error(self, endpoint: str, model: str) -> ChatError:
        """The error to raise for it."""
        if self.fate:
            said = _("{endpoint} did not answer in time (status {status}).")
            said = said.format(endpoint=endpoint, status=self.status)
            return ReplyBroken(f"{said} {_(NOT_REPEATED)}", self.fate)
        return RequestRefused(self._explained(endpoint, model))

    def _explained(self, endpoint: str, model: str) -> str:
        names = self._names
        if self.status in (401, 403) and not names & CONTENT_CODES:
            return _(
                "{endpoint} does not accept this API key. Check that it is whole, still valid, and "
                "belongs to this endpoint."
            ).format(endpoint=endpoint)
        if names & BILLING_CODES or self.status == 402:
            return _(
                "The account at {endpoint} has no credit left, or has reached its spending limit. Add "
                "credit or raise the limit there, then retry."
            ).format(endpoint=endpoint)
        if names & TOO_LONG_CODES:
            text = _(
                "This conversation is too long for {model}. Start a new chat, or choose a model with a "
                "larger context."
            )
            return text.format(model=model) + self._quoted(endpoint)
        if names & CONTENT_CODES:
            return _("{endpoint} refused the content of this message. Change it and try again.").format(
                endpoint=endpoint
            )
        if "model_not_found" in names or self.status == 404:
            return _(
                "{endpoint} has no model named {model}, or this key may not use it. Choose another model."
            ).format(endpoint=endpoint, model=model)
        if self.status == 429:
            return _("{endpoint} is limiting how fast it can be asked. Wait a moment, then retry.").format(
                endpoint=endpoint
            )
        if self.status >= 500:
            return _("{endpoint} has a problem of its own (status {status}). Retry in a while.").format(
                endpoint=endpoint, status=self.status
            )
        text = _("{endpoint} refused the request (status {status}).")
        return text.format(endpoint=endpoint, status=self.status) + self._quoted(endpoint)

    def _quoted(self, endpoint: str) -> str:
        said = " ".join(self.message.split())
        if not said:
            return ""
        shortened = said if len(said) <= QUOTE_LENGTH else said[:QUOTE_LENGTH] + "…"
        return " " + _("{endpoint} says: “{message}”").format(endpoint=endpoint, message=shortened)
