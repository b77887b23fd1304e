"""Which findings a reader asked to see: how severe, of whom, about what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.model.finding import Finding, Severity

Owner = Callable[[str], str | None]
"""Tells whose plan a work is, None where nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the text report shows; it never changes what is found, nor the exit code.

    `organisation` is asked to act, must answer, or has a work among the parties. `about` is the id
    of a work, an area or a goal. `in_full` prints each finding by itself, however many there are.
    """

    min_severity: Severity | None = None
    organisation: str | None = None
    about: str | None = None
    in_full: bool = False

    @property
    def is_everything(self) -> bool:
        """Tell whether no finding is left out."""
        return self.min_severity is None and self.organisation is None and self.about is None

    def takes(self, finding: Finding, owner_of: Owner) -> bool:
        """Tell whether a finding is shown."""
        if self.min_severity is not None and finding.severity.rank < self.min_severity.rank:
            return False
        if self.about is not None and self.about not in subjects_of(finding):
            return False
        return self.organisation is None or self.organisation in involved(finding, owner_of)


def subjects_of(finding: Finding) -> set[str]:
    """Return the ids of the works, the area and the goal that a finding is about."""
    return {one for one in (*finding.parties, finding.area, finding.goal) if one is not None}


def involved(finding: Finding, owner_of: Owner) -> set[str]:
    """Return the organisations that a finding concerns: asked, addressed, or owner of a party."""
    owners = (owner_of(party) for party in finding.parties)
    named = (finding.must_act.organisation, finding.addressee, *owners)
    return {one for one in named if one is not None}
