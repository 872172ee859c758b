"""The commands of `python -m usage`."""

from usage.cli.arguments import read_arguments
from usage.cli.commands import run
from usage.cli.desk import CommandError, Desk

__all__ = [
    "CommandError",
    "Desk",
    "read_arguments",
    "run",
]
