"""Reads what somebody types to search: words, "exact phrases", model:, before: and after:."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from chat.store.search.words import Phrase, Word, is_apart, words_of
from texts import _

MOST_CHARACTERS = 500
MOST_WORDS = 40
EARLIEST, LATEST = date(1970, 1, 2), date(2999, 1, 1)  # of what can be told apart; beyond lies nothing

_QUOTE = '"“”„«»'
_PART = re.compile(
    rf"(?P<name>model|before|after):(?:[{_QUOTE}](?P<quoted>[^{_QUOTE}]*)[{_QUOTE}]?|(?P<value>\S*))"
    rf"|[{_QUOTE}](?P<phrase>[^{_QUOTE}]*)[{_QUOTE}]?"
    rf"|(?P<word>[^\s{_QUOTE}]+)",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for: all of these phrases, asked of any of these models, between two moments (UTC).

    `after` is included, `before` is not. `notes` say what could not be understood and was left out.
    """

    phrases: tuple[Phrase, ...] = ()
    models: tuple[Phrase, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is asked for."""
        return not (self.phrases or self.models or self.after or self.before)


def read_query(text: str, zone: tzinfo) -> SearchQuery:
    """Read what somebody typed. Never raises; days are those of `zone`.

    A plain word at the end may be the beginning of a word: it may still be being typed.
    """
    reader = _Reader(zone)
    for part in _PART.finditer(text[:MOST_CHARACTERS]):
        reader.take(part)
    if len(text) > MOST_CHARACTERS:
        reader.note_length()
    query = reader.query()
    if query.is_empty and text.strip() and not query.notes:
        return replace(query, notes=(_("Type letters or digits to search for."),))
    return query


class _Reader:
    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._phrases: list[Phrase] = []
        self._models: list[Phrase] = []
        self._after: list[datetime] = []
        self._before: list[datetime] = []
        self._notes: list[str] = []
        self._words = 0

    def query(self) -> SearchQuery:
        """Return what was read."""
        return SearchQuery(
            tuple(dict.fromkeys(self._phrases)),
            tuple(dict.fromkeys(self._models)),
            max(self._after, default=None),
            min(self._before, default=None),
            tuple(dict.fromkeys(self._notes)),
        )

    def take(self, part: re.Match[str]) -> None:
        """Take the next part of the text."""
        name = (part["name"] or "").lower()
        value = part["quoted"] or part["value"] or ""
        if name == "model":
            self._take_model(value)
        elif name:
            self._take_date(name, value)
        else:
            is_last = part.end() == len(part.string.rstrip())
            self._take_words(part["phrase"] or part["word"] or "", may_go_on=bool(part["word"]) and is_last)

    def note_length(self) -> None:
        """Say that only the beginning is looked for."""
        self._notes.append(_("Your search is too long: only the first part is used."))

    def _take_words(self, text: str, *, may_go_on: bool) -> None:
        room = MOST_WORDS - self._words
        words = words_of(text)
        self._words += len(words)
        if len(words) > room:
            self.note_length()
        if taken := _phrase(text, words[:room]):
            last = taken.words[-1]
            is_prefix = may_go_on and len(last) > 1 and not is_apart(last)
            self._phrases.append(taken._replace(is_prefix=is_prefix))

    def _take_model(self, value: str) -> None:
        model = _phrase(value, words_of(value)[:MOST_WORDS])
        if model is None:
            self._notes.append(_("Write a model’s name after “model:”, such as model:gpt-6-luna."))
        elif len(self._models) < MOST_WORDS:
            self._models.append(model._replace(is_prefix=True))

    def _take_date(self, name: str, value: str) -> None:
        day = _day(value)
        if day is None:
            self._notes.append(
                _(
                    "“{typed}” is not a date. Write a day, month or year, such as {name}:2026-03-01, "
                    "{name}:2026-03 or {name}:2026."
                ).format(typed=f"{name}:{value}", name=name)
            )
            return
        began = datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)
        (self._before if name == "before" else self._after).append(began)


def _phrase(text: str, words: Sequence[Word]) -> Phrase | None:
    """Return these words of a text as a phrase; None without any."""
    if not words:
        return None
    typed = tuple(text[word.start : word.end] for word in words)
    return Phrase(tuple(word.text for word in words), typed=typed)


def _day(text: str) -> date | None:
    """Return the first day of what a text names: a day, a month or a year; None for anything else."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(number or 1) for number in found.groups())
    try:
        named = date(year, month, day)
    except ValueError:
        return None
    return min(max(named, EARLIEST), LATEST)
