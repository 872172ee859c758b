"""What the server adds to the page: a health check, a free port, a clean end."""

import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

WAKE_EVERY_S = 0.5


class StartError(Exception):
    """The app cannot start; the text is one line that says why and what to do."""


def health_route() -> Route:
    """Answers once messages can be sent: the server listens only when everything is made."""

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Route("/healthz", healthz)


def around(*layers: Middleware) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return a lifespan that puts layers around the whole app before it answers anybody, the first outermost.

    Gradio puts its own around those that it is given, such as one that lets other sites read its answers.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        stack = app.middleware_stack or app.build_middleware_stack()
        for layer, args, kwargs in reversed(layers):
            stack = layer(stack, *args, **kwargs)
        app.middleware_stack = stack
        yield

    return lifespan


def usable_port(host: str, port: int) -> int:
    """The port to listen on; 0 finds a free one. Raises StartError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as exc:
        raise StartError(
            f"Cannot listen on {host}:{port}: {exc.strerror or exc}. Choose another with --port, or --port 0."
        ) from exc


class Ending:
    """Waits for Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._asked.set())

    def wait(self) -> None:
        """Return when somebody asked the app to end."""
        while not self._asked.wait(WAKE_EVERY_S):  # a wait without end cannot be interrupted on Windows
            pass
