"""Each person's prompts: what is built in, what they change and remove, and how many there can be."""

from pathlib import Path

import pytest

from chat.store import ConversationStore, Keeper, SavedPromptsStore
from chat.ui.settings_panel.saved_prompts import PromptLibrary, SavedPromptError
from chat.ui.settings_panel.saved_prompts.built_in import built_in
from chat.ui.settings_panel.saved_prompts.prompt_library import MOST_PROMPTS
from chat.ui.settings_panel.saved_prompts.saved_prompt import SavedPrompt
from tests.helpers.fakes import database_in
from usage.ledger import NOBODY

ADA, BOB = Keeper("ada"), Keeper("bob")
PAGE, OTHER_PAGE = Keeper("guest", "page"), Keeper("guest", "other")
NAMES = ["explain", "minutes", "proofread", "review", "summarize", "translate"]


@pytest.fixture
def library(tmp_path: Path) -> PromptLibrary:
    return PromptLibrary(SavedPromptsStore(ConversationStore(database_in(tmp_path)).database))


def test_what_comes_along_can_be_changed_and_removed_and_does_not_come_again(library: PromptLibrary) -> None:
    assert list(library.all(ADA)) == NAMES
    library.remove(ADA, "minutes")
    library.save(ADA, SavedPrompt("explain", "As to a child."), "explain")
    library.save(ADA, SavedPrompt("korrektur", "Korrigiere."), "proofread")
    assert list(library.all(ADA)) == ["explain", "korrektur", "review", "summarize", "translate"]
    assert library.named(ADA, "explain").text == "As to a child."
    library.remove(ADA, "explain")
    library.remove(ADA, "korrektur")
    library.remove(ADA, "nothing")
    assert list(library.all(ADA)) == ["review", "summarize", "translate"]
    library.save(ADA, SavedPrompt("minutes", "My own."), "")
    assert list(library.all(ADA)) == ["minutes", "review", "summarize", "translate"]
    assert list(library.all(BOB)) == NAMES


def test_a_prompt_of_ones_own_of_a_name_that_comes_along_leaves_nothing_behind(
    library: PromptLibrary,
) -> None:
    library.save(ADA, SavedPrompt("translate", "My own."), "")
    library.remove(ADA, "translate")
    assert "translate" not in library.all(ADA)


def test_a_prompt_that_is_renamed_is_there_once(library: PromptLibrary) -> None:
    library.save(ADA, SavedPrompt("first", "Text."), "")
    library.save(ADA, SavedPrompt("Second", "Text."), "first")
    assert list(library.all(ADA)) == [*NAMES[:4], "Second", *NAMES[4:]]
    library.save(ADA, SavedPrompt("second", "Text."), "Second")
    assert [name for name in library.all(ADA) if name not in NAMES] == ["second"]
    library.remove(ADA, "proofread")
    library.save(ADA, SavedPrompt("third", "Text."), "-proofread")  # no name of a prompt
    assert "proofread" not in library.all(ADA)


def test_where_pages_share_a_name_each_has_prompts_of_its_own(library: PromptLibrary) -> None:
    library.save(PAGE, SavedPrompt("mine", "Text."), "")
    library.remove(PAGE, "explain")
    assert list(library.all(PAGE)) == [*sorted(["mine", *NAMES[1:]])]
    assert list(library.all(OTHER_PAGE)) == NAMES
    assert library.store.all("guest") == {}


def test_nobody_has_no_prompts_and_saves_none(library: PromptLibrary) -> None:
    nobody = Keeper(NOBODY)
    library.save(nobody, SavedPrompt("mine", "Text."), "")
    library.remove(nobody, "explain")
    assert (library.all(nobody), library.store.all(NOBODY)) == ({}, {})
    with pytest.raises(SavedPromptError, match=r"^This prompt no longer exists\. Choose another\.$"):
        library.named(nobody, "explain")


def test_there_are_at_most_200_and_one_of_them_can_still_be_changed(library: PromptLibrary) -> None:
    kept = {
        f"p{number}": SavedPrompt(f"p{number}", "x").kept for number in range(MOST_PROMPTS - len(NAMES) - 1)
    }
    library.store.set("ada", kept)
    library.save(ADA, SavedPrompt("last", "x"), "")
    assert len(library.all(ADA)) == MOST_PROMPTS
    library.save(ADA, SavedPrompt("last", "changed"), "last")
    library.save(ADA, SavedPrompt("renamed", "changed"), "p1")
    for instead_of in ("", "nothing"):
        with pytest.raises(SavedPromptError, match=r"^You already have 200 prompts. Delete one first\.$"):
            library.save(ADA, SavedPrompt("more", "x"), instead_of)
    library.remove(ADA, "p2")
    library.save(ADA, SavedPrompt("more", "x"), "")
    assert len(library.all(ADA)) == MOST_PROMPTS


def test_what_cannot_be_read_is_left_out_and_its_name_can_be_used_again(
    library: PromptLibrary, caplog: pytest.LogCaptureFixture
) -> None:
    library.store.set("ada", {"broken": "{]", "worse name!": SavedPrompt("x", "secret").kept})
    assert list(library.all(ADA)) == NAMES
    assert {record.message for record in caplog.records} == {"a saved prompt cannot be read and is left out"}
    library.save(ADA, SavedPrompt("broken", "Mended."), "")
    assert library.named(ADA, "broken").text == "Mended."


def test_a_system_prompt_is_known_by_the_prompt_that_made_it(library: PromptLibrary) -> None:
    translated = built_in()["translate"].filled({"language": "Polish"})
    assert library.made(ADA, translated) == "translate"
    assert [library.made(ADA, text) for text in ("", "Translate.")] == ["", ""]
    library.remove(ADA, "translate")
    assert library.made(ADA, translated) == ""
