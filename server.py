"""What the server adds to the page: a health check, a free port, a clean end."""

import logging
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

WAKE_EVERY_S = 0.5

logger = logging.getLogger(f"tally.{__name__}")


class StartError(Exception):
    """The app cannot start; the text is one line that says why and what to do."""


def health_route() -> Route:
    """Answers once messages can be sent: the server listens only when everything is made."""

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Route("/healthz", healthz)


def around(*layers: Middleware) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return a lifespan that wraps the whole app in layers before it answers anybody, the first outermost.

    Gradio wraps its own around those it is given, and one of its own lets other sites read the answers.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        stack = app.middleware_stack or app.build_middleware_stack()
        for layer, args, kwargs in reversed(layers):
            stack = layer(stack, *args, **kwargs)
        app.middleware_stack = stack
        yield

    return lifespan


def host_in_url(host: str) -> str:
    """Return the host as it stands in a URL, an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


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


@contextmanager
def beginning_to_serve(host: str, port: int) -> Iterator[None]:
    """Raise StartError for whatever keeps Gradio from serving the page; its own errors may be of any kind."""
    try:
        yield
    except OSError as exc:  # Gradio waits five seconds for its server, then claims that no port is free
        logger.debug("The server did not start", exc_info=exc)
        raise StartError(
            f"The server did not start at {host}:{port} within five seconds: the machine is very busy, "
            "or something else took the port. Try starting Tally again."
        ) from exc
    except Exception as exc:
        logger.debug("The page cannot be served", exc_info=exc)
        reason = " ".join(str(exc).split()) or type(exc).__name__
        raise StartError(f"The page cannot be served at {host}:{port}: {reason}") from exc


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
