"""What must never be told: planted in settings and sources, and looked for in all that was said.

A secret is looked for as it is, and as the ways in which bytes are usually written down would show
it: quoted for an address, in base64, in hexadecimal.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from confluent_kafka.admin import AdminClient

from hub.kafka.client_config import KafkaConnection, client_options
from hub.kafka.reader import read_compacted


@dataclass
class Planted:
    """Secrets and personal data by what they are, and everything that was said, by who said it."""

    things: Mapping[str, str]
    said: dict[str, str] = field(default_factory=dict)

    def hear(self, who: str, text: str) -> None:
        """Take note of what somebody said, beside what they said before."""
        self.said[who] = self.said.get(who, "") + text

    def told_by(self) -> list[str]:
        """Return who told what, as a line for each."""
        return [
            f"{who}: {what}"
            for who, text in sorted(self.said.items())
            for what in self.found_in(text.encode())
        ]

    def found_in(self, data: bytes) -> list[str]:
        """Return what of the planted is in some bytes."""
        return [
            what
            for what, thing in self.things.items()
            if any(form in data for form in _forms(thing))
        ]

    def found_in_topics(self, connection: KafkaConnection) -> tuple[list[str], dict[str, int]]:
        """Return where in any topic something is, and how many records each topic has.

        Keys, values and headers of every record of every partition, those of Kafka itself included.
        """
        admin = AdminClient(client_options(connection))
        found: list[str] = []
        records: dict[str, int] = {}
        for name, topic in sorted(admin.list_topics(timeout=30).topics.items()):
            records[name] = 0
            for partition in topic.partitions:
                for one in read_compacted(connection, name, partition, with_headers=True):
                    records[name] += 1
                    data = b"\0".join(_parts(one.key, one.value, one.headers))
                    found += [
                        f"{name}-{partition}-{one.offset}: {what}" for what in self.found_in(data)
                    ]
        return found, records


def _parts(
    key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> Iterable[bytes]:
    yield key or b""
    yield value or b""
    for name, content in headers:
        yield name.encode()
        yield content or b""


def _forms(thing: str) -> Iterable[bytes]:
    data = thing.encode()
    yield data
    yield quote(thing, safe="").encode()
    yield data.hex().encode()
    # base64 of the middle, wherever it begins within three bytes
    for skipped in range(3):
        whole = data[skipped : skipped + (len(data) - skipped) // 3 * 3]
        yield base64.b64encode(whole)
