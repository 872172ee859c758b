"""Starting: what the app prints when it is ready, and the one line it says when it cannot start."""

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import httpx2
import pytest

from app import main
from chat.providers import Completed, CompletionRequest, Quirks
from chat.providers.openai_provider import OpenAIProvider
from settings.proxies import mended
from tests.conftest import StartApp
from tests.servers.app_process import ROOT, clean_environment, is_healthy, run_command
from tests.servers.scripted import ScriptedServer
from usage.forecast import Prompt

SECRET = "sk-never shown"
UNWRITABLE = Path("/sys" if sys.platform == "linux" else "/System")  # even for the superuser
WRONG_VARIABLES = {
    "OPENAI_BASE_URL": ("nonsense", "expected an address such as https://api.openai.com/v1"),
    "TALLY_DATA_DIR": ("file", "expected the path of a folder"),
    "TALLY_TIMEZONE": ("Moon/Base", "expected an IANA time zone such as Europe/Lisbon"),
    "TALLY_DAILY_BUDGET_USD": ("plenty", "expected an amount in USD such as 12.50"),
    "TALLY_MONTHLY_BUDGET_USD": ("-1", "expected an amount in USD of 0 or more"),
    "TALLY_USER_DAILY_BUDGET_USD": ("nan", "expected an amount in USD such as 12.50"),
    "TALLY_USER_MONTHLY_BUDGET_USD": ("1,000", "expected 1000 or 1.000, as a comma could mean either"),
    "TALLY_CURRENCY": ("euro", "expected a currency code, such as EUR"),
    "TALLY_CURRENCY_RATE": ("0", "expected the value of 1 USD, such as 0.92"),
    "TALLY_DATABASE_URL": ("nonsense", "expected sqlite:///"),
    "TALLY_PRICES": ("/nowhere/prices.toml", "expected the path of a file that is there"),
    "TALLY_ALLOWED_HOSTS": ("https://tally.example.com", "expected host names separated by commas"),
    "TALLY_LOG_LEVEL": ("LOUD", "expected one of DEBUG, INFO"),
}


def refused_start(
    folder: Path, *flags: str, variables: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Start the app where it cannot start; gives exit code, stdout and stderr."""
    ended = run_command(folder, "-m", "app", "--port", "0", *flags, variables=variables)
    return ended.returncode, ended.stdout, ended.stderr


def refusal(capsys: pytest.CaptureFixture[str], data_dir: Path) -> str:
    """Return the one line that a start in this data folder ends with."""
    assert main(["--port", "0", "--data-dir", str(data_dir)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith("\n")
    assert printed.err.count("\n") == 1
    return printed.err.rstrip()


def test_start_prints_one_line_with_the_address_and_says_that_all_is_well(app_process: StartApp) -> None:
    app = app_process()
    assert (app.stdout, app.stderr) == (f"Tally runs at {app.url}\n", "")
    answer = httpx2.get(f"{app.url}/healthz", trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_openai_takes_long_to_import_and_is_imported_once_the_page_is_up(tmp_path: Path) -> None:
    code = "import sys, app, server, page, parts; sys.exit('openai' in sys.modules)"
    assert run_command(tmp_path, "-c", code).returncode == 0


def test_taken_port_is_one_line_and_exit_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, out, err = refused_start(tmp_path, "--port", port, "--data-dir", "data")
    assert (code, out) == (1, "")
    assert err == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Choose another with --port, or --port 0.\n"
    )


@pytest.mark.parametrize("flags", [["--nonsense"], ["--port", "seven"], ["--port", "65536"], ["users", "x"]])
def test_wrong_flag_is_exit_2(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(flags)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert flags[-1] in printed.err.splitlines()[-1]


def test_wrong_variable_of_a_real_process_is_one_line_and_exit_1(tmp_path: Path) -> None:
    started = refused_start(tmp_path, variables={"TALLY_DAILY_BUDGET_USD": "plenty"})
    assert started == (1, "", "TALLY_DAILY_BUDGET_USD is 'plenty': expected an amount in USD such as 12.50\n")


@pytest.mark.parametrize("variable", WRONG_VARIABLES)
def test_wrong_variable_is_named_with_its_value_and_what_is_expected(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    value, expected = WRONG_VARIABLES[variable]
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path(".env").write_text(f'{variable}="{value}"')
    assert main(["--data-dir", str(tmp_path / "file" / "data")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith(f"{variable} is ")
    assert expected in printed.err


def test_unknown_provider_is_named_with_those_that_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLY_PROVIDER", "nonsense")
    said = refusal(capsys, tmp_path)
    assert said.startswith("TALLY_PROVIDER is 'nonsense': expected one of anthropic, ")


def test_wrong_key_is_refused_without_showing_any_of_it(tmp_path: Path) -> None:
    code, out, err = refused_start(tmp_path, variables={"OPENAI_API_KEY": SECRET})
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("OPENAI_API_KEY cannot be used: the key has white space inside it")
    assert not any(part in err for part in SECRET.split())


def test_data_folder_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    assert refusal(capsys, folder) == f"The data folder {folder} cannot be made: Not a directory."


def test_data_folder_that_is_a_file_is_a_wrong_argument(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", str(tmp_path / "file")])
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "expected the path of a folder" in line


def test_data_folder_that_is_not_writable_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, UNWRITABLE).startswith(f"Cannot write to {UNWRITABLE}/usage.csv: ")


def test_broken_price_list_names_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('[models."gpt-6-luna"]\ninput_usd_per_mtok = "cheap"\noutput_usd_per_mtok = 1\n')
    assert refusal(capsys, tmp_path) == (
        f'{path} line 2, [models."gpt-6-luna"] input_usd_per_mtok is "cheap": expected a number'
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "connections.toml",
            b'[connections.A]\naddress = "a"\n',
            "{path}, *address: expected an address such as *",
        ),
        ("tally.db", b"my shopping list\n" * 100, "*{path}*file is not a database*"),
        ("users.json", b"[1,", "{path} is not a list of users: mend it or delete it."),
        ("users.json", b"[]", "{path} is not a list of users: mend it or delete it."),
        ("users.json", b'{"ada": "no hash"}', "{path} is not a list of users: mend it or delete it."),
        (
            "usage.csv",
            b"day,cost\n2026-11-22,1\n",
            "The first line of the ledger must name the columns, and lacks call_id, *",
        ),
        (
            "usage.csv",
            b'"call_id";"started_at"\n',
            "usage.csv was saved with semicolons between the columns, as some spreadsheets do. *",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_left_alone(
    name: str, content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert fnmatchcase(refusal(capsys, tmp_path), said.format(path=path))
    assert path.read_bytes() == content


def test_database_of_a_newer_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(tmp_path / "tally.db") as database:
        database.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        database.execute("INSERT INTO schema_version VALUES (99)")
    database.close()
    assert fnmatchcase(refusal(capsys, tmp_path), f"*{tmp_path / 'tally.db'}*newer version of Tally*")


def test_refused_start_leaves_no_mark_that_looks_alive(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text(json.dumps([]))
    assert refused_start(tmp_path, "--data-dir", str(tmp_path))[0] == 1
    assert [path.name for path in (tmp_path / "running").glob("*")] == []


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
import threading
def too_late(self):
    self.thread = threading.Thread(target={run}, daemon=True)
    self.thread.start()
    raise ServerFailedToStartError("Server failed to start. Please check that the port is available.")
gradio.http_server.Server.run_in_thread = too_late
"""
UP_LATER = NOT_UP_IN_TIME.format(run="self.run")
NEVER_UP = NOT_UP_IN_TIME.format(run="bool")
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
    request = CompletionRequest("any-model", Prompt.of_texts(("user", "Hello")))
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


@pytest.mark.parametrize("trouble", [NO_ANSWER_IN_TIME, UP_LATER])
def test_app_on_a_busy_machine_starts(trouble: str, tmp_path: Path) -> None:
    started = start_busy(tmp_path, trouble)
    assert (started.returncode, started.stderr) == (0, "")
    assert started.stdout.startswith("Tally runs at http://127.0.0.1:")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (NEVER_UP, "The server did not start at 127.0.0.1:"),
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
