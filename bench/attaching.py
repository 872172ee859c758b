"""What files cost that are attached: `python -m bench.attaching`, or in `make bench`.

First estimate: from the choice of a PDF of 20 MB until its tokens stand at the message box. Memory: what the
app holds after 100 pictures of 1 MB were sent to it, above what it held before.
"""

import io
import os
import statistics
import sys
import time
import urllib.request

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, FilePayload

from bench.figures import Figure
from bench.servers import Running, print_alone, tally
from bench.startup import memory_mb

PDF_BYTES = 20_000_000
PAGE_PIXELS = (900, 900)
TRIES = 3
UPLOADS = 100
WARM_UP = 10
PICTURE_PIXELS = (640, 540)


def measure(browser: Browser) -> list[Figure]:
    """Return the time to the first estimate of a large PDF, and the memory that uploads leave behind."""
    pdf = large_pdf()
    with tally() as running:
        first_s = statistics.median(_first_estimate_s(browser, running.url, pdf) for _ in range(TRIES))
    with tally() as running:
        for number in range(WARM_UP):  # meanwhile the vocabulary is loaded, too
            _send(running, number)
        before = memory_mb(running.pid)
        for number in range(WARM_UP, WARM_UP + UPLOADS):
            _send(running, number)
        held = memory_mb(running.pid) - before
    size = f"{len(pdf) / 1e6:.0f} MB"
    return [
        Figure(
            f"first estimate of a PDF of {size}", first_s, "s", None, f"from the choice on, {TRIES} times"
        ),
        Figure(f"memory after {UPLOADS} pictures", held, "MB", None, "above what the app held before"),
    ]


def large_pdf() -> bytes:
    """Return a PDF of about 20 MB: each page is a picture that does not pack, without text."""
    noise = Image.frombytes("RGB", PAGE_PIXELS, os.urandom(3 * PAGE_PIXELS[0] * PAGE_PIXELS[1]))
    one = io.BytesIO()
    noise.save(one, "PDF", quality=95)
    pages = max(1, PDF_BYTES // len(one.getvalue()))
    whole = io.BytesIO()
    noise.save(
        whole, "PDF", quality=95, save_all=True, append_images=[noise.copy() for _ in range(pages - 1)]
    )
    document = pypdfium2.PdfDocument(whole.getvalue())
    assert len(document) == pages
    document.close()
    return whole.getvalue()


def _first_estimate_s(browser: Browser, url: str, pdf: bytes) -> float:
    page = browser.new_page()
    page.goto(url)
    page.locator("#message textarea").wait_for()
    page.wait_for_function("typeof tally === 'object' && 'files' in tally")
    began = time.perf_counter()
    page.set_input_files("#attach-files", FilePayload(name="large.pdf", mimeType="", buffer=pdf))
    page.locator("#files .about", has_text="tokens").wait_for()
    took = time.perf_counter() - began
    page.close()
    return took


def _send(running: Running, number: int) -> None:
    file = io.BytesIO()
    Image.frombytes("RGB", PICTURE_PIXELS, os.urandom(3 * PICTURE_PIXELS[0] * PICTURE_PIXELS[1])).save(
        file, "PNG"
    )
    request = urllib.request.Request(  # noqa: S310 - on this machine
        f"{running.url}/files?name={number}.png", data=file.getvalue(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        answer.read()


if __name__ == "__main__":
    sys.exit(print_alone(measure))
