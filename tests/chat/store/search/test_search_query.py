"""What somebody types, as a query."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.store.search.search_query import MOST_CHARACTERS, MOST_WORDS, SearchQuery, read_query

BERLIN = ZoneInfo("Europe/Berlin")
NOT_A_DATE = (
    "“{typed}” is not a date. Write a day, month or year, such as {name}:2026-03-01, {name}:2026-03 or "
    "{name}:2026."
)
NO_MODEL = "Write a model’s name after “model:”, such as model:gpt-6-luna."
LONG = "Your search is too long: only the first part is used."
NOTHING = "Type letters or digits to search for."


def shape(query: SearchQuery) -> str:
    """A query in one line: phrases, then models after @."""
    phrases = ["_".join(phrase.words) + "*" * phrase.is_prefix for phrase in query.phrases]
    return " ".join([*phrases, *("@" + "_".join(phrase.words) for phrase in query.models)])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("  ", ""),
        ("window", "window*"),
        ("window fr", "window fr*"),
        ("window fr ", "window fr*"),
        ("a", "a"),
        ("same same", "same same*"),
        ("same same x", "same x"),
        ('"window frame"', "window_frame"),
        ('fra "window frame"', "fra window_frame"),
        ("“window frame” „und so“ «et tout»", "window_frame und_so et_tout"),
        ('"unclosed phra', "unclosed_phra"),
        ("read_cs", "read_cs*"),
        ("京都", "京_都"),
        ("京都 ab", "京_都 ab*"),
        ("กาแฟ", "ก_า_แ_ฟ"),
        ("model:gpt-6-luna", "@gpt_6_luna"),
        ("MODEL:a Model:b x", "x @a @b"),
        ('model:"House mixture" x', "x @house_mixture"),
        ("model :x", "model x"),
        ("http://example.org", "http_example_org*"),
        ("a* ^b NEAR(c d) -e OR f AND (g) +h", "a b near_c d e or f and g h"),
        ("owner:x words:y {owner}:z", "owner_x words_y owner_z"),
        ("x\x00y", "x_y"),
    ],
)
def test_words_phrases_and_models_are_read(typed: str, read: str) -> None:
    query = read_query(typed, BERLIN)
    assert (shape(query), query.after, query.before, query.notes) == (read, None, None, ())


@pytest.mark.parametrize(
    ("typed", "after", "before"),
    [
        ("after:2026-02-03", "2026-02-02T23:00", None),
        ("before:2026-07-01", None, "2026-06-30T22:00"),
        ("after:2026-02 before:2026-03", "2026-01-31T23:00", "2026-02-28T23:00"),
        ("after:2026", "2025-12-31T23:00", None),
        ('before:"2026-7-1"', None, "2026-06-30T22:00"),
        ("after:2026 after:2027 before:2029 before:2028", "2026-12-31T23:00", "2027-12-31T23:00"),
        ("after:0001 before:9999", "1970-01-01T23:00", "2998-12-31T23:00"),
    ],
)
def test_days_are_those_of_the_zone(typed: str, after: str | None, before: str | None) -> None:
    query = read_query(typed, BERLIN)
    assert query.after == (datetime.fromisoformat(f"{after}Z") if after else None)
    assert query.before == (datetime.fromisoformat(f"{before}Z") if before else None)
    assert (query.phrases, query.notes) == ((), ())


@pytest.mark.parametrize(
    ("typed", "notes"),
    [
        ("before:march x", [NOT_A_DATE.format(typed="before:march", name="before")]),
        ("after:2026-13", [NOT_A_DATE.format(typed="after:2026-13", name="after")]),
        ("after:2026-02-30", [NOT_A_DATE.format(typed="after:2026-02-30", name="after")]),
        ("after:20260203", [NOT_A_DATE.format(typed="after:20260203", name="after")]),
        ("after:٢٠٢٦", [NOT_A_DATE.format(typed="after:٢٠٢٦", name="after")]),
        ("before:", [NOT_A_DATE.format(typed="before:", name="before")]),
        ("before:0000", [NOT_A_DATE.format(typed="before:0000", name="before")]),
        ("model:", [NO_MODEL]),
        ("model:*** model:", [NO_MODEL]),
        ("*** 😀", [NOTHING]),
        ('""', [NOTHING]),
        ("word " * 500, [LONG]),
        ("x" * 10_000, [LONG]),
        (" ".join(f"w{number}" for number in range(MOST_WORDS + 1)), [LONG]),
    ],
)
def test_what_is_not_understood_is_said(typed: str, notes: list[str]) -> None:
    assert list(read_query(typed, BERLIN).notes) == notes


def test_a_query_never_has_more_words_than_the_most() -> None:
    for typed in ("一" * MOST_CHARACTERS, f'"{"a " * 240}"', "a b " * 100 + "model:x " * 20):
        query = read_query(typed, UTC)
        assert sum(len(phrase.words) for phrase in query.phrases) <= MOST_WORDS


@given(st.text(st.characters(codec=None)) | st.from_regex(r"(model|before|after):[\S\s]*"))
@settings(deadline=None)
def test_nothing_that_can_be_typed_goes_wrong(typed: str) -> None:
    for zone in (UTC, BERLIN, ZoneInfo("Pacific/Kiritimati")):
        query = read_query(typed, zone)
        assert query.is_empty is (
            query.phrases == query.models == () and not query.after and not query.before
        )
