"""The topic catalogue: `schemas/topics.toml` as objects, and the names topics have on a broker.

Everything that writes to, reads from, creates or documents a topic asks here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from hub.errors import ConfigurationError, quoted

DEFAULT_PREFIX = "hub."

_PREFIX = re.compile(r"[a-z0-9-]{1,60}\.")
_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_DAY_MS = 24 * 60 * 60 * 1000
_BATCH_OVERHEAD_BYTES = 1024
"""Room for what Kafka puts around a single record of the largest size; its own takes 61 + ~30."""
_CLEAN_UP = {"keep": "delete", "compact": "compact", "expire": "delete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """What one topic promises; `name` stands without prefix.

    `fixed_partitions` is None for a topic with one partition per programme. `config` has Kafka's
    own names and values; `value` is the name of the Avro type, or None where any bytes are kept.
    """

    name: str
    fixed_partitions: int | None
    config: Mapping[str, str]
    max_record_bytes: int
    internal: bool
    purpose: str
    key: str
    value: str | None
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]

    @property
    def partitions_of_programme(self) -> bool:
        """Tell whether the topic has one partition per programme."""
        return self.fixed_partitions is None

    @property
    def compacted(self) -> bool:
        """Tell whether the topic keeps the last record per key instead of all records."""
        return self.config["cleanup.policy"] == "compact"

    def partitions(self, programme_partitions: int) -> int:
        """Return how many partitions the topic has when programmes need that many."""
        return programme_partitions if self.fixed_partitions is None else self.fixed_partitions


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All topics, by name without prefix, and the prefix they have on the broker."""

    prefix: str
    specs: Mapping[str, TopicSpec]

    def __iter__(self) -> Iterator[TopicSpec]:
        """Yield the topics in the order of the catalogue."""
        return iter(self.specs.values())

    def spec(self, name: str) -> TopicSpec:
        """Return what the catalogue says of a topic.

        :raises KeyError: for a name that is no topic of the hub
        """
        return self.specs[name]

    def topic(self, name: str) -> str:
        """Return the name that a topic has on the broker.

        :raises KeyError: for a name that is no topic of the hub
        """
        return self.prefix + self.specs[name].name

    def name_of(self, topic: str) -> str:
        """Return the catalogue name of a topic on the broker.

        :raises KeyError: for a topic that is not of this hub
        """
        name = topic.removeprefix(self.prefix)
        if not topic.startswith(self.prefix) or name not in self.specs:
            raise KeyError(topic)
        return name


def load_catalogue(prefix: str = DEFAULT_PREFIX) -> Catalogue:
    """Return the catalogue that ships with the hub, under a prefix.

    :raises ConfigurationError: for a prefix that topics cannot have
    """
    text = files("schemas").joinpath("topics.toml").read_text(encoding="utf-8")
    return parse_catalogue(text, prefix=prefix)


def parse_catalogue(text: str, *, prefix: str = DEFAULT_PREFIX) -> Catalogue:
    """Read a catalogue.

    :raises ConfigurationError: naming the topic and field that are not as they must be
    """
    if not _PREFIX.fullmatch(prefix):
        raise ConfigurationError(
            f"topic prefix: came {quoted(prefix)}; expected 1 to 60 characters out of a-z 0-9 - "
            "and one dot at the end, such as 'hub.'; correct HUB_TOPIC_PREFIX"
        )
    document = tomllib.loads(text)
    largest = int(document["defaults"]["max_record_bytes"])
    specs = {
        name: _spec(name, fields, largest=largest) for name, fields in document["topics"].items()
    }
    return Catalogue(prefix, specs)


def _spec(name: str, fields: Mapping[str, Any], *, largest: int) -> TopicSpec:
    if not _NAME.fullmatch(name):
        raise _refused(name, "name", name, "words of a-z with '-' between them")
    partitions = fields["partitions"]
    if partitions != "programmes" and not (isinstance(partitions, int) and partitions >= 1):
        raise _refused(name, "partitions", partitions, "'programmes' or a number from 1")
    size = int(fields.get("max_record_bytes", largest))
    return TopicSpec(
        name=name,
        fixed_partitions=None if partitions == "programmes" else partitions,
        config=_config(name, fields, max_record_bytes=size),
        max_record_bytes=size,
        internal=bool(fields.get("internal", False)),
        purpose=fields["purpose"],
        key=fields["key"],
        value=fields.get("value"),
        written_by=tuple(fields["written_by"]),
        read_by=tuple(fields["read_by"]),
    )


def _config(name: str, fields: Mapping[str, Any], *, max_record_bytes: int) -> dict[str, str]:
    clean_up = fields["clean_up"]
    if clean_up not in _CLEAN_UP:
        raise _refused(name, "clean_up", clean_up, " or ".join(map(quoted, _CLEAN_UP)))
    if ("retention_days" in fields) != (clean_up == "expire"):
        raise _refused(
            name, "retention_days", fields.get("retention_days"), "it with 'expire' only"
        )
    if "lag_days" in fields and clean_up != "compact":
        raise _refused(name, "lag_days", fields["lag_days"], "it with 'compact' only")
    config = {
        "cleanup.policy": _CLEAN_UP[clean_up],
        "message.timestamp.type": "LogAppendTime",
        "max.message.bytes": str(max_record_bytes + _BATCH_OVERHEAD_BYTES),
    }
    if clean_up != "compact":
        days = fields.get("retention_days")
        config["retention.ms"] = "-1" if days is None else str(days * _DAY_MS)
        config["retention.bytes"] = "-1"
    if "lag_days" in fields:
        config["min.compaction.lag.ms"] = str(fields["lag_days"] * _DAY_MS)
    if "segment_days" in fields:
        config["segment.ms"] = str(fields["segment_days"] * _DAY_MS)
    return config


def _refused(topic: str, field: str, came: object, expected: str) -> ConfigurationError:
    return ConfigurationError(
        f"topics.toml: {topic}.{field}: came {quoted(came)}; expected {expected}; correct it"
    )
