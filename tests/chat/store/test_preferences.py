"""What people set for themselves is kept by person and name, and a setting that is emptied is gone."""

from pathlib import Path

import pytest

from chat.store import ConversationStore, PreferencesStore
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
