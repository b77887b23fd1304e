"""What a stage tells of itself while it runs; metrics and health listen, tests may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.streams.batches import Batch


class StageObserver:
    """Is told what happens in one stage; does nothing with it by itself."""

    def assigned(self, partitions: int) -> None:
        """A rebalance gave the stage this many programmes."""

    def revoked(self) -> None:
        """A rebalance took all programmes; nothing is processed until they are restored."""

    def restored(self, *, seconds: float, records: int, evaluated_once: int) -> None:
        """State was rebuilt; `evaluated_once` programmes could not be replayed step by step."""

    def ready(self) -> None:
        """All assigned programmes are restored; records are processed from now on."""

    def processed(self, *, consumed: Mapping[str, int], batch: Batch, seconds: float) -> None:
        """One batch was written: records read by topic, and what followed from them."""

    def committed(self) -> None:
        """Offsets were committed, or there was nothing to commit."""

    def lag(self, *, topic: str, partition: int, records: int) -> None:
        """So many records of a partition are written and not committed."""

    def breaker_opened(self) -> None:
        """Most of the input is rejected; the process ends."""
