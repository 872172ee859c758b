"""A saved prompt: its fields, what it makes of values, and what cannot be saved."""

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.ui.messages import data_of
from chat.ui.settings_panel.saved_prompts.built_in import built_in
from chat.ui.settings_panel.saved_prompts.saved_prompt import (
    LONGEST_FILLED,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_FIELDS,
    Chosen,
    SavedPrompt,
    SavedPromptError,
    kept_prompt,
    read_prompt,
)


def prompt(text: str) -> SavedPrompt:
    return SavedPrompt("any", text)


def read(**typed: str) -> SavedPrompt:
    """Read a form in which this is typed; what names no other control is a parameter."""
    texts = {"name": "any", "text": "Text.", "model": ""} | typed
    form = {name: texts.pop(name) for name in ("name", "text", "model")}
    return read_prompt(**form, parameters=texts, others=("Taken", "straße"))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("Nothing to fill in.", ()),
        ("Into {{language}}.", ("language",)),
        ("{{b}} and {{a}}, {{ b }} again", ("b", "a")),
        ("{{ target language }}", ("target language",)),
        ("{{язык}} {{言語}}", ("язык", "言語")),
        ("{{}} {{ }} { {a}} {{a} }", ()),
        ("{{a\nb}}", ()),
        ("{{{a}}}", ("a",)),
        ("{{a{{b}}", ("b",)),
        ("{{" * 9_000, ()),
    ],
)
def test_fields_are_found_once_each_in_their_order(text: str, fields: tuple[str, ...]) -> None:
    assert prompt(text).fields == fields


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("As it is", {"other": "x"}, "As it is"),
        ("{{a}}, {{ a }}, {{b}}", {"a": "1", "b": "2"}, "1, 1, 2"),
        ("{{a}} {{b}}", {"a": "{{b}}", "b": r"\1 \g<0>"}, r"{{b}} \1 \g<0>"),
        ("[{{a}}]", {}, "[]"),
        ("{{ }} stays", {"": "x"}, "{{ }} stays"),
        ("{{a}}", {"a": "two\nlines"}, "two\nlines"),
    ],
)
def test_values_stand_where_their_fields_were_and_are_not_filled_in_turn(
    text: str, values: dict[str, str], filled: str
) -> None:
    assert prompt(text).filled(values) == filled


@given(st.lists(st.text(), min_size=1, max_size=5), st.lists(st.text(), min_size=5, max_size=5))
def test_a_prompt_knows_whatever_it_has_made(around: list[str], typed: list[str]) -> None:
    words = [text.replace("{", "").replace("}", "") for text in around]
    fields = [f"field {number}" for number in range(len(words) - 1)]
    made_of = prompt(
        "".join(word + f"{{{{{name}}}}}" for word, name in zip(words, fields, strict=False)) + words[-1]
    )
    made = made_of.filled(dict(zip(fields, typed, strict=False)))
    assert (
        made
        == "".join(word + value for word, value in zip(words, typed[: len(fields)], strict=False)) + words[-1]
    )
    assert made_of.has_made(made) or not any(word.strip() for word in words)


def test_a_long_value_in_many_places_is_refused_before_the_text_is_made() -> None:
    many = prompt("{{a}}" * (LONGEST_TEXT // 5))
    room = (LONGEST_FILLED - LONGEST_TEXT) // (LONGEST_TEXT // 5)
    assert len(many.filled({"a": "x" * room})) == room * (LONGEST_TEXT // 5)
    with pytest.raises(SavedPromptError, match=r"^With these values /any would be longer than 200,000 "):
        many.filled({"a": "x" * 10_000_000})


@pytest.mark.parametrize(
    ("text", "system_prompt", "is_made"),
    [
        ("Be brief.", "Be brief.", True),
        ("Be brief.", "Be brief. Please.", False),
        ("Be brief.", "", False),
        ("Into {{a}}, {{b}}.", "Into French, politely.", True),
        ("Into {{a}}, {{b}}.", "Into , .", True),
        ("Into {{a}}, {{b}}.", "Into French.", False),
        ("Into {{a}}, {{b}}.", "Out of French, politely.", False),
        ("one {{a}} one", "one", False),
        ("{{a}}", "Anything at all", False),
        ("{{a}} {{b}}", "Anything at all", False),
        ("{{a}} in brief", "Tell me in brief", True),
    ],
)
def test_a_chat_knows_by_its_system_prompt_which_prompt_it_began_with(
    text: str, system_prompt: str, is_made: bool
) -> None:
    assert prompt(text).has_made(system_prompt) is is_made


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("translate", "translate"),
        ("/translate", "translate"),
        ("  meeting   notes ", "meeting-notes"),
        ("Übersetzen-2", "Übersetzen-2"),
        ("u\u0308ber", "über"),
        ("हिन्दी", "हिन्दी"),
        ("翻訳", "翻訳"),
        ("x" * LONGEST_NAME, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_what_follows_the_slash_in_any_language(typed: str, name: str) -> None:
    assert read(name=typed).name == name


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"name": ""}, "name", "Use at most 40 letters, digits or hyphens, for example translate."),
        ({"name": "-a"}, "name", "Use at most 40 "),
        ({"name": "a/b"}, "name", "Use at most 40 "),
        ({"name": "a\0"}, "name", "Use at most 40 "),
        ({"name": "\ud800"}, "name", "Use at most 40 "),
        ({"name": "x" * (LONGEST_NAME + 1)}, "name", "Use at most 40 "),
        ({"name": "taken"}, "name", "You already have a prompt with this name. Choose another."),
        ({"name": "STRASSE"}, "name", "You already have a prompt with this name. Choose another."),
        ({"text": " \n"}, "text", "Enter the text of the prompt."),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "text", "Use at most 20,000 characters; this has 20,001."),
        (
            {"text": "half \ud800"},
            "text",
            "This text has broken characters, which cannot be sent. Remove them.",
        ),
        ({"text": "{{" + "x" * 41 + "}}"}, "text", "Use at most 40 characters in a field’s name: xxx"),
        (
            {"text": "".join(f"{{{{{number}}}}}" for number in range(MOST_FIELDS + 1))},
            "text",
            "Use at most 20 fields.",
        ),
        ({"model": "x" * 401}, "model", "Enter the name of a model, or leave it empty."),
        ({"model": "a\nb"}, "model", "Enter the name of a model, or leave it empty."),
        ({"temperature": "warm"}, "temperature", "Enter 0 to 2, or leave this empty."),
        ({"max_output_tokens": "0"}, "max_output_tokens", "Enter 1 or more, or leave this empty."),
        ({"reasoning_effort": "some"}, "reasoning_effort", "Choose one of the values in the list."),
        ({"seed": "7"}, "seed", "Choose one of the values in the list."),
    ],
)
def test_what_cannot_be_saved_is_told_with_its_control(typed: dict[str, str], field: str, told: str) -> None:
    with pytest.raises(SavedPromptError) as refused:
        read(**typed)
    assert str(refused.value).startswith(told)
    assert refused.value.field == field


def test_what_is_kept_comes_back_as_it_was() -> None:
    saved = read(name="любой", text="Any\0 text\n", model="Work: gpt", temperature=" 0,7 ", verbosity="low")
    assert saved.parameters == {"temperature": "0,7", "verbosity": "low"}
    assert kept_prompt(saved.name, saved.kept) == saved
    assert "\0" not in saved.kept  # which PostgreSQL would refuse


@pytest.mark.parametrize(
    "kept",
    [
        *("", "null", "[]", "yes", "{}", '{"text": "x"}', "[" * 100_000),
        '{"name": "any", "text": 7, "model": "", "parameters": {}}',
        '{"name": "any", "text": "x", "model": "", "parameters": {"temperature": 1}}',
        '{"name": "any", "text": "x", "model": "", "parameters": {"system_prompt": "y"}}',
        '{"name": "any", "text": "\\ud800", "model": "", "parameters": {}}',
        f'{{"name": "any", "text": "{"x" * 20_001}", "model": "", "parameters": {{}}}}',
    ],
)
def test_what_no_tally_has_kept_cannot_be_read(kept: str) -> None:
    with pytest.raises(SavedPromptError):
        kept_prompt("any", kept)


@pytest.mark.parametrize("sent", [None, 7, "x", [], [["name", "x"]], {"name": ["x"]}, {"values": []}])
def test_rubbish_from_a_page_names_no_prompt(sent: object) -> None:
    assert Chosen.read(data_of(gr.EventData(None, sent))) == Chosen("", {}, "")


def test_values_from_a_page_are_texts_or_left_out() -> None:
    sent = {"name": "any", "id": "1", "values": {"a": "x", "b": 7, "c": {"d": "e"}}}
    assert Chosen.read(sent) == Chosen("any", {"a": "x"}, "1")


def test_what_comes_along_could_be_saved_by_a_person() -> None:
    for each in built_in().values():
        again = read_prompt(name=each.name, text=each.text, model="", parameters={}, others=())
        assert again == each
    assert {name: each.fields for name, each in built_in().items() if each.fields} == {
        "translate": ("language",),
        "summarize": ("length",),
    }
