"""Leaves the metrics of a run that ends in a file, where a scrape would come too late.

`connect run --once` is gone before anybody asks it. The file is written in one step, in the form
that the textfile collector of the Prometheus node exporter reads. It holds the series of one
connector and no others, labelled with the settings it ran with: two files with one and the same
series would be refused there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from prometheus_client import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from hub.errors import ConfigurationError
from hub.metrics import Metrics

LAST_SUCCESS = "hub_connector_last_success_timestamp_seconds"
_READABLE = 0o644


def write_metrics_file(path: Path, metrics: Metrics, *, connector: str, settings: str) -> None:
    """Write the metrics of one connector; after a run that failed, the last success stays.

    :raises ConfigurationError: if the file cannot be written
    """
    if metrics.value(LAST_SUCCESS, connector=connector) is None:
        earlier = _last_success_in(path, connector)
        if earlier is not None:
            metrics.set(LAST_SUCCESS, earlier, connector=connector)
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            stream.write(generate_latest(_OfConnector(metrics, connector, settings)))
        os.chmod(stream.name, _READABLE)  # the exporter is another user
        os.replace(stream.name, path)
    except OSError as error:
        raise ConfigurationError(
            f"HUB_METRICS_FILE: {path} cannot be written ({error.strerror}); expected a file in a"
            " folder that this process may write to; what the run sent is sent"
        ) from error


class _OfConnector:
    """The metrics that have series of one connector, with only those, labelled with `settings`."""

    def __init__(self, metrics: Metrics, connector: str, settings: str) -> None:
        self._registry = metrics.registry
        self._connector = connector
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        for family in self._registry.collect():
            kept = Metric(family.name, family.documentation, family.type)
            kept.samples = [
                sample._replace(labels={**sample.labels, "settings": self._settings})
                for sample in family.samples
                if sample.labels.get("connector") == self._connector
            ]
            if kept.samples:
                yield kept


def _last_success_in(path: Path, connector: str) -> float | None:
    """Return when the connector last succeeded by an earlier file, None if it does not say."""
    try:
        families = list(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    return next(
        (
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == LAST_SUCCESS and sample.labels.get("connector") == connector
        ),
        None,
    )
