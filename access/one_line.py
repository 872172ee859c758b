"""One line in the log for whatever went wrong with a request, in place of a traceback for each."""

import logging
import sys
import traceback

logger = logging.getLogger(__name__)


def where(error: BaseException) -> str:
    """Say what kind of error it is and where it arose; its text is left out, since it may hold a message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def keep_tracebacks_short() -> None:
    """Have Gradio log a line where it would print the traceback of each event that failed, forged or not."""

    def log_current(*_: object, **__: object) -> None:
        error = sys.exception()
        if error is not None:
            logger.error("An event of the page failed: %s", where(error))

    traceback.print_exc = log_current
