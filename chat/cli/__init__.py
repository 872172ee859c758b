"""The commands of `python -m chat`."""

from chat.cli.chat_arguments import read_arguments
from chat.cli.chat_commands import CommandError, Terminal, run

__all__ = [
    "CommandError",
    "Terminal",
    "read_arguments",
    "run",
]
