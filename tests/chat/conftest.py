"""What tests of the chat share: rigs and stores in a folder, closed at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.store import ConversationStore
from tests.helpers.fakes import Rig, database_in, rig_in

MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[MakeRig]:
    """Makes rigs as `rig_in` does: copies of the app that share a folder."""
    rigs: list[Rig] = []

    def make(*arguments: object, **options: object) -> Rig:
        rigs.append(rig_in(tmp_path, *arguments, **options))  # type: ignore[arg-type]
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.store.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(database_in(tmp_path))
    yield store
    store.close()


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make_rig()
