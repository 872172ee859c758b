"""Reads the chunks of a streamed reply, whatever an endpoint may have put into them."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from chat.providers.reading.charges import charge_in
from chat.providers.reading.event_stream import Event
from chat.providers.reading.message_parts import Said, TaggedReasoning, said_in
from chat.providers.reading.usage_dialects import as_json, token_usage, usage_in, with_later
from chat.providers.seam import (
    Answered,
    Completed,
    CompletionEvent,
    Counted,
    ReasoningDelta,
    Remark,
    TextDelta,
)
from texts import _

LONGEST_NAME = 200
MOST_TOOLS = 10  # that are named; a model has no reason to want more at once

logger = logging.getLogger(__name__)


class ReplyReader:
    """What has been read of one stream so far.

    Chunks are JSON and may hold anything: whatever is not as it should be is ignored, and `has_gap` says
    that it may have been a part of the reply. `mask` takes secrets out of a name once it is in the form
    that is shown: cleaning it up may join the parts of a key.
    """

    def __init__(self, mask: Callable[[str], str] = str) -> None:
        self._mask = mask
        self.began = False
        self.has_gap = False
        self._tagged = TaggedReasoning()
        self._has_text = False
        self._has_reasoning = False
        self._tools: list[str] = []  # that the model wants to call
        self._finish_reason: str | None = None
        self._usage: Mapping[str, Any] | None = None
        self._has_outgrown_usage = False  # whether more was said after it had been counted
        self._told = Counted(None)
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
        """Return what a chunk adds to the reply."""
        if not isinstance(chunk, Mapping):
            return self._pass_over()
        choices, usage = chunk.get("choices"), usage_in(chunk)
        if usage is not None:
            self.began = True
            self._usage = with_later(self._usage, usage)
        events = self._news_of_who_answers(chunk)
        said = self._said_by(choices) if choices else []
        was_outgrown = self._has_outgrown_usage
        self._has_outgrown_usage = usage is None and (was_outgrown or bool(said))
        is_newly_outgrown = self._has_outgrown_usage and not was_outgrown
        if usage is not None or (self._usage is not None and is_newly_outgrown):
            self._told = self._counted()
            said.append(self._told)
        return [*events, *said]

    def _counted(self, *, is_over: bool = False) -> Counted:
        reported = self._usage or {}
        try:
            usage = token_usage(reported)
        except ValueError:  # told at the end, if nothing better comes
            usage = None
        is_final = (self.is_whole or is_over) and not self._has_outgrown_usage
        return Counted(usage, charge_in(reported), as_json(reported), is_final)

    def _said_by(self, choices: Any) -> list[CompletionEvent]:
        first = choices[0] if isinstance(choices, list) else None
        return self._said_in(first) if isinstance(first, Mapping) else self._pass_over()

    def _pass_over(self) -> list[CompletionEvent]:
        """Go on without something that cannot be read; after a whole reply nothing is missing."""
        self.has_gap = self.has_gap or not self.is_whole
        return []

    def _said_in(self, choice: Mapping[str, Any]) -> list[CompletionEvent]:
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        self.began = True
        delta = choice.get("delta")
        if delta is None or not (delta or self._has_text):
            # An endpoint that does not stream sends the whole message; before chats there were only texts.
            delta = choice.get("message") or {"content": choice.get("text")}
        if not isinstance(delta, Mapping):
            return self._pass_over()
        said = said_in(delta)
        self._tools = [*self._tools, *said.tools][:MOST_TOOLS]
        return [
            *self._as_events(Said(reasoning=said.reasoning)),
            *self._as_events(self._tagged.split(said.text)),
        ]

    def _as_events(self, said: Said) -> list[CompletionEvent]:
        self._has_reasoning = self._has_reasoning or bool(said.reasoning)
        self._has_text = self._has_text or bool(said.text)
        events: list[CompletionEvent] = []
        if said.reasoning:
            events.append(ReasoningDelta(said.reasoning))
        if said.text:
            events.append(TextDelta(said.text))
        return events

    def last_events(self) -> list[CompletionEvent]:
        """Return what there is to say at the end; Completed last."""
        events = self._as_events(self._tagged.rest())
        if self.has_gap:
            events.append(Remark(_("Part of this reply could not be read and is missing.")))
        if end := self._said_of_the_end():
            events.append(Remark(end))
        usage, impossible = None, None
        try:
            usage = None if self._has_outgrown_usage else token_usage(self._usage or {})
        except ValueError as exc:
            impossible = self._mask(_in_one_line(str(exc)))
            logger.warning("Impossible token counts: %s", impossible)
            said = _("The endpoint reported impossible counts ({impossible}).")
            events.append(Remark(said.format(impossible=impossible)))
        counted = self._counted(is_over=True)
        if self._usage is not None and counted != self._told:
            events.append(counted)
        who = self._answered
        return [*events, Completed(usage, who.model, who.service_tier, impossible)]

    def _said_of_the_end(self) -> str | None:
        """Return what there is to say of a reply that does not end as replies do, or has no text."""
        reason = self._finish_reason
        if reason == "length" and self._has_text:
            return _("This reply stops here because it reached its maximum length.")
        if reason == "length":
            return _("This reply reached its maximum length before its first word. Raise Max tokens.")
        if reason == "content_filter":
            return _("The endpoint’s content filter ended this reply.")
        if reason == "error":
            return _("The endpoint ended this reply with an error, without saying which.")
        if self._tools:
            names = ", ".join(filter(None, map(self._name, self._tools)))
            said = _("The model wanted to call a tool ({names}). Tally has none to offer.")
            return said.format(names=names)
        if self._has_text:
            return None
        if self._has_reasoning:
            return _("The model sent its reasoning and no text.")
        return _("The model sent no text.")

    def _news_of_who_answers(self, chunk: Any) -> list[CompletionEvent]:
        known = self._answered
        usage = self._usage or {}
        # Perplexity has no tiers, and a fee for each request that goes by the size of its search.
        tiers = usage.get("service_tier"), chunk.get("service_tier"), usage.get("search_context_size")
        model = self._name(chunk.get("model"))
        tier = next(filter(None, map(self._name, tiers)), None)
        reply_id = known.reply_id or self._name(chunk.get("id"))
        self._answered = Answered(model or known.model, tier or known.service_tier, reply_id)
        return [] if self._answered == known else [self._answered]

    def _name(self, named: Any) -> str | None:
        """Return a name fit for one line of a file, without secrets; None for anything else."""
        if not isinstance(named, str):
            return None
        return self._mask(_in_one_line(named))[:LONGEST_NAME] or None


def error_in(event: Event) -> str | None:
    """Return what the endpoint says went wrong, if an error came in place of a chunk; else None.

    Empty when it does not say.
    """
    said = event.value
    if not isinstance(said, Mapping):
        return None
    error = said.get("error")
    if not error and (event.name == "error" or said.get("object") == "error"):
        error = said
    if not error:
        return None
    message = error.get("message") if isinstance(error, Mapping) else error
    return message if isinstance(message, str) else ""


def _in_one_line(text: str) -> str:
    # A spreadsheet that splits lines at ";" would take what follows for a cell, which may be a formula.
    return "".join(filter(str.isprintable, text)).replace(";", "")
