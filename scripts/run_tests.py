"""Runs every test: those in the browser beside the others, for both mostly wait."""

import subprocess
import sys
import tempfile


def main(arguments: list[str]) -> int:
    """Run the tests that are named, or all; returns pytest's exit code."""
    pytest = [sys.executable, "-m", "pytest"]
    if arguments:
        return subprocess.run([*pytest, *arguments], check=False).returncode
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen([*pytest, "-m", "browser"], stdout=log, stderr=log) as in_browser,
    ):
        others = subprocess.run([*pytest, "-m", "not browser"], check=False).returncode
        in_browser.wait()
        log.seek(0)
        sys.stdout.write(log.read())
        sys.stdout.flush()
    return others or in_browser.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
