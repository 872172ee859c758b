"""Reads the chunks of a streamed reply, whatever an endpoint may have put into them."""

import logging
from typing import Any

from chat.completion import Answered, Completed, CompletionEvent, ReasoningDelta, Remark, TextDelta
from usage.tokens import TokenUsage

MOST_TOKENS = 10**9  # of one call; what is above is no count
LONGEST_NAME = 200
LONGEST_QUOTE = 40

logger = logging.getLogger(__name__)


class ReplyReader:
    """What has been read of one stream so far.

    Chunks have the names of the protocol but may hold anything: what is not as it should be raises
    TypeError, AttributeError, LookupError or ValueError.
    """

    def __init__(self) -> None:
        self.began = False
        self._finish_reason: str | None = None
        self._usage: Any = None
        self._answered = Answered(None)

    @property
    def ended(self) -> bool:
        """Whether the endpoint said that the reply is over, in one way or another."""
        return self._finish_reason is not None or self._usage is not None

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing more to come."""
        return self._finish_reason is not None and self._usage is not None

    def events(self, chunk: Any) -> list[CompletionEvent]:
        """What a chunk adds to the reply."""
        self.began = self.began or bool(chunk.choices) or chunk.usage is not None
        self._usage = chunk.usage or self._usage
        events = self._news_of_who_answers(chunk)
        if not chunk.choices:
            return events
        choice = chunk.choices[0]
        self._finish_reason = choice.finish_reason or self._finish_reason
        delta = choice.delta
        if delta is None:
            return events
        reasoning = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
        text = delta.content or delta.refusal
        if isinstance(reasoning, str) and reasoning:
            events.append(ReasoningDelta(reasoning))
        if isinstance(text, str) and text:
            events.append(TextDelta(text))
        return events

    def last_events(self) -> list[CompletionEvent]:
        """What there is to say at the end; Completed last."""
        events: list[CompletionEvent] = []
        if self._finish_reason == "length":
            events.append(Remark("The reply stops here because it reached its maximum length."))
        if self._finish_reason == "content_filter":
            events.append(Remark("The endpoint's content filter ended this reply."))
        usage, impossible = None, None
        try:
            usage = _token_usage(self._usage)
        except ValueError as exc:
            impossible = _in_one_line(str(exc))
            logger.warning("Impossible token counts: %s", impossible)
            said = (
                f"The endpoint reported impossible counts ({impossible}), so what this reply cost is unknown."
            )
            events.append(Remark(said))
        who = self._answered
        return [*events, Completed(usage, who.model, who.service_tier, impossible)]

    def _news_of_who_answers(self, chunk: Any) -> list[CompletionEvent]:
        known = self._answered
        model, tier = _name(chunk.model), _name(getattr(chunk, "service_tier", None))
        self._answered = Answered(model or known.model, tier or known.service_tier)
        return [] if self._answered == known else [self._answered]


def _token_usage(usage: Any) -> TokenUsage | None:
    """Raises ValueError for counts that no call can have."""
    prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if not prompt or completion is None:  # no prompt is empty: 0 is what some say who do not count
        return None
    input_details = getattr(usage, "prompt_tokens_details", None)
    output_details = getattr(usage, "completion_tokens_details", None)
    return TokenUsage(
        input=prompt,
        cached_input=_count(input_details, "cached_tokens"),
        cache_write=_count(input_details, "cache_write_tokens"),
        output=_with_hidden(usage, prompt, completion),
        reasoning=_count(output_details, "reasoning_tokens"),
    )


def _with_hidden(usage: Any, prompt: int, completion: int) -> int:
    """All output: some endpoints (xAI, Gemini) count hidden reasoning, which they bill, in the total only."""
    total = getattr(usage, "total_tokens", None)
    if isinstance(total, int) and prompt + completion < total <= MOST_TOKENS:
        return total - prompt
    return completion


def _count(holder: Any, name: str) -> int | None:
    value = getattr(holder, name, None)
    if value is None:
        return None
    if not isinstance(value, int | float) or value != value // 1 or value > MOST_TOKENS:
        raise ValueError(f"{name} is {str(value)[:LONGEST_QUOTE]}")
    return int(value)


def _name(named: Any) -> str | None:
    """A name fit for one line of a file."""
    if not isinstance(named, str):
        return None
    return _in_one_line(named)[:LONGEST_NAME] or None


def _in_one_line(text: str) -> str:
    # A spreadsheet that splits lines at ";" would take what follows for a cell, which may be a formula.
    return "".join(filter(str.isprintable, text)).replace(";", "")
