"""Where models are asked: the connections by name, their keys, and the models that each one offers."""

from chat.connections.connection import (
    KEYRING,
    MEMORY,
    Connection,
    Connections,
    ConnectionsError,
    read_connection,
)
from chat.connections.connection_file import ConnectionFile
from chat.connections.endpoints import Catalogue, Chosen, Endpoints, Offered, Trial
from chat.connections.further_connections import FurtherConnections
from chat.connections.key_storage import KeyStorage

__all__ = [
    "KEYRING",
    "MEMORY",
    "Catalogue",
    "Chosen",
    "Connection",
    "ConnectionFile",
    "Connections",
    "ConnectionsError",
    "Endpoints",
    "FurtherConnections",
    "KeyStorage",
    "Offered",
    "Trial",
    "read_connection",
]
