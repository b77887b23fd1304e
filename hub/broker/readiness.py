"""Whether a Kafka answers on a port, asked in Kafka's own protocol.

A bare TCP connect is no proof: another program may own the port, and a starting node accepts
connections before it serves them. So two requests are written by hand: ApiVersions, which any Kafka
answers, and Metadata, which tells how many brokers of the cluster are in service.
"""

from __future__ import annotations

import socket
import struct

CONNECT_TIMEOUT_S = 0.5
ANSWER_TIMEOUT_S = 3.0

_API_VERSIONS, _METADATA = 18, 3
_CORRELATION = 7
_NO_CLIENT_ID = -1


def brokers_in_service(host: str, port: int) -> int:
    """Return how many brokers the node at this port sees in service; 0 if it is not ready."""
    try:
        with socket.create_connection((host, port), CONNECT_TIMEOUT_S) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            (error,) = struct.unpack(">h", _ask(connection, _API_VERSIONS, 0, b"")[:2])
            if error != 0:
                return 0
            no_topics = struct.pack(">i", 0)
            (brokers,) = struct.unpack(">i", _ask(connection, _METADATA, 1, no_topics)[:4])
            return max(0, int(brokers))
    except (OSError, struct.error, _NotKafkaError):
        return 0


class _NotKafkaError(Exception):
    """What answers does not speak Kafka's protocol."""


def _ask(connection: socket.socket, api: int, version: int, body: bytes) -> bytes:
    """Send one request and return the body of its answer."""
    request = struct.pack(">hhih", api, version, _CORRELATION, _NO_CLIENT_ID) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", _received(connection, 4))
    if not 4 <= length <= 1 << 20:
        raise _NotKafkaError
    answer = _received(connection, length)
    if struct.unpack(">i", answer[:4]) != (_CORRELATION,):
        raise _NotKafkaError
    return answer[4:]


def _received(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        chunk = connection.recv(length - len(received))
        if not chunk:
            raise _NotKafkaError
        received += chunk
    return bytes(received)
