"""The real app as a process of its own: a clean environment, a free port, no way to the network."""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
BLOCKED = re.compile(r"^blocked connection to (.+)$", re.MULTILINE)
LOOK_EVERY_S = 0.05
FROM_OUTSIDE = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


class AppProcess:
    """`python app.py --port 0 --data-dir …`, ready for messages once the object is made.

    Raises AssertionError with all that the app said when it ends before it is ready.
    """

    def __init__(self, data_dir: Path, home: Path, variables: Mapping[str, str], *flags: str) -> None:
        self.data_dir = data_dir
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._address: str | None = None
        self._address_or_end = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "--port", "0", "--data-dir", str(data_dir), *flags],
            cwd=home,
            env=clean_environment(home, variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._readers = [threading.Thread(target=self._read, args=(name,)) for name in self._lines]
        for reader in self._readers:
            reader.start()
        self.url = self._wait_for_address()
        self._wait_until_healthy()

    @property
    def stdout(self) -> str:
        """What the app has printed so far."""
        return "".join(self._lines["stdout"])

    @property
    def stderr(self) -> str:
        """What the app has logged so far."""
        return "".join(self._lines["stderr"])

    @property
    def blocked(self) -> list[str]:
        """Addresses beyond loopback that the app tried to reach, as `host:port`."""
        return BLOCKED.findall(self.stderr)

    def stop(self) -> int:
        """End it as a service manager does, by SIGTERM, and wait; gives the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it without any chance to tidy up, and wait; gives the exit code."""
        return self._end(signal.SIGKILL)

    def fill_disk(self) -> None:
        """Let no file of the app grow beyond one byte, as on a full disk."""
        self._limit_files(1)

    def make_room(self) -> None:
        """Let files grow again."""
        self._limit_files(resource.RLIM_INFINITY)

    def _limit_files(self, size: int) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _end(self, how: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait()
        for reader in self._readers:
            reader.join()
        return code

    def _read(self, name: str) -> None:
        with getattr(self.process, name) as pipe:
            for raw in pipe:
                line = raw.decode(errors="replace")
                self._lines[name].append(line)
                if name == "stdout" and self._address is None and (found := ADDRESS.search(line)):
                    self._address = found[0]
                    self._address_or_end.set()
        self._address_or_end.set()

    def _wait_for_address(self) -> str:
        self._address_or_end.wait()
        if self._address is None:
            self._fail("before it printed its address")
        return str(self._address)

    def _wait_until_healthy(self) -> None:
        while not is_healthy(self.url):
            if self.process.poll() is not None:
                self._fail("before it was ready")
            time.sleep(LOOK_EVERY_S)

    def _fail(self, when: str) -> None:
        code = self._end(signal.SIGTERM)
        raise AssertionError(f"the app ended with {code} {when}\n{self.stdout}\n{self.stderr}")


def wait_for(condition: Callable[[], bool]) -> None:
    """Look now and then until it holds: for what another process does without saying so."""
    while not condition():
        time.sleep(LOOK_EVERY_S)


def clean_environment(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a process under test sees: nothing of the developer's settings, keys and proxies."""
    kept = {name: os.environ[name] for name in FROM_OUTSIDE if name in os.environ}
    guarded = os.pathsep.join([str(ROOT / "tests" / "servers" / "guarded_site"), str(ROOT)])
    fixed = {"HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONPATH": guarded}
    return {**kept, **fixed, **variables}


def run_command(
    home: Path, *command: str, variables: Mapping[str, str] | None = None, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments in a clean environment; what it says is kept."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=home,
        env=clean_environment(home, variables or {}),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def is_healthy(url: str) -> bool:
    """Return whether the app at this address says that messages can be sent."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/healthz") as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as refused:
        refused.close()
        return False
    except OSError:
        return False
