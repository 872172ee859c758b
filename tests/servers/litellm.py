"""LiteLLM's proxy as a process, with models that it makes up itself: a real gateway, and nobody behind it.

It lives in a virtual environment of its own, since its many requirements are none of Tally's. That is made
once, in the tests' cache; the first time takes a minute and fetches some 100 packages.
"""

import re
import shutil
import subprocess
import sys
import threading
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from tests.servers.app_process import clean_environment

LITELLM = "litellm[proxy]==1.108.7"
KEY = "sk-of-the-proxy"
PLAIN, PREFIXED, PRICED = "house-model", "acme/house-model", "gpt-4o-mini"
LIMITED, TOO_LONG, EMBEDDING = "always-limited", "always-too-long", "house-vectors"
CONFIG = f"""
model_list:
  - model_name: {PLAIN}
    litellm_params: {{model: openai/house, api_key: none, mock_response: Hello from the plain model.}}
  - model_name: {PREFIXED}
    litellm_params: {{model: openai/acme, api_key: none, mock_response: Hello from the prefixed model.}}
  - model_name: {PRICED}
    litellm_params: {{model: openai/gpt-4o-mini, api_key: none, mock_response: Hello from the priced model.}}
  - model_name: {LIMITED}
    litellm_params: {{model: openai/limited, api_key: none, mock_response: litellm.RateLimitError}}
  - model_name: {TOO_LONG}
    litellm_params: {{model: openai/long, api_key: none, mock_response: litellm.ContextWindowExceededError}}
  - model_name: {EMBEDDING}
    litellm_params: {{model: openai/vectors, api_key: none}}
    model_info: {{mode: embedding}}
router_settings:
  num_retries: 0
litellm_settings:
  include_cost_in_streaming_usage: true
general_settings:
  master_key: {KEY}
"""
# It asks nobody for prices, and tells nobody that it runs.
ALONE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "DO_NOT_TRACK": "1"}
_ADDRESS = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


def installed(cache: Path) -> Path:
    """Return the command that runs the proxy, installed below this folder if it is not there yet.

    Raises AssertionError that says what to do when it cannot be installed.
    """
    version = f"{LITELLM.rpartition('==')[2]}-python{sys.version_info.major}.{sys.version_info.minor}"
    folder = cache / f"litellm-{version}"
    done = folder / "installed"
    with FileLock(cache / f"litellm-{version}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            _install(folder)
            done.touch()
    return folder / "bin" / "litellm"


def _install(folder: Path) -> None:
    python = str(folder / "bin" / "python")
    pip = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-compile", LITELLM],
        capture_output=True,
        text=True,
        check=False,
    )
    assert pip.returncode == 0, (
        f"{LITELLM} cannot be installed. The tests fetch it from the package index that pip uses; see to it "
        f"that `pip install '{LITELLM}'` works in an empty virtual environment.\n{pip.stderr}"
    )


@contextmanager
def running_litellm(command: Path, home: Path) -> Iterator[str]:
    """Run the proxy in this folder; gives its address, ending in /v1.

    At the end it must not have tried to reach anybody beyond loopback.
    """
    config = home / "litellm.yaml"
    config.write_text(CONFIG)
    said: list[str] = []
    with subprocess.Popen(
        [command, "--config", config, "--host", "127.0.0.1", "--port", "0"],
        cwd=home,
        env=clean_environment(home, {**ALONE, "PYTHONUNBUFFERED": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                said.append(line)
                if found := _ADDRESS.search(line):
                    break
            else:
                raise AssertionError(f"LiteLLM's proxy ended before it listened\n{''.join(said)}")
            listening = threading.Thread(target=said.extend, args=(process.stdout,))
            listening.start()
            yield f"{found[1]}/v1"
        finally:
            process.terminate()
        listening.join()
    assert [line for line in said if line.startswith("blocked connection")] == []
