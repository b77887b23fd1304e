"""A connector of which some rows are left out or refused, so that a test can make a plan change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from hub.connect.api import ConnectorSettings, SourceRow
from hub.connect.discovery import Connector
from hub.errors import Refusal, RejectedRecordError
from hub.model.intervention import Intervention


@dataclass
class _Rows:
    source: Any
    connector: RestrictedConnector

    def columns(self) -> tuple[str, ...]:
        return tuple(self.source.columns())

    def rows(self) -> Iterator[SourceRow | Refusal]:
        for row in self.source.rows():
            if isinstance(row, Refusal):
                if not self.connector.without_refusals:
                    yield row
            elif row.key not in self.connector.without_keys:
                yield row


class RestrictedConnector(Connector):
    """The connector it is made from, with some rows left out and some refused."""

    def __init__(
        self,
        real: Connector,
        *,
        without_keys: Collection[str] = (),
        refused_keys: Collection[str] = (),
        without_refusals: bool = False,
    ) -> None:
        super().__init__(real.manifest, real.folder, real.package)
        object.__setattr__(self, "without_keys", without_keys)
        object.__setattr__(self, "refused_keys", refused_keys)
        object.__setattr__(self, "without_refusals", without_refusals)

    without_keys: Collection[str]
    refused_keys: Collection[str]
    without_refusals: bool

    def open_source(self, settings: ConnectorSettings) -> Any:
        return _Rows(super().open_source(settings), self)

    def to_intervention(self, row: SourceRow, settings: ConnectorSettings) -> Intervention:
        if row.key in self.refused_keys:
            raise RejectedRecordError(Refusal(row.where, "nothing good", "something better"))
        return super().to_intervention(row, settings)
