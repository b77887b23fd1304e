"""A Faust application under the strict layer, with the settings that matter.

Names of Faust that are overridden here: `App._new_transport`, `_new_producer_transport`,
`_on_agent_error` and mode's `Service._crash`. Nothing in Faust is patched.
"""

from __future__ import annotations

import asyncio
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

from hub.errors import ConfigurationError
from hub.streams.build_check import check_build
from hub.streams.consumer import StrictConsumer
from hub.streams.leaving import leave
from hub.streams.producer import SendGuard, StrictProducer
from hub.streams.refusals import in_words


class StrictTransport(driver.Transport):
    """aiokafka with our consumer and producer."""

    Consumer = StrictConsumer
    Producer = StrictProducer


class StrictApp(faust.App):
    """One consumer group whose agents lose nothing: what escapes them ends the process."""

    def __init__(self, id: str, **settings: Any) -> None:
        check_build(faust.__version__)
        super().__init__(id, **{**FIXED_SETTINGS, **settings})
        self.sensors.add(SendGuard())

    def agent(self, channel: Any = None, **settings: Any) -> Any:
        """Add an agent that reads records one after the other.

        :raises ConfigurationError: for more than one at a time, which breaks the order per key
        """
        if settings.get("concurrency", 1) != 1:
            raise ConfigurationError(
                f"agent: came concurrency {settings['concurrency']}; expected 1, because more"
                " breaks the order per key; start more workers instead"
            )
        return super().agent(channel, **settings)

    def _new_transport(self) -> StrictTransport:
        return StrictTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> StrictTransport:
        return StrictTransport(self.conf.broker_producer, self)

    async def _on_agent_error(self, agent: Any, exc: BaseException) -> None:
        """Leave before the stream's `finally` acknowledges what the agent did not finish."""
        if isinstance(exc, asyncio.CancelledError):
            return
        leave(f"agent {agent.name} failed: {in_words(exc)}", error=exc)

    def _crash(self, reason: BaseException) -> None:
        """Leave: a crashed service would be stopped in order, and that commits."""
        leave(f"a service of {self.conf.id} crashed: {in_words(reason)}", error=reason)


FIXED_SETTINGS: dict[str, Any] = {
    "processing_guarantee": "at_least_once",
    "store": "memory://",
    "env_prefix": "HUB_FAUST_",
    "web_enabled": False,
    "topic_allow_declare": False,
    "topic_disable_leader": True,
    "consumer_auto_offset_reset": "earliest",
    # No table has a standby; the number selects Faust's assignor, which keeps the partitions of
    # co-partitioned topics together and is sticky. aiokafka's own would deal them out one by one.
    "table_standby_replicas": 1,
    "broker_commit_interval": 1.0,
    "stream_recovery_delay": 0.5,
    "stream_wait_empty": True,
    "producer_acks": -1,
    "producer_linger": 0.01,
    "producer_max_batch_size": 262_144,
    # A dead letter is a record of full size with what is added to it; the topic decides what fits.
    "producer_max_request_size": 2_100_000,
}
