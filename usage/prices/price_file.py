"""Files of prices that change while the app runs: read again when they have changed, replaced as a whole."""

import logging
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from usage.prices.own_prices import OwnPrices, load_own_prices
from usage.prices.price_fields import PricesError

logger = logging.getLogger(__name__)

Content = TypeVar("Content")


class WatchedFile(Generic[Content]):
    """A file's last good content; what `before` gives holds until there is one.

    `read` raises `errors` when it cannot read the file. Looking costs no more than asking for the file's
    times and size, and any number of threads may look.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], Content],
        before: Callable[[], Content],
        errors: type[Exception] = PricesError,
    ) -> None:
        self.path = path
        self._read = read
        self._before = before
        self._errors = errors
        self._content: Content | None = None
        self._problem: str | None = None
        self._seen: tuple[int, ...] | None = ()
        self._lock = threading.Lock()

    def current(self) -> Content:
        """Return what holds now."""
        with self._lock:
            # Before reading: what changes meanwhile is seen the next time.
            stamp = _stamp(self.path)
            if stamp != self._seen:
                self._seen = stamp
                self._look()
            if self._content is None:
                self._content = self._before()
            return self._content

    @property
    def problem(self) -> str | None:
        """Say what is wrong with the file as it is now; None if nothing is."""
        self.current()
        return self._problem

    def _look(self) -> None:
        try:
            self._content, self._problem = self._read(self.path), None
        except self._errors as exc:
            self._problem = str(exc)
            logger.warning("%s. What was read before stays in force.", exc)


class PriceFile(WatchedFile[OwnPrices]):
    """The prices in `prices.toml` as it is now. Raises PricesError when it cannot be used at the start."""

    def __init__(self, path: Path) -> None:
        load_own_prices(path)  # what is wrong is raised, and not logged as well
        super().__init__(path, load_own_prices, OwnPrices)
        self.current()


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Return what changes when the file does; None when there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def replace_file(path: Path, content: bytes) -> None:
    """Write the file and flush it to the disk before it takes the name. On OSError the old one stays.

    The new file may be read by its owner only, unless the old one could be by others. A link stays a
    link: what it points to is replaced.
    """
    target = path.resolve()
    descriptor, temporary = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            Path(temporary).chmod(target.stat().st_mode & 0o777)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
