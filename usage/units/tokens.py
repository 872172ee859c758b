"""Token counts of one call."""

from dataclasses import dataclass, fields

TOKENS_PER_MTOK = 1_000_000

# Above this no count is meant seriously, and sums over millions of calls still fit 64 bits.
COUNT_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """How many tokens a call used; None where the count is not known.

    `input` contains `cached_input` and `cache_write`; `output` contains `reasoning`.
    Raises ValueError for counts that no call can have.
    """

    input: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            count = getattr(self, field.name)
            if count is not None and count < 0:
                raise ValueError(f"{field.name} tokens cannot be negative: {count}")
            if count is not None and count >= COUNT_LIMIT:
                raise ValueError(f"{field.name} tokens cannot be that many: {count}")
        _require_within("cached input and cache write", self.cached_input, self.cache_write, self.input)
        _require_within("reasoning", self.reasoning, None, self.output)


def _require_within(name: str, part: int | None, other: int | None, whole: int | None) -> None:
    parts = (part or 0) + (other or 0)
    if whole is not None and parts > whole:
        raise ValueError(f"{name} tokens ({parts}) cannot be more than the total ({whole})")
