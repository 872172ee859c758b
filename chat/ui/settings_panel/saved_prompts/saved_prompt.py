"""A prompt that is saved by a name: its text, in which fields may be left open, and what it asks with."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chat.providers import LONGEST_MODEL_NAME, NotSent
from chat.ui.messages import texts_in
from chat.ui.settings_panel.parameters import EFFORTS, VERBOSITIES, number_fields
from texts import _

LONGEST_NAME = 40  # characters, as all that follow
LONGEST_TEXT = 20_000
LONGEST_FILLED = 200_000  # with the values in its fields
LONGEST_LINE = 80  # shown of a text
LONGEST_FIELD = 40
MOST_FIELDS = 20
NUMBERS = ("temperature", "top_p", "max_output_tokens")
WORDS = {"reasoning_effort": EFFORTS, "verbosity": VERBOSITIES}

_FIELD = re.compile(r"\{\{([^{}\n]+)\}\}")


class SavedPromptError(Exception):
    """A prompt cannot be saved or used; the text says why, `field` which control of the form it is about."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class SavedPrompt:
    """What a person picks by its name; the parameters are texts by name, as they stand in their controls.

    The model is named as in the menu; "" leaves the one that is chosen.
    """

    name: str
    text: str
    model: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that are asked for, each once, in the order in which they come first."""
        return tuple(dict.fromkeys(filter(None, (found[1].strip() for found in _FIELD.finditer(self.text)))))

    @property
    def first_line(self) -> str:
        """Return the first line of the text, as much of it as is shown."""
        line = self.text.strip().partition("\n")[0].strip()
        return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with these values in its fields; fields in a value are not filled in turn.

        Raises SavedPromptError when that would be too long.
        """
        # Counted before it is made: a long value may stand in many places.
        added = sum(len(values.get(found[1].strip(), "")) for found in _FIELD.finditer(self.text))
        if len(self.text) + added > LONGEST_FILLED:
            text = _("With these values {name} would be longer than {most} characters. Shorten them.")
            raise SavedPromptError(text.format(name=f"/{self.name}", most=f"{LONGEST_FILLED:,}"))
        return _FIELD.sub(lambda found: _value(found, values), self.text)

    def has_made(self, text: str) -> bool:
        """Return whether a text is this prompt's, with any values in its fields."""
        first, *others = (part for part in self._literals)
        if not others:
            return bool(first) and text == first
        last = others.pop()
        if not (text.startswith(first) and text[len(first) :].endswith(last)):
            return False
        at, end = len(first), len(text) - len(last)
        for part in others:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return any(part.strip() for part in self._literals)

    @property
    def _literals(self) -> list[str]:
        """Return what stands around the fields."""
        ends = [(found.start(), found.end()) for found in _FIELD.finditer(self.text) if found[1].strip()]
        starts = [0, *(end for _start, end in ends)]
        return [
            self.text[start:end]
            for start, end in zip(starts, [*(start for start, _end in ends), len(self.text)], strict=True)
        ]

    @property
    def kept(self) -> str:
        """Return what is kept under its name."""
        return _prompts.dump_json(self).decode()


_prompts = TypeAdapter(SavedPrompt)


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name = found[1].strip()
    return values.get(name, "") if name else found[0]


def kept_prompt(name: str, kept: str) -> SavedPrompt:
    """Return the prompt that is kept under a name. Raises SavedPromptError when it cannot be read."""
    try:
        read = _prompts.validate_json(kept)
    except ValidationError as exc:
        raise SavedPromptError(_("This prompt cannot be read.")) from exc
    return read_prompt(name=name, text=read.text, model=read.model, parameters=read.parameters, others=())


def read_prompt(
    *, name: str, text: str, model: str, parameters: Mapping[str, str], others: Iterable[str]
) -> SavedPrompt:
    """Return a prompt out of what was typed; `others` are the names that are taken.

    Raises SavedPromptError, naming the control, for what cannot be saved.
    """
    read = SavedPrompt(
        _read_name(name, others),
        _read_text(text),
        model.strip(),
        {each: _read_parameter(each, typed.strip()) for each, typed in parameters.items() if typed.strip()},
    )
    if len(read.fields) > MOST_FIELDS:
        raise SavedPromptError(_("Use at most {most} fields.").format(most=MOST_FIELDS), "text")
    if long := next((each for each in read.fields if len(each) > LONGEST_FIELD), ""):
        text = _("Use at most {most} characters in a field’s name: {name}…")
        raise SavedPromptError(text.format(most=LONGEST_FIELD, name=long[:LONGEST_FIELD]), "text")
    if len(read.model) > 2 * LONGEST_MODEL_NAME or not (read.model or "x").isprintable():
        raise SavedPromptError(_("Enter the name of a model, or leave it empty."), "model")
    return read


def _read_name(typed: str, others: Iterable[str]) -> str:
    name = "-".join(unicodedata.normalize("NFC", typed).removeprefix("/").split())
    fits = 0 < len(name) <= LONGEST_NAME and _is_letter(name[0]) and all(map(_is_of_name, name))
    if not fits:
        text = _("Use at most {most} letters, digits or hyphens, for example translate.")
        raise SavedPromptError(text.format(most=LONGEST_NAME), "name")
    if name.casefold() in map(str.casefold, others):
        raise SavedPromptError(_("You already have a prompt with this name. Choose another."), "name")
    return name


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


def _is_of_name(character: str) -> bool:
    # Many scripts write vowels as marks on their letters.
    return character == "-" or unicodedata.category(character)[0] in "LNM"


def _read_text(typed: str) -> str:
    if not typed.strip():
        raise SavedPromptError(_("Enter the text of the prompt."), "text")
    if len(typed) > LONGEST_TEXT:
        text = _("Use at most {most} characters; this has {count}.")
        raise SavedPromptError(text.format(most=f"{LONGEST_TEXT:,}", count=f"{len(typed):,}"), "text")
    try:
        typed.encode()
    except UnicodeEncodeError as exc:
        raise SavedPromptError(
            _("This text has broken characters, which cannot be sent. Remove them."), "text"
        ) from exc
    return typed


def _read_parameter(name: str, typed: str) -> str:
    if name in NUMBERS:
        number = number_fields()[name]
        try:
            number.read(typed)
        except NotSent as exc:
            text = _("Enter {hint}, or leave this empty.").format(hint=number.hint)
            raise SavedPromptError(text, name) from exc
    elif typed not in WORDS.get(name, ()):
        raise SavedPromptError(_("Choose one of the values in the list."), name)
    return typed


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a page asks for: a prompt by its name, with values for its fields."""

    name: str
    values: Mapping[str, str]
    id: str

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> "Chosen":
        """Return it out of what came with an event."""
        texts, values = texts_in(sent), texts_in(sent.get("values"))
        return cls(texts.get("name", ""), values, texts.get("id", ""))
