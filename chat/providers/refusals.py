"""What to say of an endpoint that gives no reply, or not all of it, and whether it may have billed."""

import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from chat.providers.seam import ChatError, ReplyBroken, RequestRefused
from texts import N_, _

BILLING_CODES = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
}
TOO_LONG_CODES = {"context_length_exceeded", "exceed_context_size_error", "ContextWindowExceededError"}
CONTENT_CODES = {
    *("content_policy_violation", "content_filter", "moderation_blocked", "ContentPolicyViolationError")
}
# What endpoints say of pictures and files: OpenAI, OpenRouter, llama.cpp, vLLM, DeepSeek, Anthropic.
_NO_PICTURES = (
    *("image input", "image_url is only supported", "variant `image_url`", "support image", "support vision"),
    *('part type: "image_url"', "not a multimodal model", "at most 0 image", "'image_url' is not supported"),
)
_NO_DOCUMENTS = (
    *("variant `file`", "content type: 'file'", 'part type: "file"', "file input", "support pdf"),
    "unsupported content[].type",
)
_BAD_PICTURE_CODES = {"image_parse_error", "invalid_image_format", "invalid_image", "invalid_base64_image"}
_BAD_PICTURE = ("unsupported image", "could not process image", "cannot identify image", "decode image")
_LARGE_PICTURE_CODES = {"image_too_large", "too_many_images", "image_file_too_large"}
_LARGE_PICTURE = re.compile(
    r"too many images|at most [1-9][0-9]* image|patches after processing|image (?:size )?exceed"
)
RETRYABLE_STATUSES = {409, 429}
GATEWAY_TIMEOUTS = {408, 504, 522, 524}  # somebody on the way gave up waiting; the model may be at work
UNSUPPORTED_CODES = {"unsupported_parameter", "unsupported_value", "unknown_parameter"}
UNSUPPORTED_WORDS = (
    *("unsupported", "unrecognized", "unknown", "not supported", "not permitted", "extra"),
    "invalid service_tier",  # as OpenAI says where a model has no such tier
)
NO_CAPACITY = "resource unavailable"
LIMIT_FIELDS = {"max_tokens", "max_completion_tokens", "max_output_tokens"}
MOST_DIGITS = 18
QUOTE_LENGTH = 300
NO_PROTOCOL = N_("{address} is not an OpenAI-compatible endpoint. Check the address; it often ends in /v1.")
NO_FLEX = N_(
    "{endpoint} has no Flex capacity right now and charged nothing. Try again later, or choose Standard in "
    "the settings."
)

_SERVERS: dict[int | None, str] = {11434: "Ollama", 1234: "LM Studio"}  # by the port they take
_WORDS = re.compile(r"[a-z_]+")
_LITELLM_NAME = re.compile(r"\blitellm\.(\w+Error)\b")  # which it says in the message, never as a code
# As in "Incorrect API key provided: sk-ab****wxyz."
_PART_OF_KEY = re.compile(r"(?<![\w-])[\w-]+\*{3,}[\w-]*|(?<!\*)\*{3,}[\w-]+")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
# Of all that can become of a request without an answer, only these mean that it did not go out.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.TooManyRedirects,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an endpoint answered in place of a reply: HTTP status and the parts of its error."""

    status: int
    code: str = ""
    kind: str = ""
    param: str = ""
    message: str = ""
    retry_after_s: float | None = None

    @property
    def _names(self) -> set[str]:
        return {self.code, self.kind, *_LITELLM_NAME.findall(self.message)}

    @property
    def is_retryable(self) -> bool:
        """Whether the call surely was not billed, and may well be answered a little later."""
        if self._names & BILLING_CODES or self.status in GATEWAY_TIMEOUTS or self._about_files():
            return False
        return self.status in RETRYABLE_STATUSES or self.status >= 500

    @property
    def fate(self) -> str | None:
        """Why nobody knows whether the call was billed; None where it surely was not."""
        if self.status not in GATEWAY_TIMEOUTS or self._names & BILLING_CODES:
            return None
        return f"status {self.status}, a timeout on the way"

    def unsupported_field(self, sent: set[str]) -> str | None:
        """Return which of the fields that were sent this model does not know, if that is what it says."""
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
        """Return whether it says that the maximum reply length that was sent is too large."""
        if self.status not in (400, 422) or self.unsupported_field(LIMIT_FIELDS):
            return False
        names = {self.param, *_WORDS.findall(self.message.lower())}
        return bool(names & LIMIT_FIELDS) or sent in self._numbers

    @property
    def is_about_cache_marks(self) -> bool:
        """Whether it says that it takes no marks for a cache, or no message in parts, which have them."""
        words = {*_WORDS.findall(self.param.lower()), *_WORDS.findall(self.message.lower())}
        return self.status in (400, 422) and ("cache_control" in words or {"content", "string"} <= words)

    @property
    def is_about_image_detail(self) -> bool:
        """Whether it says that it does not take the detail that was asked for of a picture."""
        words = {*_WORDS.findall(self.param.lower()), *_WORDS.findall(self.message.lower())}
        return self.status in (400, 422) and "detail" in words

    def largest_number_below(self, sent: int) -> int | None:
        """Return the largest number that it names below the one that was sent."""
        return max((number for number in self._numbers if number < sent), default=None)

    @property
    def _numbers(self) -> list[int]:
        plain = _THOUSANDS.sub("", self.message)
        return [int(digits[:MOST_DIGITS]) for digits in re.findall(r"[0-9]+", plain)]

    def as_error(self, endpoint: str, model: str, service_tier: str | None = None) -> ChatError:
        """Return the error to raise; `service_tier` is the one that was asked for."""
        if self.fate:
            said = _("{endpoint} did not answer in time (status {status}).")
            return ReplyBroken(said.format(endpoint=endpoint, status=self.status), self.fate)
        said = _(NO_FLEX) if service_tier == "flex" and self._is_about_capacity else self._explanation()
        explanation = said.format(endpoint=endpoint, model=model, status=self.status)
        said = f"{explanation} {self._quotation(endpoint)}"
        if not self.is_retryable:
            return RequestRefused(said.rstrip())
        may_pass = _("{endpoint} answered with status {status}")
        may_pass = may_pass.format(endpoint=endpoint, status=self.status)
        return RequestRefused(said.rstrip(), may_pass, self.retry_after_s)

    def _explanation(self) -> str:
        names = self._names
        if names & CONTENT_CODES:
            return _("{endpoint} refused the content of this message. Change it and try again.")
        if about_files := self._about_files():
            return about_files
        if self._is_about_key:
            return _(
                "{endpoint} refused the key ({status}). Check that it is complete, still valid, and belongs "
                "to this endpoint."
            )
        if names & BILLING_CODES or self.status == 402:
            return _(
                "The account at {endpoint} has no credit left, or has reached its spending limit. Add "
                "credit or raise the limit there, then try again."
            )
        if names & TOO_LONG_CODES:
            return _(
                "This chat is too long for {model}. Start a new chat, or choose a model with a "
                "larger context."
            )
        if self.status == 413:
            return _("This chat is too large for {endpoint}. Start a new chat, or send less.")
        if "model_not_found" in names or self._is_about_model:
            return _(
                "{endpoint} has no model named {model}, or this key may not use it. Choose another model."
            )
        if self.status == 429:
            return _("{endpoint} is rate-limiting you. Wait a moment, then try again.")
        if self.status >= 500:
            return _("{endpoint} failed ({status}). Try again in a while.")
        return _("{endpoint} refused the request (status {status}).")

    def _about_files(self) -> str:
        """Return what to say where the endpoint blames a picture or a document; empty where it does not."""
        if self.status not in (400, 404, 413, 415, 422, 500):
            return ""
        said = self.message.lower()
        if self._names & _LARGE_PICTURE_CODES or _LARGE_PICTURE.search(said):
            return _(
                "The pictures of this chat are too large or too many for {model}. Send smaller ones or fewer."
            )
        if self._names & _BAD_PICTURE_CODES or any(words in said for words in _BAD_PICTURE):
            return _("{endpoint} cannot read one of the pictures. Send it as PNG or JPEG, or leave it out.")
        if any(words in said for words in _NO_PICTURES):
            return _("{model} does not take pictures here. Choose another model, or leave them out.")
        if any(words in said for words in _NO_DOCUMENTS):
            return _("{model} does not take PDFs as files here. Send their text, or choose another model.")
        return ""

    @property
    def _is_about_capacity(self) -> bool:
        said = f"{self.code} {self.kind} {self.message}".lower().replace("_", " ")
        return self.status == 429 and NO_CAPACITY in said

    # Also a country, a content or a data policy may be refused with these.
    @property
    def _is_about_key(self) -> bool:
        says_so = not self.message or "key" in self.message.lower()
        return self.status == 401 or (self.status == 403 and says_so)

    @property
    def _is_about_model(self) -> bool:
        return self.status == 404 and (not self.message or "model" in self.message.lower())

    def _quotation(self, endpoint: str) -> str:
        said = _PART_OF_KEY.sub("…", " ".join(self.message.split()))
        if not said:
            return ""
        shortened = said if len(said) <= QUOTE_LENGTH else said[:QUOTE_LENGTH] + "…"
        return _("{endpoint} says: “{message}”").format(endpoint=endpoint, message=shortened)


class Trouble:
    """The errors of one endpoint, ready to be raised."""

    def __init__(self, endpoint: str, address: str) -> None:
        """`address` is shown to people, so it must not hold a key or a password."""
        self._named = {"endpoint": endpoint, "address": address}
        self._port = urlsplit(address).port

    def without_answer(self, cause: BaseException | None) -> ChatError:
        """Return the error for a request whose connection gave `cause` in place of an answer."""
        if untrusted := _untrusted(cause):
            said = _(
                "The certificate of {endpoint} is not trusted ({reason}). If it is your own server, set "
                "SSL_CERT_FILE to the file of its certificate."
            )
            return RequestRefused(said.format(reason=untrusted, **self._named))
        if isinstance(cause, _NEVER_SENT):
            said = _("Cannot reach {endpoint}. Check your connection, and the address: {address}")
            if self._port:
                said = _("Cannot reach {endpoint}:{port}. Is {server} running there?")
            server = _SERVERS.get(self._port, _("the server"))
            has_waited = isinstance(cause, httpx2.TimeoutException)
            may_pass = None if has_waited else _("Cannot reach {endpoint}").format(**self._named)
            return RequestRefused(said.format(port=self._port, server=server, **self._named), may_pass)
        if isinstance(cause, httpx2.TimeoutException):
            said, fate = _("{endpoint} did not answer in time."), "no answer came in time"
        else:
            said = _("The connection to {endpoint} was lost before an answer came.")
            fate = "the connection was lost after sending"
        return self._broken(said, fate)

    def no_list(self) -> RequestRefused:
        """Return the error for an endpoint that names no models."""
        return RequestRefused(
            _("{endpoint} does not list its models. Type a model’s name.").format(**self._named)
        )

    def no_balance(self) -> RequestRefused:
        """Return the error for an endpoint that tells no balance, or not in a way that can be read."""
        said = _("{endpoint} does not say how much is left in the account.")
        return RequestRefused(said.format(**self._named))

    def cut_off(self) -> ReplyBroken:
        """Return the error for a connection that broke in the middle of a reply."""
        said = _("The connection to {endpoint} broke off before the end.")
        return self._broken(said, "the connection broke off before the end")

    def error_within(self, message: str) -> ReplyBroken:
        """Return the error for one that came where the reply should have gone on."""
        said = _("{endpoint} broke off with an error, without saying which.")
        if message:
            said = _("{endpoint} broke off with an error: “{message}”")
        return self._broken(said, "the endpoint broke off with an error", message=message)

    def error_afterwards(self, message: str) -> str:
        """Return what to say of an error that came after a whole reply, which stands."""
        said = _("{endpoint} sent an error after the end of this reply, without saying which.")
        if message:
            said = _("{endpoint} sent an error after the end of this reply: “{message}”")
        return said.format(**self._named, message=message)

    def unreadable(self) -> ReplyBroken:
        """Return the error for something that is no chunk of a reply, after some that were."""
        said = _("{endpoint} sent something unreadable and the reply ends there.")
        return self._broken(said, "the endpoint sent something unreadable")

    def no_end(self) -> ReplyBroken:
        """Return the error for a stream that ended properly before the reply had."""
        said = _("The connection to {endpoint} ended before the reply did.")
        return self._broken(said, "the connection ended before the reply did")

    def nothing_came(self, content_type: str) -> ReplyBroken:
        """Return the error for an answer without a chunk: from an endpoint only if it is a stream at all."""
        if not content_type.startswith("text/event-stream"):
            return self.no_reply()
        return self._broken(_("{endpoint} sent an empty reply. Try again in a while."), "the reply was empty")

    def no_reply(self) -> ReplyBroken:
        """Return the error for an answer with status 200 that is no reply, such as a web page."""
        return self._broken(_(NO_PROTOCOL), "the answer was no reply")

    def too_long(self) -> ReplyBroken:
        """Return the error for a line that is too long to be read to its end."""
        said = _(
            "{endpoint} sent too much data at once, so Tally ended the call. What "
            "came before that is kept. Try again, or choose another model."
        )
        return self._broken(said, "it sent more in one piece than any reply takes")

    def not_the_protocol(self) -> RequestRefused:
        """Return the error for a refusal by a server that is no endpoint: nothing was billed."""
        return RequestRefused(_(NO_PROTOCOL).format(**self._named))

    def _broken(self, text: str, fate: str, **more: str) -> ReplyBroken:
        return ReplyBroken(text.format(**self._named, **more), fate)


def _untrusted(cause: BaseException | None) -> str:
    """Return why a certificate was not trusted, if that is what kept a connection from being made."""
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return ""
