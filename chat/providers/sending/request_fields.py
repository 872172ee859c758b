"""The optional fields of a request, and what is remembered of models that refuse some."""

from collections.abc import Sequence
from typing import Any

from chat.providers.refusals import Refusal
from chat.providers.seam import CompletionRequest, Parameters, Remark
from chat.providers.sending.cache_marks import with_cache_marks
from chat.providers.sending.sent_messages import SentMessage, without_detail
from texts import _
from usage.units import Endpoint

NEWER_LIMIT, OLDER_LIMIT = "max_completion_tokens", "max_tokens"
FEWEST_TOKENS = 16  # of a maximum that is lowered until the endpoint takes it
SPEAKS_NEWER_LIMIT = {"openai", "azure"}
# Their documentation has `prompt_cache_key` for chat completions.
TAKE_CACHE_KEY = ("api.openai.com", "openai.azure.com", "mistral.ai")
# On messages, and remembered as fields where they are refused.
CACHE_MARKS, IMAGE_DETAIL = "cache_control", "detail"


class Quirks:
    """What is learnt from refusals: which optional fields a model does not take, and its longest reply."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], set[str]] = {}
        self.longest_reply: dict[tuple[str, str], int] = {}  # tokens, by host and model

    def refused_by(self, host: str, model: str) -> set[str]:
        """Return the names of the refused fields, a set to add to."""
        return self._refused.setdefault((host, model), set())


class RequestFields:
    """The optional fields of one request: only what was set, less what is known to be refused."""

    def __init__(self, request: CompletionRequest, endpoint: Endpoint, quirks: Quirks) -> None:
        self._model = request.model
        self._refused = quirks.refused_by(endpoint.host, request.model)
        self._wanted = _fields(request.parameters)
        self._unasked = _unasked_fields(request, endpoint)
        self._may_mark = request.is_worth_caching and _takes_cache_marks(request.model, endpoint)
        self._has_images = bool(request.prompt.images)
        self._may_lower = request.must_be_limited and NEWER_LIMIT in self._wanted
        self._quirks = quirks
        self._whose = endpoint.host, request.model
        if self._may_lower and (longest := quirks.longest_reply.get(self._whose)):
            self._wanted[NEWER_LIMIT] = min(self._wanted[NEWER_LIMIT], longest)
        newer = endpoint.billed_by in SPEAKS_NEWER_LIMIT
        self._limit_names = (NEWER_LIMIT, OLDER_LIMIT) if newer else (OLDER_LIMIT, NEWER_LIMIT)

    def as_body(self) -> dict[str, Any]:
        """Return what to send."""
        body = dict(self._unasked)
        for name, value in self._wanted.items():
            names = self._limit_names if name == NEWER_LIMIT else (name,)
            if allowed := next((each for each in names if each not in self._refused), None):
                body[allowed] = value
        return {name: value for name, value in body.items() if name not in self._refused}

    def as_messages(self, messages: Sequence[SentMessage]) -> list[SentMessage]:
        """Return the messages to send: with marks for a cache, and without what the model refuses on them."""
        sent = list(messages)
        if self._has_images and IMAGE_DETAIL in self._refused:
            sent = without_detail(sent)
        return with_cache_marks(sent) if self.has_cache_marks else sent

    @property
    def has_limit(self) -> bool:
        """Whether a maximum reply length is sent."""
        return not {NEWER_LIMIT, OLDER_LIMIT}.isdisjoint(self.as_body())

    @property
    def has_cache_marks(self) -> bool:
        """Whether messages are marked, so that the endpoint's cache keeps the prompt up to them."""
        return self._may_mark and CACHE_MARKS not in self._refused

    @property
    def service_tier(self) -> str | None:
        """The service tier that is asked for, None for the standard one."""
        tier = self.as_body().get("service_tier")
        return None if tier is None else str(tier)

    def leave_out(self, refusal: Refusal) -> bool:
        """Leave out or lower what this refusal blames; return False when it blames none of the fields."""
        if self._may_lower and self._lowers_limit(refusal):
            return True
        name = refusal.unsupported_field(set(self.as_body()))
        if name is None and self.has_cache_marks and refusal.is_about_cache_marks:
            name = CACHE_MARKS
        has_detail = self._has_images and IMAGE_DETAIL not in self._refused
        if name is None and has_detail and refusal.is_about_image_detail:
            name = IMAGE_DETAIL
        if name is None:
            return False
        self._refused.add(name)
        return True

    def _lowers_limit(self, refusal: Refusal) -> bool:
        # A maximum that a budget set, and not the person, may be lower than what the budget has left.
        sent = self._wanted[NEWER_LIMIT]
        if not refusal.is_about_limit(sent):
            return False
        # Half, unless the refusal names a limit and did not name one before.
        named = refusal.largest_number_below(sent)
        longest = named if named and self._whose not in self._quirks.longest_reply else sent // 2
        if longest < FEWEST_TOKENS:
            return False
        if longest == named:
            self._quirks.longest_reply[self._whose] = longest
        self._wanted[NEWER_LIMIT] = longest
        return True

    def remark(self) -> Remark | None:
        """Return what was set and is not sent, in words for the person."""
        sent = self.as_body()
        labels = _labels()
        left_out = [
            labels[name]
            for name in self._wanted
            if name not in sent and not (name == NEWER_LIMIT and OLDER_LIMIT in sent)
        ]
        if self._has_images and IMAGE_DETAIL in self._refused:
            left_out.append(_("picture detail"))
        if not left_out:
            return None
        return Remark(
            _("Sent without {left_out}, which {model} does not accept.").format(
                model=self._model, left_out=_(" or ").join(left_out)
            )
        )


def _unasked_fields(request: CompletionRequest, endpoint: Endpoint) -> dict[str, Any]:
    """Return what is sent without a person's having set it, and left out without telling them."""
    fields: dict[str, Any] = {"stream_options": {"include_usage": True}}
    if request.cache_key and f".{endpoint.host}".endswith(tuple(f".{each}" for each in TAKE_CACHE_KEY)):
        fields["prompt_cache_key"] = request.cache_key
    return fields


def _takes_cache_marks(model: str, endpoint: Endpoint) -> bool:
    """Return whether nothing is cached unless it is marked, and the endpoint passes marks on."""
    return endpoint.billed_by == "openrouter" and model.startswith("anthropic/")


def _fields(parameters: Parameters) -> dict[str, Any]:
    fields = {
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
        "presence_penalty": parameters.presence_penalty,
        "frequency_penalty": parameters.frequency_penalty,
        NEWER_LIMIT: parameters.max_output_tokens,
        "reasoning_effort": parameters.reasoning_effort,
        "verbosity": parameters.verbosity,
        "seed": parameters.seed,
        "stop": list(parameters.stop) or None,
        "service_tier": parameters.service_tier,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _labels() -> dict[str, str]:
    return {
        "temperature": _("temperature"),
        "top_p": _("top_p"),
        "presence_penalty": _("presence penalty"),
        "frequency_penalty": _("frequency penalty"),
        NEWER_LIMIT: _("maximum reply length"),
        "reasoning_effort": _("reasoning effort"),
        "verbosity": _("verbosity"),
        "seed": _("seed"),
        "stop": _("stop sequences"),
        "service_tier": _("service tier"),
    }
