"""The works and events of a DATEX II snapshot as rows, read situation by situation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from connectors.datex2 import vocabulary as known
from connectors.datex2.elements import (
    Element,
    Publication,
    SituationParser,
    TooLargeSituation,
    UnreadableFeedError,
)
from connectors.datex2.mapping import WORK, WorkInFeed
from connectors.datex2.organisations import Organisation, find_organisation
from connectors.datex2.periods import Run, read_instant, runs_of
from connectors.datex2.places import place_of
from connectors.datex2.records import Announced, Findings, SituationReader, known_id
from connectors.datex2.settings import Settings
from connectors.datex2.snapshots import read_chunks, snapshot_in, unreadable
from hub.connect.api import SourceRow
from hub.connect.geometry import GeometryProblemError
from hub.errors import Refusal, RejectReason
from hub.model.geometry import Geometry

COLUMNS = (WORK,)
SNAPSHOT_PROTOCOLS = frozenset({"snapshotPull", "snapshotPush", "simplePull", "simplePush"})
EXCHANGE_ONLINE = "online"
_EXPECTED_PLACE = (
    "latitude first, as the standard says, in or near the Netherlands; a source from abroad sets "
    "abroad = true"
)


@dataclass(slots=True)
class ReadingReport:
    """What one read met; counts and names of elements and record types, no contents."""

    publication: Publication = field(default_factory=Publication)
    findings: Findings = field(default_factory=Findings)
    filtered_out: int = 0
    owners_unknown: int = 0
    without_place: int = 0
    without_window: int = 0

    def notes(self) -> dict[str, int]:
        """Return what is worth telling, by a name that says what was counted."""
        counted = {
            "situations": self.publication.situations,
            "situations with measures only": self.findings.without_work,
            "works left out by a filter": self.filtered_out,
            "works whose owner is in no list (setting owners)": self.owners_unknown,
            "works without a place": self.without_place,
            "works without both a start and an end": self.without_window,
        }
        counted |= _named("unknown record type", self.findings.record_types)
        counted |= _named("unknown value in", self.findings.values)
        counted |= _named("unknown element", self.publication.unknown_elements)
        return {name: count for name, count in counted.items() if count}


def open_source(settings: Settings) -> FeedSource:
    """Return the publication that the settings name."""
    return FeedSource(settings)


class FeedSource:
    """One snapshot; `report` tells after a read what was met."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.report = ReadingReport()

    def columns(self) -> tuple[str, ...]:
        """Return the names of the fields, after a look whether it is DATEX II at all.

        :raises RejectedRecordError: if it is a file of another kind
        :raises RetryableError: if it cannot be opened now
        """
        path = self._snapshot()
        try:
            self._look(path)
        except UnreadableFeedError as error:
            raise unreadable(error, path) from None
        return COLUMNS

    def notes(self) -> dict[str, int]:
        """Return what the last read met and did not know."""
        return self.report.notes()

    def _look(self, path: Path) -> None:
        """Read as far as the first situation, or to the end of something that has none."""
        parser = SituationParser()
        for _ in parser.situations(read_chunks(path)):
            return

    def rows(self) -> Iterator[SourceRow | Refusal]:
        """Yield a row per work or event, and per run of days where it has several.

        :raises RejectedRecordError: if the snapshot is broken or cut short
        :raises RetryableError: if it cannot be fetched or opened for now
        """
        self.report = report = ReadingReport()
        path = self._snapshot()
        parser = SituationParser()
        reader = SituationReader(self._settings.zone)
        report.publication, report.findings = parser.publication, reader.findings
        try:
            for situation in parser.situations(read_chunks(path)):
                yield from self._rows_of(situation, reader)
            _refuse_no_snapshot(parser.publication)
        except UnreadableFeedError as error:
            raise unreadable(error, path) from None

    def _snapshot(self) -> Path:
        settings = self._settings
        if settings.url is None:
            return snapshot_in(settings.path)
        from connectors.datex2.download import fetch  # a file needs no HTTP client

        fetch(
            settings.url,
            settings.path,
            timeout_seconds=settings.url_timeout_seconds,
            max_bytes=settings.max_download_mb << 20,
        )
        return settings.path

    def _rows_of(
        self, situation: Element, reader: SituationReader
    ) -> Iterator[SourceRow | Refusal]:
        if isinstance(situation, TooLargeSituation):
            yield Refusal(
                f"situation {known_id(situation) or 'without a usable id'}",
                "more elements or text than any real situation has",
                "a situation of ordinary size; report it to the publisher",
                reason=RejectReason.TOO_LARGE,
            )
            return
        for announced in reader.read(situation):
            if isinstance(announced, Refusal):
                yield announced
            elif self._is_wanted(announced):
                yield from self._rows_of_work(announced)
            else:
                self.report.filtered_out += 1

    def _is_wanted(self, announced: Announced) -> bool:
        if announced.kind in known.EVENTS and not self._settings.events:
            return False
        wanted = self._settings.wanted_sources
        return not wanted or " ".join(announced.source_name.casefold().split()) in wanted

    def _rows_of_work(self, announced: Announced) -> Iterator[SourceRow]:
        owner = find_organisation(announced.source_name, self._settings.owners)
        announced, geometry = self._placed(replace(announced, source_name=""))
        area = self._settings.wanted_area
        if area is not None and geometry is not None and not area.touches(geometry):
            self.report.filtered_out += 1
            return
        runs = runs_of(announced.validity, self._settings.zone) if not announced.problems else ()
        self._count(owner, geometry, runs, announced)
        made_on = self._publication_day()
        for number, run in enumerate(runs or (None,)):
            # The first run keeps the key of the record, so a work that gets a second period is
            # still itself; the others are known by the day they begin.
            suffix = "" if number == 0 or run is None else f"/{run.start.isoformat()}"
            yield SourceRow(
                key=f"{announced.record}{suffix}",
                where=f"situation {announced.situation} record {announced.record}{suffix}",
                fields={WORK: _work(announced, owner, geometry, run, runs, made_on)},
            )

    def _publication_day(self) -> date | None:
        """Return the day on which the snapshot was made; the record knows no other clock."""
        zone = self._settings.zone
        moment = read_instant(self.report.publication.publication_time, zone)
        return None if moment is None else moment.astimezone(zone).date()

    def _placed(self, announced: Announced) -> tuple[Announced, Geometry | None]:
        """Return the work with its place in RD; what is wrong with it becomes a problem."""
        closures = [shape for measure in announced.measures for shape in measure.shapes]
        try:
            geometry = place_of(
                announced.shapes, tuple(dict.fromkeys(closures)), abroad=self._settings.abroad
            )
        except GeometryProblemError as error:
            where = f"situation {announced.situation} record {announced.record} locationReference"
            expected = _EXPECTED_PLACE if "mapping" in error.expected else error.expected
            problem = Refusal(where, error.came, expected, reason=RejectReason.INVALID_GEOMETRY)
            return replace(announced, problems=(*announced.problems, problem)), None
        return announced, geometry

    def _count(
        self,
        owner: Organisation | None,
        geometry: Geometry | None,
        runs: tuple[Run, ...],
        announced: Announced,
    ) -> None:
        if announced.problems:
            return
        self.report.owners_unknown += owner is None
        self.report.without_place += geometry is None
        self.report.without_window += not runs


def _work(
    announced: Announced,
    owner: Organisation | None,
    geometry: Geometry | None,
    run: Run | None,
    runs: tuple[Run, ...],
    made_on: date | None,
) -> WorkInFeed:
    """Return the work of one run.

    A run that passed is over only if others follow; of the last one the source must say it itself,
    for a work may overrun.
    """
    is_last = run is None or run == runs[-1]
    is_over = not is_last and run is not None and made_on is not None and run.end <= made_on
    return WorkInFeed(announced, owner, geometry, run, is_last=is_last, is_over=is_over)


def _named(what: str, counted: Counter[str]) -> dict[str, int]:
    return {f"{what} {name}": count for name, count in counted.items()}


def _refuse_no_snapshot(publication: Publication) -> None:
    """Refuse what is no complete picture: in a delta or a closing exchange absence means nothing.

    :raises UnreadableFeedError: with what was said instead
    """
    protocol = publication.protocol
    if protocol and protocol not in SNAPSHOT_PROTOCOLS:
        raise UnreadableFeedError(
            "an exchange protocol other than a snapshot", "snapshotPull: all situations each time"
        )
    if publication.exchange_status not in ("", EXCHANGE_ONLINE):
        raise UnreadableFeedError("an exchange that is not online", "the exchange status 'online'")
