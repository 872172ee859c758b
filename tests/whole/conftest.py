"""The app with two people who have chatted, shared by the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.whole.house import House, opened_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened_house(tmp_path_factory.mktemp("home")) as opened:
        yield opened
