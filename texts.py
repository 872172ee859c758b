"""What the app says to people: every text of the page passes here on its way, so that it can be translated.

The texts stand in the code in English. A translation is a catalogue of gettext, `locale/LANGUAGE/LC_MESSAGES/
tally.mo` beside this file; it is taken when the machine's language (`LANGUAGE`, `LANG`) asks for it.
"""

from gettext import NullTranslations, translation
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"


class _Speaker:
    catalogue = NullTranslations()


def speak(catalogue: NullTranslations) -> None:
    """Say everything from now on as this catalogue has it."""
    _Speaker.catalogue = catalogue


def catalogue_of_this_machine() -> NullTranslations:
    """Return the catalogue of the machine's language; where there is none, one that changes nothing."""
    return translation("tally", CATALOGUES, fallback=True)


def _(text: str) -> str:
    """Return a text in the language of the catalogue; names in braces are filled in afterwards."""
    return _Speaker.catalogue.gettext(text)


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's programs look for
    """Mark a text that a constant holds, so that it is collected; `_` is asked for it when it is shown."""
    return text


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a text that goes with a number."""
    return _Speaker.catalogue.ngettext(one, many, number)


def month_name(month: int) -> str:
    """Return the name of a month, 1 for January."""
    names = (
        *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June")),
        *(_("July"), _("August"), _("September"), _("October"), _("November"), _("December")),
    )
    return names[month - 1]


def short_month_name(month: int) -> str:
    """Return the name of a month, shortened for where there is little room."""
    names = (
        *(_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun")),
        *(_("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec")),
    )
    return names[month - 1]
