"""Puts a file in place of another as a whole, so that nobody ever reads half of it."""

import os
import tempfile
from pathlib import Path


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
