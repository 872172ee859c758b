"""Texts taken apart into words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.store.search.words import Phrase, is_apart, row_of_words, spelt, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World! It's read_csv(x).", "hello world it s read csv x"),
        ("Straße STRASSE Grüße", "strasse strasse grusse"),
        ("Élève, cœur déjà-vu", "eleve cœur deja vu"),
        ("Ёлка и Мой", "елка и мои"),
        ("Ἀθῆναι ΟΔΟΣ ὁδός", "αθηναι οδοσ οδοσ"),
        ("İSTANBUL ISPARTA ılık", "istanbul isparta ilik"),
        ("كِتَابٌ وأحمد ـ", "كتاب واحمد"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी में लिखो", "हिन्दी में लिखो"),
        ("ชอบกาแฟ", "ช อ บ ก า แ ฟ"),
        ("京都へ行く。", "京 都 へ 行 く"),
        ("iPhone用のﾀﾞｳﾝﾛｰﾄﾞ", "iphone 用 の ダ ウ ン ロ ー ド"),
        ("서울에서", "서 울 에 서"),
        ("서울", "서 울"),
        ("ＡＢＣ　１２３ ﬁn", "abc 123 fin"),
        ("x\x00y 😀 ++ \ud800 ͺ", "x y ι"),
        ("", ""),
    ],
)
def test_texts_of_many_languages_are_taken_apart(text: str, words: str) -> None:
    assert spelt(text) == words.split()


@given(st.text(st.characters(codec=None)))
def test_both_ways_to_take_a_text_apart_agree(text: str) -> None:
    words = words_of(text)
    assert [word.text for word in words] == spelt(text)
    assert all(0 <= word.start < word.end <= len(text) for word in words)
    assert all(before.end <= after.start for before, after in pairwise(words))


@given(st.text(st.characters(codec=None)))
def test_no_word_has_anything_that_the_index_would_read_as_its_own_syntax(text: str) -> None:
    for word in spelt(text):
        assert word
        assert all(sign.isalnum() for sign in word if sign.isascii())


@given(st.text(), st.text(min_size=1))
def test_a_phrase_stands_in_a_row_of_words_exactly_where_it_has_spans(text: str, looked_for: str) -> None:
    words = tuple(spelt(looked_for))
    if not words:
        return
    for is_prefix in (False, True):
        phrase = Phrase(words, is_prefix)
        for there in (text, f"{text} {looked_for} {text}"):
            assert (phrase.in_a_row in row_of_words(there)) is bool(phrase.spans_in(words_of(there)))


def test_characters_of_scripts_without_blanks_stand_apart() -> None:
    assert [is_apart(word) for word in ("京", "か", "ー", "서", "ก")] == [True] * 5
    assert [is_apart(word) for word in ("a", "ü", "б", "अ", "7")] == [False] * 5
