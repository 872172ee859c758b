import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chat.store.instances import Instances

ROOT = Path(__file__).parents[3]
LIVING = (
    "import sys; from pathlib import Path; from chat.store.instances import Instances; "
    "own = Instances(Path(sys.argv[1]), 'other'); print('alive', flush=True); sys.stdin.read(); own.close()"
)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Instances]:
    own = Instances(tmp_path / "running", "own")
    yield own
    own.close()


@contextmanager
def other_process(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another copy of the app, which lives until its input ends."""
    command = [sys.executable, "-c", LIVING, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"alive\n"
        yield other


def test_a_process_is_alive_to_itself_and_nobody_else_is(own: Instances) -> None:
    assert own.is_alive("own")
    assert not own.is_alive("never-was")


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [True, False])
def test_another_process_is_alive_until_it_ends_and_leaves_nothing(
    tmp_path: Path, own: Instances, is_killed: bool
) -> None:
    with other_process(tmp_path / "running") as other:
        assert own.is_alive("other")
        if is_killed:
            other.kill()
        other.communicate()
        assert [own.is_alive("other") for _ in range(2)] == [False, False]
    assert sorted(path.name for path in (tmp_path / "running").iterdir()) == ["own.lock"]


@pytest.mark.slow
def test_looking_at_a_living_process_does_not_end_it(tmp_path: Path, own: Instances) -> None:
    other = Instances(tmp_path / "running", "other")
    assert [own.is_alive("other") for _ in range(3)] == [True, True, True]
    other.close()
    assert not own.is_alive("other")


@pytest.mark.slow
def test_one_copy_at_a_time_does_what_only_one_may(tmp_path: Path, own: Instances) -> None:
    other, order = Instances(tmp_path / "running", "other"), []

    def second() -> None:
        with other.only_one():
            order.append("second")

    with own.only_one():
        thread = threading.Thread(target=second)
        thread.start()
        order.append("first")
    thread.join()
    other.close()
    assert order == ["first", "second"]
