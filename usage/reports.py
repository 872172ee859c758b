"""What was used and what it cost, kept up to date with a growing ledger."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Lock
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from usage.call_batch import NAME_COLUMNS, PICODOLLAR_LIMIT, PICODOLLARS, REPORT_COLUMNS, TOKEN_COLUMNS
from usage.call_batch import CallBatch
from usage.ledger import UsageSource
from usage.ledger_sums import Filter
from usage.rollup import Integers
from usage.running_sums import NotPlainError, RunningSums
from usage.totals import Grouping, ModelDay, Report, ReportRow, Spend, Totals


class UsageReports:
    """Reports on one ledger file. Every question first takes in what is new; threads may ask at once."""

    def __init__(self, ledger_path: Path, timezone: ZoneInfo) -> None:
        self._path = ledger_path
        self._sums = RunningSums(ledger_path, timezone, read_plain)
        self._lock = Lock()
