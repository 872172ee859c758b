"""Starts on machines that make it hard: proxies in the environment, no time, an address in another form."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from chat.providers import Completed, CompletionRequest, Message, OpenAIProvider, Quirks
from settings.proxies import mended
from tests.conftest import StartApp
from tests.servers.app_process import ROOT, clean_environment, is_healthy, run_command
from tests.servers.scripted import ScriptedServer
from tests.whole.test_start import refused_start

DEAD_PROXY = "127.0.0.1:9"
PROXIES = (
    {"HTTP_PROXY": f"http://{DEAD_PROXY}", "HTTPS_PROXY": f"http://{DEAD_PROXY}"},
    {"ALL_PROXY": f"socks5://{DEAD_PROXY}", "NO_PROXY": "localhost,[::1]"},
)
# What a machine too busy to answer in time does to Gradio, and the app ended as soon as it runs.
BUSY = """
import sys
import gradio.http_server, gradio.networking, server
from gradio.exceptions import ServerFailedToStartError
{trouble}
server.Ending.wait = lambda ending: None
import app
sys.exit(app.main(sys.argv[1:]))
"""
NO_ANSWER_IN_TIME = "gradio.networking.url_ok = lambda url: False"
NOT_UP_IN_TIME = """
def too_late(self):
    raise ServerFailedToStartError("Server failed to start. Please check that the port is available.")
gradio.http_server.Server.run_in_thread = too_late
"""
ASKED_IN_VAIN = """
import httpx
httpx.get = lambda url, **how: httpx.Response(502, request=httpx.Request("GET", url))
"""


def start_busy(folder: Path, trouble: str) -> subprocess.CompletedProcess[str]:
    """Start the app on a machine with this trouble, and wait until it has ended."""
    code, data_dir = BUSY.format(trouble=trouble), str(folder / "data")
    return run_command(folder, "-c", code, "--port", "0", "--data-dir", data_dir)


@pytest.mark.parametrize("variables", PROXIES, ids=str)
def test_app_starts_whatever_proxies_the_environment_names(
    variables: dict[str, str], app_process: StartApp
) -> None:
    app = app_process(variables=variables)
    assert app.stdout == f"Tally runs at {app.url}\n"
    assert app.stderr == ""


@pytest.mark.parametrize("variables", PROXIES, ids=str)
async def test_local_endpoint_is_asked_through_no_proxy(
    variables: dict[str, str], scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**variables, **mended(variables, [])}.items():
        monkeypatch.setenv(name, value)
    provider = OpenAIProvider(scripted.url, "any", "local", Quirks())
    request = CompletionRequest("any-model", (Message("user", "Hello"),))
    events = [event async for event in provider.stream(request)]
    assert isinstance(events[-1], Completed)


def test_proxy_that_cannot_be_used_is_one_line_and_exit_1(tmp_path: Path) -> None:
    started = refused_start(tmp_path, variables={"ALL_PROXY": "socks4://ann:secret@127.0.0.1:9"})
    assert started == (
        1,
        "",
        "ALL_PROXY is 'socks4://***@127.0.0.1:9': expected the address of a proxy such as "
        "http://proxy:8080 or socks5://proxy:1080\n",
    )


def test_app_that_cannot_answer_itself_in_time_starts(tmp_path: Path) -> None:
    started = start_busy(tmp_path, NO_ANSWER_IN_TIME)
    assert (started.returncode, started.stderr) == (0, "")
    assert started.stdout.startswith("Tally runs at http://127.0.0.1:")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (NOT_UP_IN_TIME, "The server did not start at 127.0.0.1:"),
        (ASKED_IN_VAIN, "The page cannot be served at"),
    ],
)
def test_server_that_does_not_come_up_is_one_line_and_exit_1(trouble: str, said: str, tmp_path: Path) -> None:
    started = start_busy(tmp_path, trouble)
    assert (started.returncode, started.stdout, started.stderr.count("\n")) == (1, "", 1)
    assert started.stderr.startswith(said)


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_app_listens_at_addresses_of_every_form(host: str, shown: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "--host", host, "--port", "0", "--data-dir", str(tmp_path)],
        cwd=tmp_path,
        env=clean_environment(tmp_path, {}),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            url = line.removeprefix("Tally runs at ").strip()
            assert url.startswith(f"http://{shown}:")
            assert httpx2.get(f"{url}/healthz", trust_env=False).json() == {"status": "ok"}
            assert is_healthy(url)
        finally:
            process.terminate()
