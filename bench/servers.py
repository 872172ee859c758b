"""Starts what is measured, each as a process of its own with a clean environment on a free port."""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, sync_playwright

from bench.figures import Figure, table
from scripts.find_browser import FLAGS, HINT, find_browser
from tests.servers.app_process import ROOT, clean_environment

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: where, as which process, and how long after its start it first did."""

    url: str
    pid: int
    ready_s: float


@contextmanager
def tally(data_dir: Path | None = None, variables: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Tally, ready when /healthz answers 200; without a folder it starts from an empty one."""
    with tempfile.TemporaryDirectory() as home:
        folder = str(data_dir or Path(home) / "data")
        command = [str(ROOT / "app.py"), "--data-dir", folder, "--port"]
        with _running(command, "/healthz", Path(home), variables or {}) as running:
            yield running


@contextmanager
def bare_page(kind: Literal["box", "chat"] = "box") -> Iterator[Running]:
    """A Gradio page with one box, or with Gradio's own chat and nothing in it, ready when it answers 200."""
    with tempfile.TemporaryDirectory() as home:
        variables = {"GRADIO_ANALYTICS_ENABLED": "False"}
        with _running([str(ROOT / "bench" / "bare_page.py"), kind], "/", Path(home), variables) as running:
            yield running


@contextmanager
def endpoint() -> Iterator[str]:
    """The scripted endpoint of the tests; gives its address, ending in /v1."""
    command = [sys.executable, "-m", "tests.servers.scripted"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def chats_at(address: str) -> list[dict[str, Any]]:
    """Return what the endpoint at this address has noted of each request for a completion, oldest first."""
    with DIRECT.open(f"{address.removesuffix('/v1')}/requests") as response:
        requests: list[dict[str, Any]] = json.load(response)["requests"]
    return [each for each in requests if each["path"].endswith("/completions")]


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def _running(
    command: list[str], ready_path: str, home: Path, variables: Mapping[str, str]
) -> Iterator[Running]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    with (
        (home / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, *command, str(port)],
            cwd=home,
            env=clean_environment(home, variables),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            while not _answers(url + ready_path):
                assert process.poll() is None, (home / "log").read_text()
                time.sleep(0.01)
            yield Running(url, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        with DIRECT.open(url) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as refused:
        refused.close()
    except OSError:
        pass
    return False


def print_alone(measure: Callable[[Browser], list[Figure]]) -> int:
    """Print the figures of one file alone, measured with a browser; return the exit code."""
    path = find_browser()
    if path is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        print(table(measure(browser)))
        browser.close()
    return 0
