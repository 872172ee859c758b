"""What is found: in twelve languages, on every branch, of one person, and as PostgreSQL would find it."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.dialects import postgresql

from chat.store import ConversationStore, read_query
from chat.store.schema import CONVERSATIONS
from chat.store.search import finding
from tests.chat.store.search.saying import find, lines, say
from tests.helpers.fakes import NOW

LANGUAGES = [
    ("The quick brown fox", "brown", "The quick [brown] fox"),
    ("The quick brown fox", "bro", "The quick [brown] fox"),
    ("The quick brown fox", "brow fox", None),
    ("The quick brown fox", '"quick brown" the', "[The] [quick brown] fox"),
    ("The quick brown fox", '"brown quick"', None),
    ("Die Grüße aus der Straße", "GRUSSE strasse", "Die [Grüße] aus der [Straße]"),
    ("Die Grüße aus der Straße", "grüße", "Die [Grüße] aus der [Straße]".replace("[Straße]", "Straße")),
    ("Un élève déjà préparé", "eleve prepare", "Un [élève] déjà [préparé]"),
    ("Un eleve", "élève", "Un [eleve]"),
    ("Почему мой контейнер не видит хост", "КОНТЕЙНЕР", "Почему мой [контейнер] не видит хост"),
    ("Ёлка в лесу", "елка", "[Ёлка] в лесу"),
    ("Η ΟΔΟΣ προς την Αθήνα", "οδος αθηνα", "Η [ΟΔΟΣ] προς την [Αθήνα]"),
    ("İstanbul ve Iğdır", "istanbul igdir", "[İstanbul] ve [Iğdır]"),
    ("كَتَبَ أحمد رسالة", "احمد كتب", "[كَتَبَ] [أحمد] رسالة"),
    ("שָׁלוֹם לכולם", "שלום", "[שָׁלוֹם] לכולם"),
    ("मुझे हिन्दी में लिखो", "हिन्दी", "मुझे [हिन्दी] में लिखो"),
    ("ผมชอบกาแฟดำ", "กาแฟ", "ผมชอบ[กาแฟ]ดำ"),
    ("我想去北京大学学习", "北京", "我想去[北京]大学学习"),
    ("我想去北京大学学习", "大学", "我想去北京[大学]学习"),
    ("我想去北京大学学习", "北大", None),
    ("京都でiPhoneをカタカナ", "iphone", "京都で[iPhone]をカタカナ"),
    ("京都でiPhoneをカタカナ", "カタ", "京都でiPhoneを[カタ]カナ"),
    ("京都でiPhoneをカタカナ", "ｶﾀｶﾅ 京都", "[京都]でiPhoneを[カタカナ]"),
    ("서울에서 만나요", "서울", "[서울]에서 만나요"),
    ("서울에서 만나요", "울에", "서[울에]서 만나요"),
    ("First line\nsecond line with a word\nthird", "word", "second line with a [word]"),
    ("one here\ntwo and one\nthree", "one two", "[two] and [one]"),
    ("a line ends\nin the middle", '"ends in"', "a line [ends in] the middle"),
    ("<b>bold</b> & more", "bold", "<b>[bold]</b> & more"),
]


@pytest.fixture
def without_index(store: ConversationStore) -> ConversationStore:
    """A store that searches the texts themselves, as with PostgreSQL."""
    with store.database.writing() as connection:
        connection.execute(text("DROP TABLE search_words"))
    return store


@pytest.mark.parametrize(("said", "typed", "line"), LANGUAGES)
def test_messages_of_many_languages_are_found_with_the_match_marked(
    store: ConversationStore, said: str, typed: str, line: str | None
) -> None:
    say(store, "?", said)
    say(store, said, "!", at=NOW + timedelta(minutes=1))
    say(store, "Something else", "entirely")
    assert lines(store, typed) == ([line, line] if line else [])


@pytest.mark.parametrize(
    ("said", "typed", "line"),
    [
        each
        for each in LANGUAGES
        if each[1] not in {"GRUSSE strasse", "eleve prepare"} and each[0][0] in "TD我京"
    ],
)
def test_the_texts_themselves_are_searched_the_same_way_where_there_is_no_index(
    without_index: ConversationStore, said: str, typed: str, line: str | None
) -> None:
    if "ｶ" in typed:
        typed = "カタカナ 京都"
    say(without_index, "?", said)
    say(without_index, said, "!", at=NOW + timedelta(minutes=1))
    assert lines(without_index, typed) == ([line, line] if line else [])


def test_what_is_found_says_where_it_stands_who_said_it_and_when(store: ConversationStore) -> None:
    said = say(store, "Which fox?", "None.", title="Animals", connection="home")
    replied = say(store, "Which?", "The fox.", title="Others", at=NOW + timedelta(hours=1))
    newest, oldest = find(store, "fox")
    assert (newest.turn_id, newest.conversation_id) == (replied.id, replied.conversation_id)
    assert (newest.part, newest.model, newest.at) == ("reply", "gpt-6-luna", replied.created_at)
    assert (oldest.turn_id, oldest.title, oldest.part, oldest.model) == (
        said.id,
        "Animals",
        "question",
        "home: gpt-6-luna",
    )


def test_titles_come_first_and_lead_to_their_conversations(store: ConversationStore) -> None:
    say(store, "One", "fox", title="No animals", at=NOW + timedelta(hours=1))
    say(store, "Two", "none", chat="titled", title="Zwölf Füchse")
    say(store, "Three", "fuchse", at=NOW + timedelta(hours=2))
    titled, message = find(store, "füch")
    assert (titled.conversation_id, titled.turn_id, titled.part) == ("titled", None, "title")
    assert [titled.line[begin:end] for begin, end in titled.marks] == ["Füchse"]
    assert message.line == "fuchse"


def test_people_find_only_what_is_theirs(store: ConversationStore) -> None:
    say(store, "ada's fox", title="fox")
    say(store, "bob's fox", user="bob", title="fox of bob")
    assert lines(store, "fox") == ["[fox]", "ada's [fox]"]
    assert lines(store, "fox", "bob") == ["[fox] of bob", "bob's [fox]"]
    assert lines(store, "fox", "") == lines(store, "fox", "ad") == lines(store, "fox", 'ada" OR "x') == []


def test_every_branch_is_searched(store: ConversationStore) -> None:
    first = say(store, "The first fox", "yes", id="1", chat="tree")
    say(store, "An edited fox", "yes", id="2", chat="tree", at=NOW + timedelta(minutes=1))
    say(
        store, "And then a fox?", "no", id="3", chat="tree", parent_id=first.id, at=NOW + timedelta(minutes=2)
    )
    assert [each.turn_id for each in find(store, "fox")] == ["3", "2", "1"]


def test_a_turn_is_found_once(store: ConversationStore) -> None:
    say(store, "a fox", "the fox")
    assert lines(store, "fox") == ["the [fox]"]


def test_words_have_to_be_in_one_message(store: ConversationStore) -> None:
    say(store, "alpha", "beta")
    assert lines(store, "alpha beta") == []


def test_models_and_days_narrow_what_is_found(store: ConversationStore) -> None:
    for number, model in enumerate(("gpt-6-luna", "openai/gpt-6.1-terra", "llama-3.3", "gpt-6-luna")):
        say(store, f"fox {number}", model=model, at=datetime(2026, 1 + number, 1, tzinfo=UTC), title="t")
    for typed, expected in {
        "fox model:gpt-6-luna": "3 0",
        "fox model:gpt-6": "3 1 0",
        "fox model:lla model:openai": "2 1",
        "fox model:6-lu": "3 0",
        "fox model:una": "",
        "fox after:2026-02": "3 2 1",
        "fox before:2026-03-01": "1 0",
        "fox after:2026-02 before:2026-04": "2 1",
        "after:2026-03": "3 2",
        "model:gpt-6-luna before:2026-02": "0",
        "after:2999": "",
    }.items():
        found = [each.line.removeprefix("fox ") for each in find(store, typed)]
        assert " ".join(found) == expected, typed


def test_deleted_conversations_are_not_found_and_come_back_with_them(store: ConversationStore) -> None:
    say(store, "a fox", chat="gone", title="fox")
    for deleted_at, expected in (("2026-11-22T10:30:00Z", 0), (None, 2)):
        with store.database.writing() as connection:
            connection.execute(update(CONVERSATIONS).values(deleted_at=deleted_at))
        assert len(find(store, "fox")) == expected


def test_no_more_is_found_than_can_be_shown(store: ConversationStore) -> None:
    for number in range(60):
        title = "fox" if number < 20 else "t"
        say(store, f"fox {number}", title=title, at=NOW + timedelta(minutes=number))
    found = find(store, "fox")
    assert [each.part for each in found] == ["title"] * 10 + ["question"] * 40
    assert found[10].line == "fox 59"


def test_reasoning_is_not_searched(store: ConversationStore) -> None:
    ended = say(store, "What?", "This.")
    store.finish_turn(replace(ended, reasoning="a fox"))
    assert lines(store, "fox") == []


@pytest.mark.parametrize("far", [170, 500])
def test_a_long_line_is_cut_around_its_match(store: ConversationStore, far: int) -> None:
    say(store, f"{'lorem ' * far}the fox {'ipsum ' * far}")
    say(store, f"{'漢' * far}狐{'字' * far}")
    [english], [chinese] = find(store, "fox"), find(store, "狐")
    for found, word in ((english, "fox"), (chinese, "狐")):
        [(begin, end)] = found.marks
        assert found.line[begin:end] == word
        assert found.line[0] == "…"
        assert len(found.line) <= finding.LINE_LENGTH + 2
    assert english.line.startswith("…lorem ")


def test_marks_that_overlap_are_one(store: ConversationStore) -> None:
    say(store, "a b a b a")
    assert lines(store, '"a b" "b a"') == ["[a b a b a]"]


def test_words_are_looked_for_with_postgresql_in_the_texts() -> None:
    query = read_query('für "exact phrase" model:gpt-6 after:2026-02 before:2026-03', UTC)
    dialect: Any = postgresql
    asked = finding.in_texts("ada", query).compile(
        dialect=dialect.dialect(), compile_kwargs={"literal_binds": True}
    )
    where = " ".join(str(asked).partition("WHERE ")[2].split())
    assert where.startswith("conversations.username = 'ada' AND conversations.deleted_at IS NULL")
    assert "turns.created_at >= '2026-02-01T00:00:00' AND turns.created_at < '2026-03-01T00:00:00'" in where
    for word in ("fur", "für", "exact", "phrase"):
        assert f"turns.question ILIKE '%%{word}%%'" in where
        assert f"turns.reply ILIKE '%%{word}%%'" in where
    assert "turns.model ILIKE '%%gpt%%' AND turns.model ILIKE '%%6%%'" in where
    assert where.endswith("ORDER BY turns.created_at DESC")


NUMBERS = itertools.count()
TYPED = st.text(st.characters(codec="utf-8")) | st.text(
    st.sampled_from('a"*^:()-+ NEARDO\x00model:{}京,ß'), max_size=40
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(typed=TYPED)
def test_whatever_is_typed_is_answered(store: ConversationStore, typed: str) -> None:
    if store.conversation("ada", "chat-once") is None:
        say(store, "a 京 ß", "NEAR", chat="chat-once")
    for each in find(store, typed):
        assert all(begin < end <= len(each.line) for begin, end in each.marks)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.text(st.characters(codec="utf-8", exclude_characters='"“”„«»')))
def test_every_message_is_found_by_its_own_words(store: ConversationStore, said: str) -> None:
    turn = say(store, said, id=f"turn-{next(NUMBERS)}")  # newer than all others of the same moment
    query = read_query(f'"{said}"', UTC)
    if query.phrases and not query.notes:
        assert turn.id in {each.turn_id for each in store.search("ada", query)}
