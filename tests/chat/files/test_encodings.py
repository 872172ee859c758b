"""A text comes out as it went in, whatever it was written in."""

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.files import UnreadableFileError
from chat.files.plain_texts import decoded

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r\ufeff"), min_size=1)
MARKED = ["utf-8-sig", "utf-16", "utf-32"]
WIDE = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
# Plain words of one language each, long enough to tell the encoding by.
WRITTEN = [
    ("cp1252", "Où est passée la fenêtre à côté de l’hôtel ? Le garçon a déjà mangé des crêpes."),
    ("cp1252", "El niño comió piñas y mañana irá al médico. ¿Cuántos años tiene él?"),
    ("cp1252", "Die Straße ist für Fußgänger gesperrt; „schöne Grüße“ aus München – 5 €."),
    ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy. Dnes večer přijede můj bratr z Brna."),
    ("cp1251", "Съешь ещё этих мягких французских булок, да выпей чаю."),
    ("cp1253", "Ο γρήγορος σκύλος πηδάει πάνω από την τεμπέλα αλεπού στο χωριό."),
    ("koi8-r", "Широкая электрификация южных губерний даст мощный толчок подъёму."),
    ("shift_jis", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"),
    ("euc_jp", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"),
    ("gb18030", "道可道，非常道；名可名，非常名。无名天地之始，有名万物之母。"),
    ("big5", "道可道，非常道；名可名，非常名。無名天地之始，有名萬物之母。"),
    ("cp949", "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세."),
]


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["utf-8", *MARKED]))
def test_any_text_in_unicode_with_a_mark_or_in_utf_8_is_exact(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    assert decoded(data) == (text, "")


@settings(deadline=None)
@given(TEXTS, st.sampled_from([*WIDE]))
def test_any_text_in_utf_16_of_either_order_is_exact_with_its_mark(text: str, encoding: str) -> None:
    assert decoded(WIDE[encoding] + text.encode(encoding)) == (text, "")


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=2), st.sampled_from([*WIDE]))
def test_plain_text_in_utf_16_needs_no_mark(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == (text, "")


@pytest.mark.parametrize(("encoding", "text"), WRITTEN)
def test_what_people_write_in_an_old_encoding_comes_right_and_is_said_to_be_guessed(
    encoding: str, text: str
) -> None:
    read, note = decoded(text.encode(encoding))
    assert (read, note[:8]) == (text, "Read as ")


@settings(deadline=None)
@given(st.sampled_from(WRITTEN), st.integers(1, 40))
def test_a_long_text_is_told_by_its_beginning(written: tuple[str, str], times: int) -> None:
    encoding, text = written
    assert decoded("\n".join([text] * times * 50).encode(encoding))[0].startswith(text)


@settings(deadline=None)
@given(st.binary())
def test_bytes_become_a_text_without_zeros_or_an_error(data: bytes) -> None:
    try:
        text, _note = decoded(data)
    except UnreadableFileError:
        return
    assert "\0" not in text or data.startswith((*WIDE.values(), codecs.BOM_UTF8))
