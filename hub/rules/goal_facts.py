"""What rules may ask about a policy goal, a chance that is gone, and the programme as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from hub.model.finding import Finding
from hub.model.policy import PolicyValues
from hub.model.reference import PolicyGoal
from hub.rules.facts import Facts
from hub.rules.work import Work


class GoalFacts(Facts, Protocol):
    """A policy goal with the works that concern it; the values are those of its municipality."""

    @property
    def goal(self) -> PolicyGoal:
        """Return the goal."""

    @property
    def contributors(self) -> Sequence[Work]:
        """Return the live and completed works that contribute to it, by id."""

    @property
    def has_silent_works(self) -> bool:
        """Tell whether a live work in its place does not say what it contributes (rules 3.5)."""

    @property
    def rideable(self) -> Sequence[Work]:
        """Return the active works below execution that open a street in its place, by id.

        Each has a discipline the goal rides on and starts by the due year.
        """

    def is_served_by(self, work: str) -> bool:
        """Tell whether a work, or an active rider of it, contributes to the goal."""

    def policy_of(self, work: Work | None) -> PolicyValues:
        """Return the values in force for a work; for None those that hold everywhere."""


class LossFacts(Facts, Protocol):
    """An opportunity, or one candidate of it, that is declined or no longer there.

    The values are those of the candidate, or of the first party.
    """

    @property
    def opportunity(self) -> Finding:
        """Return the record of the opportunity as it was before this step."""

    @property
    def candidate(self) -> Work | None:
        """Return the work that left an opportunity of a goal, None where all of it is gone."""

    @property
    def works(self) -> Sequence[Work]:
        """Return the candidate, or the works of the opportunity, as they are now."""

    @property
    def is_declined(self) -> bool:
        """Tell whether the opportunity was declined."""

    @property
    def was_certain(self) -> bool:
        """Tell whether the chance was certain before this step; of a candidate: whether he was."""

    @property
    def is_taken(self) -> bool:
        """Tell whether the works are joint now, or the candidate serves the goal."""

    @property
    def is_by_reference(self) -> bool:
        """Tell whether the step is a change of policy or other reference data."""

    @property
    def is_reached(self) -> bool:
        """Tell whether nothing remains of the goal."""

    @property
    def is_still_seen(self) -> bool:
        """Tell whether the same pair is now another opportunity or a conflict."""


class ProgrammeFacts(Facts, Protocol):
    """The programme as a whole, and what became of its chances; values that hold everywhere."""

    @property
    def losses(self) -> Sequence[Finding]:
        """Return the records of chances that are gone, by id."""

    @property
    def taken_on(self) -> Sequence[date]:
        """Return when chances were taken: the last day of each pair, or candidate of a goal."""
