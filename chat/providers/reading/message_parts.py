"""What a piece of a message says, in the shapes in which endpoints send it.

Text and reasoning come as a string, as a list of parts (Mistral, gateways to Anthropic), or under other
names (DeepSeek: reasoning_content; OpenRouter: reasoning, reasoning_details). A reply may also begin with
its reasoning between tags, as open models write it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "◁think▷": "◁/think▷",
}
DEEPEST = 5  # parts within parts
MOST_HELD = 1_000  # characters that wait for the rest of a tag; more are passed on as they are

_REASONING = ("reasoning_content", "reasoning", "reasoning_details")
_NAMES_OF_TEXT = ("text", "refusal", "value")
_NAMES_OF_REASONING = ("thinking", "text", "summary", "reasoning", "content")


@dataclass(frozen=True, slots=True)
class Said:
    """The text and the reasoning of a piece, and the tools that the model wants to call."""

    text: str = ""
    reasoning: str = ""
    tools: tuple[str, ...] = ()


def said_in(message: Mapping[str, Any]) -> Said:
    """Return what a message says, or a piece of one."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    thoughts = [part for part in parts if _is_thought(part)]
    others = [part for part in parts if not _is_thought(part)]
    given = (_texts(message.get(name), _NAMES_OF_REASONING) for name in _REASONING)
    return Said(
        text=_texts(others, _NAMES_OF_TEXT) or _texts(message.get("refusal"), _NAMES_OF_TEXT),
        reasoning=next(filter(None, given), "") or _texts(thoughts, _NAMES_OF_REASONING),
        tools=_tools(message),
    )


def _is_thought(part: Any) -> bool:
    if not isinstance(part, Mapping):
        return False
    return "thinking" in part or str(part.get("type")).startswith(("thinking", "reasoning"))


def _texts(said: Any, names: tuple[str, ...], depth: int = DEEPEST) -> str:
    """Return the text of a string, of parts in a list, or of the first of these names that has any."""
    if isinstance(said, str):
        return said
    if isinstance(said, list) and depth:
        return "".join(_texts(each, names, depth - 1) for each in said)
    if isinstance(said, Mapping) and depth:
        return next(filter(None, (_texts(said.get(name), names, depth - 1) for name in names)), "")
    return ""


def _tools(message: Mapping[str, Any]) -> tuple[str, ...]:
    calls = message.get("tool_calls")
    wanted = [*(calls if isinstance(calls, list) else ()), {"function": message.get("function_call")}]
    functions = (each.get("function") for each in wanted if isinstance(each, Mapping))
    names = (each.get("name") for each in functions if isinstance(each, Mapping))
    return tuple(name for name in names if isinstance(name, str) and name)


class TaggedReasoning:
    """Takes the reasoning out of a reply that begins with it, between tags, however the pieces are cut."""

    def __init__(self) -> None:
        self._stage: Literal["before", "within", "after", "text"] = "before"
        self._held = ""  # what may become a tag
        self._closing = ""  # the tag that ends the reasoning which has begun
        self._has_reasoning = False

    def split(self, piece: str) -> Said:
        """Return what has come, without what may still become a tag."""
        held, self._held = self._held + piece, ""
        if self._stage == "before":
            return self._before(held)
        if self._stage == "within":
            return self._within(held)
        if self._stage == "after":
            held = held.lstrip()
            self._stage = "text" if held else "after"
        return Said(text=held)

    def _before(self, held: str) -> Said:
        begun = held.lstrip()
        opening = next(filter(begun.startswith, TAGS), None)
        if opening:
            self._stage, self._closing = "within", TAGS[opening]
            return self.split(begun.removeprefix(opening))
        if len(held) <= MOST_HELD and any(tag.startswith(begun) for tag in TAGS):
            self._held = held
            return Said()
        self._stage = "text"
        return Said(text=held)

    def _within(self, held: str) -> Said:
        if not self._has_reasoning:
            held = held.lstrip()
        reasoning, closing, after = held.partition(self._closing)
        if closing:
            self._stage = "after"
            return Said(text=self.split(after).text, reasoning=reasoning.rstrip())
        begun = max(size for size in range(len(self._closing)) if held.endswith(self._closing[:size]))
        kept = len(held[: len(held) - begun].rstrip())  # blanks before the tag are no part of the reasoning
        if len(held) - kept > MOST_HELD:
            kept = len(held)
        self._held, self._has_reasoning = held[kept:], kept > 0 or self._has_reasoning
        return Said(reasoning=held[:kept])

    def rest(self) -> Said:
        """Return what was held back, once no more comes."""
        held, self._held = self._held, ""
        return Said(reasoning=held.rstrip()) if self._stage == "within" else Said(text=held)
