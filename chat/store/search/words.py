"""Takes texts apart into the words that search knows them by: letters and digits, no case, no accents."""

import re
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

# Scripts without blanks between their words: each character is a word, and several in a row are looked for.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
)
_APART = (
    f"{_CJK}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u309f\u30ff-\u318f\u31a0-\u31ff\ua960-\ua97f\ud7b0-\ud7ff"  # rarer kana, bopomofo, parts of Hangul
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"  # compatible and rarer Han, narrow kana
)
_SYLLABLE = "[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?"  # of Hangul, written as its parts
_VOICED = "\u3099\u309a\uff9e\uff9f"  # the marks of kana
# Marks that people leave out when they type: accents, Hebrew points, Arabic vowels and lengthening.
_LEFT_OUT = re.compile("[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\ufe00-\ufe0f\x00-/:-@[-`{-\x7f]")
_PLAIN = re.compile("[a-z0-9]+")
_LAST_MARK = 0x1FFFF


class Word(NamedTuple):
    """A word as search knows it, and where it stands in its text."""

    text: str
    start: int
    end: int


class Phrase(NamedTuple):
    """Words that stand in a row; the last one may be only the beginning of a word.

    `typed` are the same words as they were typed.
    """

    words: tuple[str, ...]
    is_prefix: bool = False
    typed: tuple[str, ...] = ()

    @property
    def in_a_row(self) -> str:
        """Return what stands in the `row_of_words` of every text that has this phrase, and of no other."""
        return f" {' '.join(self.words)}{'' if self.is_prefix else ' '}"

    def spans_in(self, words: Sequence[Word]) -> list[tuple[int, int]]:
        """Return where it stands in a text of these words."""
        last = len(self.words) - 1
        return [
            (words[start].start, words[start + last].end)
            for start in range(len(words) - last)
            if all(self._fits(at, words[start + at].text) for at in range(last + 1))
        ]

    def _fits(self, at: int, word: str) -> bool:
        is_begun = self.is_prefix and at == len(self.words) - 1
        return word.startswith(self.words[at]) if is_begun else word == self.words[at]


def words_of(text: str) -> list[Word]:
    """Return the words of a text in their order."""
    words: list[Word] = []
    for found in _word().finditer(text):
        start, end = found.span()
        if found.lastindex == 1:
            words += (Word(character, start + at, start + at + 1) for at, character in enumerate(found[1]))
        elif word := _folded(found[0]):
            words.append(Word(word, start, end))
    return words


def spelt(text: str) -> list[str]:
    """Return the words of a text in their order, without where they stand: faster than `words_of`."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    words: list[str] = []
    for characters, other in _word().findall(text):
        if characters:
            words += characters
        elif word := _folded(other):
            words.append(word)
    return words


def row_of_words(text: str) -> str:
    """Return the words of a text with a blank before and after each."""
    return f" {' '.join(spelt(text))} "


def is_apart(word: str) -> bool:
    """Return whether a word is a character of a script without blanks between its words."""
    return re.match(f"[{_APART}]", word) is not None


@lru_cache(maxsize=4096)  # a text has few words that are not there many times
def _folded(word: str) -> str:
    """Return a word without its case, accents, and wide or joined forms of letters."""
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return unicodedata.normalize("NFC", _LEFT_OUT.sub("", spread)).replace("ı", "i")


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a word. It is made when first needed: it asks what kind each character is of."""
    codes = range(0x300, min(_LAST_MARK, sys.maxunicode))
    marks = "".join(chr(code) for code in codes if unicodedata.category(chr(code)).startswith("M"))
    together = f"[{marks}{_VOICED}]"
    word = rf"[^\W_{_APART}](?:[^\W_{_APART}]|{together})*"
    return re.compile(rf"([{_CJK}]+(?!{together}))|({_SYLLABLE}|(?=[^\W_])[{_APART}]{together}*|{word})")
