"""What people set for themselves is kept by person and name, and a setting that is emptied is gone."""

from pathlib import Path

import pytest

from chat.store import ConversationStore, OwnKeys, PreferencesStore, SavedPromptsStore
from chat.store.personal.pages import MOST_CHARACTERS, MOST_PAGES
from tests.helpers.fakes import database_in


@pytest.fixture
def preferences(tmp_path: Path) -> PreferencesStore:
    return PreferencesStore(ConversationStore(database_in(tmp_path)).database)


def test_what_is_set_stays_until_it_is_set_again_or_emptied(preferences: PreferencesStore) -> None:
    preferences.set("ada", {"temperature": "0.7", "system_prompt": "Be brief.\n"})
    preferences.set("ada", {"temperature": "0", "seed": "7"})
    assert preferences.all("ada") == {"temperature": "0", "system_prompt": "Be brief.\n", "seed": "7"}
    preferences.set("ada", {"temperature": "", "seed": ""})
    preferences.set("ada", {})
    assert preferences.all("ada") == {"system_prompt": "Be brief.\n"}


def test_nobody_sees_or_changes_what_another_has_set(preferences: PreferencesStore) -> None:
    preferences.set("ada", {"seed": "7"})
    preferences.set("bob", {"seed": ""})
    assert (preferences.all("ada"), preferences.all("bob")) == ({"seed": "7"}, {})


def test_prompts_are_kept_apart_from_what_else_a_person_has_set(tmp_path: Path) -> None:
    database = ConversationStore(database_in(tmp_path)).database
    preferences, prompts = PreferencesStore(database), SavedPromptsStore(database)
    preferences.set("ada", {"model": "gpt"})
    prompts.set("ada", {"model": "{}", "other": "{}"})
    prompts.set("ada", {"other": ""})
    assert (preferences.all("ada"), prompts.all("ada")) == ({"model": "gpt"}, {"model": "{}"})


def test_what_pages_set_that_share_a_name_takes_no_memory_without_end(preferences: PreferencesStore) -> None:
    half = "x" * (MOST_CHARACTERS // 2)
    for number in range(3):
        preferences.set("guest", {"system_prompt": half}, f"page-{number}")
        preferences.set("guest", {"seed": "7"}, "small")
    kept = {page: set(preferences.all("guest", page)) for page in ("page-0", "page-1", "page-2", "small")}
    assert kept == {"page-0": set(), "page-1": set(), "page-2": {"system_prompt"}, "small": {"seed"}}


def test_ten_thousand_pages_with_a_key_of_their_own_leave_a_thousand() -> None:
    keys = OwnKeys()
    for number in range(10_000):
        keys.set("guest", f"sk-{number:08}", f"page-{number}")
    assert sum(bool(keys.of("guest", f"page-{number}")) for number in range(10_000)) == MOST_PAGES
    assert keys.of("guest", "page-9999") == "sk-00009999"
