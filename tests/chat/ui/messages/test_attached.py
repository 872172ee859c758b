"""What a page says is attached is read, or it is said what is wrong with it."""

import json

import pytest

from chat.providers import NotSent
from chat.ui.messages.attachments import read_attached
from tests.helpers.fakes import Rig


@pytest.mark.parametrize("sent", ["null", "{}", "[", "[{}]", json.dumps([{"hash": "0", "name": "n" * 201}])])
def test_what_is_no_list_of_files_is_said_to_be_unreadable(rig: Rig, sent: str) -> None:
    with pytest.raises(NotSent, match="could not be read"):
        read_attached(rig.files, "ada", sent)


def test_too_many_files_are_said_to_be_too_many(rig: Rig) -> None:
    with pytest.raises(NotSent, match="At most 20 files"):
        read_attached(rig.files, "ada", json.dumps([{"hash": "0" * 64, "name": "n" * 200}] * 100))


def test_a_file_that_the_person_does_not_have_is_named(rig: Rig) -> None:
    with pytest.raises(NotSent, match=r"a\.txt is no longer on the server"):
        read_attached(rig.files, "ada", json.dumps([{"hash": "0" * 64, "name": "a.txt"}]))
