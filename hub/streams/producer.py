"""A Faust producer whose every record is acknowledged by all in-sync replicas, or the process ends.

Plain Faust logs a failed delivery as a warning and commits the input all the same (L4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faust.sensors.base import Sensor
from faust.transport.drivers import aiokafka as driver

from hub.streams.leaving import leave


class StrictProducer(driver.Producer):
    """Idempotent, acknowledged by all; the client retries a batch until it is in, in order.

    aiokafka never expires a batch of an idempotent producer, so the deadline of a delivery is
    the stage's: it ends the process, and with it what the client still held.
    """

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class SendGuard(Sensor):
    """Ends the process when a record sent past the stage could not be delivered (L4)."""

    def on_send_error(self, producer: Any, exc: BaseException, state: Any) -> None:
        """Leave: a record that the broker refused must not be followed by a commit."""
        leave(f"a record could not be delivered: {exc!r}")
