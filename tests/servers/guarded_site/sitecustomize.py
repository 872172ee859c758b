"""Puts the guards into a process that a test starts: Python imports this file before anything else."""

import os
import sys

from tests.servers import guards

guards.keep_on_loopback(lambda address: print(f"blocked connection to {address}", file=sys.stderr))  # noqa: T201
guards.install_faults(os.environ)
