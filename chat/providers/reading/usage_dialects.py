"""Token counts in the dialects of endpoints: where they are in a reply, and under which names."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from usage.units import TokenUsage

MOST_TOKENS = 10**9  # of one call; anything larger is not a count
LONGEST_QUOTE = 40
LARGEST_RAW = 2048  # bytes of JSON
_FIGURES = re.compile(r"\s*-?[0-9]{1,15}(\.0*)?\s*")  # a count that comes as text

Path = tuple[str | int, ...]

# Where usage is in a chunk: nearly everybody; Groq; Moonshot; Google and Amazon, by other names; Cohere.
PLACES: tuple[Path, ...] = (
    ("usage",),
    ("x_groq", "usage"),
    ("choices", 0, "usage"),
    ("usageMetadata",),
    ("usage_metadata",),
    ("amazon-bedrock-invocationMetrics",),
    ("message", "usage"),
    ("usage", "billed_units"),
    ("usage", "tokens"),
)

# The whole prompt; or, from makers that count the cache beside it, only the part that no cache had.
PROMPT = ("prompt_tokens", "promptTokenCount", "prompt_token_count")
PROMPT_BESIDE_CACHE = ("input_tokens", "inputTokens", "inputTokenCount")
OUTPUT = (
    *("completion_tokens", "output_tokens", "outputTokens", "outputTokenCount"),
    *("candidatesTokenCount", "candidates_token_count"),
)
TOTAL = ("total_tokens", "totalTokens", "totalTokenCount", "total_token_count")
OF_THE_WHOLE = (*TOTAL, "cost", "cost_details", "cost_in_usd_ticks", "is_byok")  # no part of a later report

_PROMPT_DETAILS = (
    "prompt_tokens_details",
    "prompt_token_details",
    "input_tokens_details",
    "input_token_details",
)
_OUTPUT_DETAILS = (
    *("completion_tokens_details", "completion_token_details"),
    *("output_tokens_details", "output_token_details"),
)


def _within(details: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{each}.{name}" for each in details for name in names)


# The cached part of the prompt, counted within it (OpenAI, LiteLLM, Moonshot, Mistral, DeepSeek, Gemini) …
CACHED = (
    *_within(_PROMPT_DETAILS, ("cached_tokens", "cache_read_tokens", "cache_read_input_tokens")),
    *("cached_tokens", "num_cached_tokens", "prompt_cache_hit_tokens", "cache_read_tokens"),
    *("cachedContentTokenCount", "cached_content_token_count"),
    *("cachedInputTokens", "cached_input_tokens", "cached_prompt_text_tokens"),
)
# … or beside it, as Anthropic and Amazon do; gateways that count it within keep these names, though.
CACHED_BESIDE = ("cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount")

HIT_AND_MISSED = ("prompt_cache_hit_tokens", "prompt_cache_miss_tokens")

# What was written to a cache, in the same two ways.
WRITTEN = (
    *_within(_PROMPT_DETAILS, ("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")),
    *("cache_write_tokens", "cache_creation_tokens"),
)
WRITTEN_BESIDE = ("cache_creation_input_tokens", "cacheWriteInputTokens", "cacheWriteInputTokenCount")
WRITTEN_FOR_AN_HOUR = "cache_creation.ephemeral_1h_input_tokens"
WRITTEN_BY_AGE = ("cache_creation.ephemeral_5m_input_tokens", WRITTEN_FOR_AN_HOUR)

REASONING = (*_within(_OUTPUT_DETAILS, ("reasoning_tokens",)), "thoughtsTokenCount", "thoughts_token_count")

# What is no text, in the prompt and in the output; the cached part of it is counted with the cache.
AUDIO, IMAGES = ("audio_tokens",), ("image_tokens", "images_tokens")
CACHED_DETAILS = _within(_PROMPT_DETAILS, ("cached_tokens_details",))


def usage_in(chunk: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the usage that a chunk of a reply reports; None if it reports none."""
    found = [each for each in (_at(chunk, place) for place in PLACES) if isinstance(each, Mapping) and each]
    return next((each for each in found if _counts_anything(each)), found[0] if found else None)


def with_later(earlier: Mapping[str, Any] | None, later: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the usage that counts when one follows another: the later, completed if it lacks the prompt."""
    if earlier is None:
        return later
    if any(map(later.get, (*PROMPT, *PROMPT_BESIDE_CACHE))):
        return later
    if _counts_anything(later):  # the prompt was counted when the reply began
        at_the_start = {name: count for name, count in earlier.items() if name not in OF_THE_WHOLE}
        return at_the_start | {name: count for name, count in later.items() if count}
    return earlier


def as_json(usage: Mapping[str, Any]) -> str:
    """Return the usage as JSON in ASCII that fits LARGEST_RAW, without its largest members if it must be."""
    members = [(_dumped(name), _dumped(value)) for name, value in usage.items()]
    room, kept = LARGEST_RAW - len("{}"), set()
    for member in sorted(members, key=lambda member: sum(map(len, member))):
        room -= sum(map(len, member)) + len(":,")
        if room < 0:
            break
        kept.add(member)
    text = ",".join(f"{name}:{value}" for name, value in members if (name, value) in kept)
    return f"{{{text}}}"


def _dumped(value: Any) -> str:
    try:
        text = json.dumps(value, separators=(",", ":"))
    except RecursionError:
        return "null"
    # A spreadsheet that splits lines at ";" would take what follows for a cell, which may be a formula.
    return text.replace(";", "\\u003b")


def token_usage(usage: Mapping[str, Any]) -> TokenUsage | None:
    """Return the counts of a call; None when the prompt or the output is not counted.

    Raises ValueError for counts that no call can have, and for counts that contradict each other.
    """
    cache = _Cache(usage)
    prompt, completion, reasoning = _prompt(usage, cache), _agreed(usage, OUTPUT), _agreed(usage, REASONING)
    if completion is None or prompt is None or not (prompt or cache.tokens):
        return None  # no prompt is empty: endpoints that do not count say 0
    total = _agreed_or_none(usage, TOTAL)
    beside = cache.beside(prompt, completion, reasoning or 0, total)
    everything = prompt + beside
    cache.require_within(everything)
    # Some endpoints (xAI, Gemini) count hidden reasoning, which they bill, in the total only.
    is_more = total is not None and everything + completion < total
    return TokenUsage(
        input=everything,
        cached_input=cache.read,
        cache_write=cache.written,
        output=total - everything if total is not None and is_more else completion,
        reasoning=reasoning,
        cache_write_1h=cache.written_for_an_hour,
        **_media(usage, everything - cache.tokens, completion - (reasoning or 0)),
    )


def _media(usage: Mapping[str, Any], input_room: int, output_room: int) -> dict[str, int]:
    """Return how much audio and how many images the input and the output have, as far as they fit there."""
    rooms = {"input": (input_room, _PROMPT_DETAILS), "output": (output_room, _OUTPUT_DETAILS)}
    found: dict[str, int] = {}
    for whole, (room, details) in rooms.items():
        for kind, names in (("audio", AUDIO), ("image", IMAGES)):
            count = _agreed_or_none(usage, _within(details, names)) or 0
            if whole == "input":
                count -= _agreed_or_none(usage, _within(CACHED_DETAILS, names)) or 0
            if 0 < count <= room:
                found[f"{whole}_{kind}"] = count
                room -= count
    return found


class _Cache:
    """The tokens read from a cache and `written` to it, and whether they are counted within the prompt."""

    def __init__(self, usage: Mapping[str, Any]) -> None:
        read, read_beside = _agreed(usage, CACHED), _agreed(usage, CACHED_BESIDE)
        written, written_beside = _agreed(usage, WRITTEN), _agreed(usage, WRITTEN_BESIDE)
        by_age = [count for name in WRITTEN_BY_AGE if (count := _count(usage, name)) is not None]
        self.read = _same("cached_tokens", read, read_beside)
        self.written = _same("cache_write_tokens", written, written_beside, sum(by_age) if by_age else None)
        self.written_for_an_hour = _count(usage, WRITTEN_FOR_AN_HOUR) or None
        self.tokens = (self.read or 0) + (self.written or 0)
        self._may_be_beside = bool(read_beside or written_beside or sum(by_age))
        self._is_beside = not read and not written and _agreed(usage, PROMPT) is None
        self._hit_and_missed = sum(_count(usage, name) or 0 for name in HIT_AND_MISSED)

    def beside(self, prompt: int, completion: int, reasoning: int, total: int | None) -> int:
        """Return how many of these tokens the prompt's count leaves out: their names or the total tell."""
        if not self.tokens:
            return 0
        if self._is_beside:
            return self.tokens
        surplus = None if total is None else total - prompt - completion
        for left_out in (0, self.tokens, self.written or 0, self.read or 0):
            if surplus in (left_out, left_out + reasoning) and prompt + left_out >= self.tokens:
                return left_out
        if self._may_be_beside and (prompt < self.tokens or (surplus or 0) >= self.tokens):
            return self.tokens
        return 0

    def require_within(self, prompt: int) -> None:
        """Raise ValueError when cache hits and misses are more than the whole prompt."""
        if self._hit_and_missed > max(prompt, 0):
            raise ValueError(f"cache hits and misses are {self._hit_and_missed} of {prompt} input tokens")


def _prompt(usage: Mapping[str, Any], cache: _Cache) -> int | None:
    """Return the prompt's count by whichever name it has; of two, one may leave out the cached part."""
    whole, other = _agreed(usage, PROMPT), _agreed(usage, PROMPT_BESIDE_CACHE)
    if whole and other and abs(whole - other) not in (0, cache.tokens):
        raise ValueError(f"prompt_tokens is {whole} and input_tokens {other}")
    return whole or (whole if other is None else other)


def _agreed_or_none(usage: Mapping[str, Any], names: Iterable[str]) -> int | None:
    try:
        return _agreed(usage, names)
    except ValueError:
        return None


def _agreed(usage: Mapping[str, Any], names: Iterable[str]) -> int | None:
    """Return the count under these names. Raises ValueError when two of them differ."""
    found = [(name, count) for name in names if (count := _count(usage, name)) is not None]
    return _same(found[0][0].rpartition(".")[2], *(count for _, count in found)) if found else None


def _same(name: str, *counts: int | None) -> int | None:
    """Return the one count that is not 0, or else 0 or None. Raises ValueError when two of them differ."""
    given = [count for count in counts if count is not None]
    several = sorted({count for count in given if count})
    if len(several) > 1:
        raise ValueError(f"{name} is {several[0]} and {several[-1]}")
    return several[0] if several else next(iter(given), None)


def _count(usage: Mapping[str, Any], path: str) -> int | None:
    value = _at(usage, tuple(path.split(".")))
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str) and _FIGURES.fullmatch(value):
        value = float(value)
    if not isinstance(value, int | float) or value != value // 1 or value > MOST_TOKENS:
        raise ValueError(f"{path.rpartition('.')[2]} is {str(value)[:LONGEST_QUOTE]}")
    return int(value)


def _counts_anything(usage: Mapping[str, Any]) -> bool:
    return any(map(usage.get, (*PROMPT, *PROMPT_BESIDE_CACHE, *OUTPUT)))


def _at(holder: Any, place: Path) -> Any:
    for step in place:
        if isinstance(step, int):
            holder = holder[step] if isinstance(holder, list) and len(holder) > step else None
        else:
            holder = holder.get(step) if isinstance(holder, dict) else None
        if holder is None:
            return None
    return holder
