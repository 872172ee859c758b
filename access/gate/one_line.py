"""Logs one line for an error in a request, in place of a traceback."""

import logging
import sys
import traceback

logger = logging.getLogger(__name__)


def where(error: BaseException) -> str:
    """Return the kind of an error and where it arose, without its text, which may hold somebody's message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def keep_tracebacks_short() -> None:
    """Have Gradio log one line for each event that fails, even a forged one, instead of a traceback."""

    def log_current(*_: object, **__: object) -> None:
        error = sys.exception()
        if error is not None:
            logger.error("An event of the page failed: %s", where(error))

    traceback.print_exc = log_current
