"""The findings of one programme as last written, and the ways to find them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from hub.model.finding import Finding
from hub.rules.rule import Scope, Unit


class Records:
    """Findings by id; the open ones also by the unit they live in and by their parties.

    What no evaluation looks at again, resolved findings and records of losses, is found by party.
    """

    def __init__(self, unit_of: Callable[[Finding], Unit]) -> None:
        self._unit_of = unit_of
        self._all: dict[str, Finding] = {}
        self._open_in: dict[Unit, set[str]] = {}
        self._units_of_party: dict[str, dict[Unit, int]] = {}
        self._past_of_party: dict[str, set[str]] = {}
        self._losses: set[str] = set()
        self._taken: set[str] = set()

    @property
    def all(self) -> Mapping[str, Finding]:
        """Return all findings by id."""
        return MappingProxyType(self._all)

    def get(self, finding_id: str) -> Finding | None:
        """Return a finding."""
        return self._all.get(finding_id)

    def open_units(self) -> list[Unit]:
        """Return the units with an open finding."""
        return list(self._open_in)

    def open_in(self, unit: Unit) -> list[str]:
        """Return the ids of the open findings of a unit, sorted."""
        return sorted(self._open_in.get(unit, ()))

    def units_of(self, party: str) -> Iterable[Unit]:
        """Return the units of the open findings that a work takes part in."""
        return list(self._units_of_party.get(party, ()))

    def past_of(self, party: str) -> list[str]:
        """Return the ids of the resolved findings and losses that a work takes part in, sorted."""
        return sorted(self._past_of_party.get(party, ()))

    def past(self) -> list[str]:
        """Return the ids of all resolved findings and losses that have a party, sorted."""
        return sorted({key for ids in self._past_of_party.values() for key in ids})

    @property
    def losses(self) -> list[Finding]:
        """Return the records of chances that are gone, by id."""
        return [self._all[key] for key in sorted(self._losses)]

    @property
    def taken(self) -> list[Finding]:
        """Return the opportunities that were taken once or more, by id."""
        return [self._all[key] for key in sorted(self._taken)]

    def put(self, finding: Finding) -> None:
        """Keep a finding in the place of its earlier record."""
        before = self._all.get(finding.id)
        if before is not None:
            self._forget_open(before) if before.status.is_open else self._forget_past(before)
        self._all[finding.id] = finding
        if finding.facts.realised:
            self._taken.add(finding.id)
        unit = self._unit_of(finding)
        if unit[0] == Scope.LOSS:
            self._losses.add(finding.id)
        if not finding.status.is_open or unit[0] == Scope.LOSS:
            for party in finding.parties:
                self._past_of_party.setdefault(party, set()).add(finding.id)
        if finding.status.is_open:
            self._open_in.setdefault(unit, set()).add(finding.id)
            for party in finding.parties:
                counts = self._units_of_party.setdefault(party, {})
                counts[unit] = counts.get(unit, 0) + 1

    def _forget_past(self, finding: Finding) -> None:
        for party in finding.parties:
            ids = self._past_of_party[party]
            ids.discard(finding.id)
            if not ids:
                del self._past_of_party[party]

    def _forget_open(self, finding: Finding) -> None:
        unit = self._unit_of(finding)
        self._open_in[unit].discard(finding.id)
        if not self._open_in[unit]:
            del self._open_in[unit]
        for party in finding.parties:
            counts = self._units_of_party[party]
            counts[unit] -= 1
            if not counts[unit]:
                del counts[unit]
            if not counts:
                del self._units_of_party[party]
