"""The addresses of people's files: where the page sends them, and where it gets them back."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from chat.conversation import one_line
from chat.files import LARGEST_FILE, FileContents, UnreadableFileError
from chat.store import (
    MOST_BYTES_OF_A_PERSON,
    MOST_BYTES_OF_A_SHARED_NAME,
    KeptFile,
    KeptFiles,
    StoreError,
)
from chat.ui.messages.attachments.attachment_html import size_in_words
from chat.ui.messages.attachments.receiving import RefusedUploadError, received
from texts import _, ngettext
from usage.forecast import Detail

_LONGEST_UPLOAD_S = 600.0
_LONGEST_NAME = 200  # characters
_AT_ONCE = 2  # files in memory while they are read
_OF_A_PERSON = 4  # that are being received
_PIECE = 256 * 2**10  # bytes of a file that is given out
# What a picture or a text may do when it is opened by itself: nothing.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


def file_routes(
    files: KeptFiles,
    read_file: Callable[[bytes, str], FileContents],
    person_asking: Callable[[Request], str | None],
    shares_name: Callable[[str], bool],
    folder: Path,
) -> list[Route]:
    """Make POST /files?name=…, GET /files, GET /files/HASH/NAME and DELETE /files/HASH.

    GET /files answers {"text": …}, which says how much room a person's files take.

    POST answers with what the page shows of the file, or {"error": …}; with `temporary=1` the file is kept
    in memory. NAME is a picture's, `text`, `file`, or `description`, which is what POST answers.
    Each answers 401 without sign-in, and 404 where the person has no such file. What is sent is in `folder`
    until it is read, in a file without a name.
    """
    uploads = _Uploads(files, read_file, shares_name, folder)

    async def take(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if not person:
            return JSONResponse({"error": _("Sign in to attach files.")}, 401)
        try:
            return JSONResponse(shown_file(*await uploads.take(person, request)))
        except RefusedUploadError as exc:
            return JSONResponse({"error": str(exc)}, exc.status)
        except UnreadableFileError as exc:
            return JSONResponse({"error": str(exc)}, 422)
        except StoreError as exc:
            return JSONResponse({"error": str(exc)}, 507)

    async def room(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if not person:
            return JSONResponse({"error": _("Sign in to see this.")}, 401)
        try:
            number, size = await run_in_threadpool(files.space, person)
        except StoreError as exc:
            return JSONResponse({"error": str(exc)}, 500)
        text = room_in_words(number, size, uploads.most_bytes(person))
        return JSONResponse({"text": text}, headers={"Cache-Control": "no-store"})

    async def give(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if not person:
            return PlainTextResponse(_("Sign in to see this."), 401)
        hash_, name = request.path_params["hash"], request.path_params["name"]
        try:
            return await run_in_threadpool(_given, files, person, hash_, name, request.headers)
        except StoreError as exc:
            return PlainTextResponse(str(exc), 500)

    async def forget(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if not person:
            return JSONResponse({"error": _("Sign in to attach files.")}, 401)
        try:
            await run_in_threadpool(files.forget, person, request.path_params["hash"])
        except StoreError as exc:
            return JSONResponse({"error": str(exc)}, 500)
        return Response(status_code=204)

    return [
        Route("/files", take, methods=["POST"]),
        Route("/files", room),
        Route("/files/{hash}/{name}", give),
        Route("/files/{hash}", forget, methods=["DELETE"]),
    ]


def room_in_words(number: int, size: int, most: int) -> str:
    """Return how much room files take of what there is."""
    if not number:
        return _("You have no stored files.")
    text = ngettext(
        "{number} file uses {size} of {most} MB. It is deleted with its chat.",
        "{number} files use {size} of {most} MB. They are deleted with their chats.",
        number,
    )
    return text.format(number=f"{number:,}", size=size_in_words(size), most=f"{most // 10**6:,}")


def shown_file(kept: KeptFile, name: str) -> dict[str, Any]:
    """Return what the page shows of a file that is to be attached."""
    details: tuple[Detail, ...] = ("low", "high", "original") if kept.kind == "image" else ()
    pictures = {detail: kept.sized(detail)[1] for detail in details}
    return {
        "hash": kept.hash,
        "name": name,
        "kind": kept.kind,
        "size": kept.size,
        "pages": len(kept.pages),
        "notes": list(kept.notes),
        "pixels": {detail: [picture.width, picture.height] for detail, picture in pictures.items()},
    }


def _in_pieces(file: IO[bytes], headers: Mapping[str, str], media_type: str) -> Response:
    """Answer with a file as fast as it is taken, so that it is never in memory as a whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    return StreamingResponse(
        pieces(), headers={**headers, "Content-Length": str(size)}, media_type=media_type
    )


class _Uploads:
    """Takes files in: a few of each person at once, and reads a few at once."""

    def __init__(
        self,
        files: KeptFiles,
        read_file: Callable[[bytes, str], FileContents],
        shares_name: Callable[[str], bool],
        folder: Path,
    ) -> None:
        self._files = files
        self._read_file = read_file
        self._shares_name = shares_name
        self._folder = folder
        self._under_way: dict[str, int] = {}
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def take(self, person: str, request: Request) -> tuple[KeptFile, str]:
        """Receive a file, read and keep it; return it with its name.

        Raises RefusedUploadError, UnreadableFileError and StoreError.
        """
        if self._under_way.get(person, 0) >= _OF_A_PERSON:
            raise RefusedUploadError(429, _("Too many files at once. Wait until some have arrived."))
        self._under_way[person] = self._under_way.get(person, 0) + 1
        try:
            file = await received(request, self._folder, LARGEST_FILE, _LONGEST_UPLOAD_S)
            with file:
                async with self._reading:
                    name = one_line(request.query_params.get("name", "").strip()[:_LONGEST_NAME])
                    is_temporary = request.query_params.get("temporary") == "1"
                    return await run_in_threadpool(self._kept, person, name, file, is_temporary)
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]

    def _kept(self, person: str, name: str, file: IO[bytes], is_temporary: bool) -> tuple[KeptFile, str]:
        data = file.read()
        name = name or _("File")
        most = self.most_bytes(person)
        kept = self._files.take(person, name, data, self._read_file, most, is_temporary=is_temporary)
        return kept, name

    def most_bytes(self, person: str) -> int:
        """Return how much room all files of a person may take."""
        return MOST_BYTES_OF_A_SHARED_NAME if self._shares_name(person) else MOST_BYTES_OF_A_PERSON


def _given(files: KeptFiles, person: str, hash_: str, name: str, asked: Headers) -> Response:
    """Answer with a picture, the text or the bytes of a file. Raises StoreError."""
    kept = files.one(person, hash_)
    if kept is None:
        return PlainTextResponse(_("This file does not exist, or it belongs to someone else."), 404)
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",  # a browser asks each time: somebody else may have signed in
        "ETag": f'"{hash_}-{name}"',
    }
    if asked.get("if-none-match") == headers["ETag"] and name in kept.pictures:
        return Response(status_code=304, headers=headers)
    if name == "description":
        return JSONResponse(shown_file(kept, ""), headers=headers)
    if name == "text":
        return PlainTextResponse("\n\n".join(kept.pages), headers=headers)
    if name == "file" == kept.whole:
        as_file = headers | {"Content-Disposition": "attachment"}
        return _in_pieces(files.opened(hash_, ""), as_file, "application/octet-stream")
    if name in kept.pictures:
        return _in_pieces(files.opened(hash_, name), headers, kept.pictures[name].media_type)
    return PlainTextResponse(_("This file does not exist, or it belongs to someone else."), 404)
