"""Receives a file that the page sends, piece by piece, into a file without a name."""

import asyncio
import tempfile
from pathlib import Path
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from texts import _


class RefusedUploadError(Exception):
    """A file is not taken; `status` is the answer's, and the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def received(request: Request, folder: Path, most_bytes: int, longest_s: float) -> IO[bytes]:
    """Return what is sent as a file in this folder that is gone when it is closed, at its beginning.

    It has to be there within `longest_s`. Raises RefusedUploadError.
    """
    too_large = RefusedUploadError(
        413, _("This file is too large: the limit is {mib} MiB.").format(mib=f"{most_bytes // 2**20:,}")
    )
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > most_bytes:
        raise too_large
    file: IO[bytes] | None = None
    try:
        file = await run_in_threadpool(_unnamed_file, folder)
        async with asyncio.timeout(longest_s):
            size = 0
            async for piece in request.stream():
                size += len(piece)
                if size > most_bytes:
                    raise too_large
                await run_in_threadpool(file.write, piece)
        await run_in_threadpool(file.seek, 0)
    except (OSError, ClientDisconnect, TimeoutError, RefusedUploadError) as exc:
        if file is not None:
            _close(file)
        raise _refusal(exc) from exc
    return file


def _unnamed_file(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _close(file: IO[bytes]) -> None:
    """Close a file; on a full disk what is left in its buffer cannot be written, and need not be."""
    try:
        file.close()
    except OSError:
        return


def _refusal(exc: Exception) -> RefusedUploadError:
    """Return what is answered when a file could not be received."""
    match exc:
        case RefusedUploadError():
            return exc
        case TimeoutError():
            return RefusedUploadError(408, _("The upload took too long. Try again with a faster connection."))
        case OSError():
            text = _("The upload could not be saved: {reason}.")
            return RefusedUploadError(507, text.format(reason=exc.strerror or exc))
        case _:
            return RefusedUploadError(400, _("The file arrived incomplete. Try again."))
