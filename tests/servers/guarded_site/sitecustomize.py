"""Puts the network guard into a process that a test starts: Python imports this file before anything else."""

import os
import sys

from tests.servers import faults, network_guard

network_guard.install(lambda address: print(f"blocked connection to {address}", file=sys.stderr))  # noqa: T201
faults.install(os.environ)
