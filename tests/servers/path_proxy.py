"""A reverse proxy that serves an app under a path; it passes bytes on as they come."""

import asyncio
import contextlib
import threading
from types import TracebackType
from urllib.parse import urlsplit


class PathProxy:
    """Passes requests below a path on to an app; `url` is where a browser finds it, with a slash at the end.

    With `strips` the app hears of the path within it only, else of the whole one. Whatever is asked
    outside the path gets 404, so that a page that reaches beyond it shows.
    """

    def __init__(self, path: str, *, strips: bool) -> None:
        self.app_url = ""
        self.outside: list[str] = []
        self._path = path
        self._strips = strips
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "PathProxy":
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{self._path}/"
        started.set()
        await self._stop.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pass_on(reader, writer))
        self._connections.add(task)
        task.add_done_callback(lambda _: writer.close())
        task.add_done_callback(self._connections.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one request and its answer, then close: the next one may have another path."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            method, target, version = first.split(" ")
            within = target.removeprefix(self._path)
            if within == target or within[:1] not in ("", "/", "?"):
                self.outside.append(target)
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
                return
            if self._strips:
                target = within if within.startswith("/") else f"/{within}"
            asked = f"{method} {target} {version}"
            kept = [line for line in lines if not line.lower().startswith("connection:")]
            forwarded = ["Connection: close", "X-Forwarded-Proto: http"]
            address = urlsplit(self.app_url)
            there, to_app = await asyncio.open_connection(address.hostname, address.port)
            try:
                to_app.write("\r\n".join([asked, *kept, *forwarded, "", ""]).encode("latin-1"))
                asking = asyncio.create_task(_copy(reader, to_app))
                await _copy(there, writer)
                asking.cancel()
            finally:
                to_app.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
