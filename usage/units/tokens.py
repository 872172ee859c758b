"""Token counts of one call."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

TOKENS_PER_MTOK = 1_000_000

# Above this no count is meant seriously, and sums over millions of calls still fit 64 bits.
COUNT_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """How many tokens a call used; None where the count is not known.

    `input` contains `cached_input`, `cache_write` and what of the rest is audio or images; `cache_write`
    contains what is kept for an hour. `output` contains `reasoning`, audio and images.
    Raises ValueError for counts that no call can have.
    """

    input: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    cache_write_1h: int | None = None
    input_audio: int | None = None
    input_image: int | None = None
    output_audio: int | None = None
    output_image: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            count = getattr(self, field.name)
            if count is not None and count < 0:
                raise ValueError(f"{field.name} tokens cannot be negative: {count}")
            if count is not None and count >= COUNT_LIMIT:
                raise ValueError(f"{field.name} tokens cannot be that many: {count}")
        of_input = self.cached_input, self.cache_write, self.input_audio, self.input_image
        _require_within("cached input and cache write", of_input, self.input)
        _require_within("cache write for an hour", [self.cache_write_1h], self.cache_write)
        _require_within("reasoning", [self.reasoning, self.output_audio, self.output_image], self.output)


def _require_within(name: str, counts: Iterable[int | None], whole: int | None) -> None:
    parts = sum(count or 0 for count in counts)
    if whole is not None and parts > whole:
        raise ValueError(f"{name} tokens ({parts}) cannot be more than the total ({whole})")
