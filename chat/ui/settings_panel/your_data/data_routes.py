"""The addresses that hand out a person's conversations, and the one that takes conversations in."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from chat.archive import (
    POLICY,
    Import,
    ImportResult,
    NotImportableError,
    Progress,
    conversation_html,
    conversation_json,
    conversation_markdown,
    failure_lines,
    file_name,
    found_in,
    result_lines,
    zip_of,
)
from chat.conversation import Attachment
from chat.files import FileContents
from chat.store import (
    MOST_BYTES_OF_A_PERSON,
    MOST_BYTES_OF_A_SHARED_NAME,
    KeptFiles,
    StoreError,
    WholeConversation,
    WholeConversations,
)
from chat.ui.messages import RefusedUploadError, received
from texts import _

LARGEST_IMPORT = 2 * 2**30  # bytes
LARGEST_OF_MANY = 64 * 2**20  # from somebody who shares the name with others
_LONGEST_UPLOAD_S = 3600.0
_LONGEST_NAME = 200  # characters
_MOST_SHOWN = 200  # failures on the page
_KINDS = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}


def archive_routes(
    conversations: WholeConversations,
    files: KeptFiles,
    read_file: Callable[[bytes, str], FileContents],
    person_asking: Callable[[Request], str | None],
    shares_name: Callable[[str], bool],
    folder: Path,
    zone: tzinfo,
    clock: Callable[[], datetime],
) -> list[Route]:
    """Make GET /export/everything.zip and /export/ID.md, .json and .html, and POST /import?name=….

    Each answers 401 without sign-in, and an export 404 when there is no such conversation or it is somebody
    else's. An import answers with a line of JSON for each step and one for the result. What is sent is kept
    in `folder` until it is taken in, in a file without a name.
    """
    exports = _Exports(conversations, files, zone)

    def take_file(person: str, name: str, data: bytes) -> str:
        room = MOST_BYTES_OF_A_SHARED_NAME if shares_name(person) else MOST_BYTES_OF_A_PERSON
        return files.take(person, name, data, read_file, room).hash

    imports = _Imports(conversations, take_file, shares_name, folder, clock)

    async def export(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if not person:
            return PlainTextResponse(_("Sign in to see this."), 401)
        try:
            return await run_in_threadpool(exports.answer, person, request)
        except StoreError as exc:
            return PlainTextResponse(str(exc), 500)

    async def take_in(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if not person:
            return JSONResponse({"error": _("Sign in to import.")}, 401)
        try:
            return await imports.answer(person, request)
        except RefusedUploadError as exc:
            return JSONResponse({"error": str(exc)}, exc.status)

    return [Route("/export/{name:path}", export), Route("/import", take_in, methods=["POST"])]


class _Exports:
    def __init__(self, conversations: WholeConversations, files: KeptFiles, zone: tzinfo) -> None:
        self._conversations = conversations
        self._files = files
        self._zone = zone

    def answer(self, person: str, request: Request) -> Response:
        """Answer with a person's conversation, or with all of them. Raises StoreError."""
        name = request.path_params["name"]
        if name == "everything.zip":
            headers = _headers(f"tally-{person}", "zip", "application/zip")
            if request.method == "HEAD":
                return Response(headers=headers)
            return StreamingResponse(self._everything(person), headers=headers)
        conversation_id, _dot, kind = name.rpartition(".")
        whole = self._conversations.one(person, conversation_id) if kind in _KINDS else None
        if whole is None:
            return PlainTextResponse(_("This chat does not exist, or it belongs to someone else."), 404)
        headers = _headers(whole.conversation.title, kind, _KINDS[kind])
        return Response(self._content(whole, kind), headers=headers)

    def _everything(self, person: str) -> Iterator[bytes]:
        def file_of(attachment: Attachment) -> bytes | None:
            return self._files.exported(person, attachment.hash)

        return zip_of(self._conversations.all(person), self._zone, file_of)

    def _content(self, whole: WholeConversation, kind: str) -> bytes:
        match kind:
            case "json":
                return conversation_json(whole)
            case "md":
                return conversation_markdown(whole.conversation, self._zone).encode("utf-8", "replace")
            case _:
                return conversation_html(whole.conversation, self._zone).encode("utf-8", "replace")


def _headers(title: str, kind: str, content_type: str) -> dict[str, str]:
    """Return the headers of a download; its name in two forms, as RFC 6266 has it."""
    name = f"{file_name(title)}.{kind}"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return {
        "Content-Type": content_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": f"sandbox; {POLICY}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


class _Imports:
    """Takes files in, one at a time for each person."""

    def __init__(
        self,
        conversations: WholeConversations,
        take_file: Callable[[str, str, bytes], str],
        shares_name: Callable[[str], bool],
        folder: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._conversations = conversations
        self._take_file = take_file
        self._shares_name = shares_name
        self._folder = folder
        self._clock = clock
        self._busy: set[str] = set()

    async def answer(self, person: str, request: Request) -> Response:
        """Receive a file, and answer with the steps of its import. Raises RefusedUploadError."""
        if person in self._busy:
            raise RefusedUploadError(
                409, _("You already have an import running. Wait for it to finish, then try again.")
            )
        self._busy.add(person)
        name = request.query_params.get("name", "")[:_LONGEST_NAME] or _("the file")
        try:
            most = LARGEST_OF_MANY if self._shares_name(person) else LARGEST_IMPORT
            file = await received(request, self._folder, most, _LONGEST_UPLOAD_S)
        except BaseException:
            self._busy.discard(person)
            raise
        take_file = partial(self._take_file, person)
        importing = Import(self._conversations, person, self._clock(), take_file)

        def end() -> None:
            file.close()
            self._busy.discard(person)

        return _Steps(_steps(importing, file, name), end)


async def _steps(importing: Import, file: IO[bytes], name: str) -> AsyncIterator[bytes]:
    """Take a file in, and yield a line for each step and one for the result."""
    try:
        found = await run_in_threadpool(found_in, file, name)
    except NotImportableError as exc:
        importing.result.fail(name, str(exc))
    else:
        steps = importing.run(found)
        while (progress := await run_in_threadpool(next, steps, None)) is not None:
            yield _line({"progress": _share(progress), "conversations": progress.conversations})
    yield _line({"result": _shown(importing.result)})


def _share(progress: Progress) -> float:
    return min(progress.done / progress.total, 1.0) if progress.total else 1.0


def _shown(result: ImportResult) -> Mapping[str, list[str]]:
    failures = failure_lines(result.failures[:_MOST_SHOWN], result.failed)
    return {"lines": result_lines(result), "failures": failures}


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


class _Steps(StreamingResponse):
    """An answer that says what it says as it goes; `end` is called however it ends."""

    def __init__(self, lines: AsyncIterator[bytes], end: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(lines, media_type="application/x-ndjson", headers=headers)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()
