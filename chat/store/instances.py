"""Which copies of the app that share a data folder are alive: each holds a lock that dies with it."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout


class OnlyInstance:
    """This process where files cannot be locked: it is the only one, or it would not have started."""

    def __init__(self, own_id: str) -> None:
        self.own_id = own_id

    def is_alive(self, instance_id: str) -> bool:
        """Return whether it is this process: all others belong to earlier runs."""
        return instance_id == self.own_id

    def only_one(self) -> AbstractContextManager[object]:
        """Return a lock that does nothing: there is nobody to keep out."""
        return nullcontext()

    def close(self) -> None:
        """Do nothing: there is no mark to give back."""


class Instances:
    """This process's own mark, and a look at others'."""

    def __init__(self, folder: Path, own_id: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self.own_id = own_id
        self._lock = FileLock(self._path(own_id), mode=0o600)
        self._lock.acquire()

    def is_alive(self, instance_id: str) -> bool:
        """Return whether the process that had this id still runs."""
        if instance_id == self.own_id:
            return True
        path = self._path(instance_id)
        try:
            with FileLock(path, mode=0o600, blocking=False):
                pass
        except Timeout:
            return True
        path.unlink(missing_ok=True)
        return False

    def only_one(self) -> AbstractContextManager[object]:
        """Return a lock for what only one of the copies may do at a time."""
        return FileLock(self._path("recovery"), mode=0o600)

    def close(self) -> None:
        """Give the mark back."""
        self._lock.release()
        self._path(self.own_id).unlink(missing_ok=True)

    def _path(self, instance_id: str) -> Path:
        return self._folder / f"{instance_id}.lock"
