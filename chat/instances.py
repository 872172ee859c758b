"""Which copies of the app that share a data folder are alive: each holds a lock that dies with it."""

from pathlib import Path

from filelock import FileLock, Timeout


class Instances:
    """This process's own mark, and a look at others'."""

    def __init__(self, folder: Path, own_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.own_id = own_id
        self._lock = FileLock(self._path(own_id))
        self._lock.acquire()

    def is_alive(self, instance_id: str) -> bool:
        """Whether the process that had this id still runs."""
        if instance_id == self.own_id:
            return True
        path = self._path(instance_id)
        try:
            with FileLock(path, blocking=False):
                pass
        except Timeout:
            return True
        path.unlink(missing_ok=True)
        return False

    def only_one(self) -> FileLock:
        """A lock for what only one of the copies may do at a time."""
        return FileLock(self._path("recovery"))

    def close(self) -> None:
        """Give the mark back."""
        self._lock.release()
        self._path(self.own_id).unlink(missing_ok=True)

    def _path(self, instance_id: str) -> Path:
        return self._folder / f"{instance_id}.lock"
