"""Findings: conflicts, coupling opportunities and policy feedback, with their lifecycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from hub.model.vocabulary import Classification, DecisionKind

EvidenceValue = bool | int | float | str | tuple[str, ...] | tuple[int, ...] | None
"""What a measured fact may be; days are written as YYYY-MM-DD."""


class FindingKind(StrEnum):
    """The three families of findings."""

    CONFLICT = "conflict"
    OPPORTUNITY = "opportunity"
    FEEDBACK = "feedback"


class Certainty(StrEnum):
    """Whether a finding holds for every way of filling in what is unknown, or for at least one."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


class Severity(StrEnum):
    """How bad it is."""

    INFO = "info"
    LIGHT = "light"
    HEAVY = "heavy"

    @property
    def rank(self) -> int:
        """Return 0 for info up to 2 for heavy."""
        return ("info", "light", "heavy").index(self.value)


class Feasibility(StrEnum):
    """Whether an option lies inside the known room, outside it, or must be asked."""

    YES = "yes"
    NO = "no"
    ASK = "ask"


class Status(StrEnum):
    """Where a finding stands in its life; all but `resolved` are open."""

    DETECTED = "detected"
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    TO_BE_REASSESSED = "to_be_reassessed"
    RESOLVED = "resolved"

    @property
    def is_open(self) -> bool:
        """Tell whether the finding still stands."""
        return self is not Status.RESOLVED

    @property
    def awaits_answer(self) -> bool:
        """Tell whether nobody has answered the finding as it is now."""
        return self not in (Status.ACKNOWLEDGED, Status.RESOLVED)


class ResolutionCause(StrEnum):
    """Why a finding was resolved; the first that holds, in this order."""

    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    REALISED = "realised"
    POLICY = "policy"
    DATA = "data"
    TIME = "time"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One measured fact; a volatile one moves with the reference date and is never an update."""

    name: str
    value: EvidenceValue
    unit: str | None = None
    threshold: bool | int | float | str | None = None
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class MustAct:
    """Who is asked to act, for which work, and by which criterion."""

    organisation: str | None
    intervention: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that could be done; only shifts say which conflicts they close and open."""

    action: str
    intervention: str | None = None
    days: int | None = None
    feasible: Feasibility = Feasibility.ASK
    closes: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Savings:
    """What doing works together would save; `None` is unknown."""

    area_m2: float | None = None
    amount_cents: int | None = None
    nuisance_days: int | None = None


@dataclass(frozen=True, slots=True)
class Realised:
    """A chance that was taken: on which day, at which log offset, and by which work.

    `work` is the candidate that came to serve the goal (O03), None for a pair (O01, O02).
    """

    on: date
    as_of: int | None = None
    work: str | None = None


@dataclass(frozen=True, slots=True)
class LifecycleFacts:
    """What a later step needs to know of a finding's past; part of its record, not of reports.

    `as_of` is the log offset at which the record last changed (None outside the stream),
    `made_as_of` that at which it was first made; `ever_answered` tells whether it was ever
    acknowledged, accepted or countered; `declined_material` is the material content at the moment
    it was declined; `realised` lists when an opportunity was taken, once per day and work.
    """

    as_of: int | None = None
    ever_answered: bool = False
    declined_material: str | None = None
    made_as_of: int | None = None
    realised: tuple[Realised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding: its full current state (model 10.1-10.2).

    `savings` and `moves` belong to opportunities, `addressee` to `answer_overdue` to feedback.
    """

    id: str
    kind: FindingKind
    rule: str
    rule_version: int
    policy_version: str
    certainty: Certainty
    severity: Severity
    parties: tuple[str, ...]
    must_act: MustAct
    area: str | None = None
    goal: str | None = None
    evidence: tuple[Evidence, ...] = ()
    options: tuple[Option, ...] = ()
    status: Status = Status.DETECTED
    revision: int = 1
    first_seen: date
    last_changed: date
    cause: ResolutionCause | None = None
    classification: Classification = Classification.RESTRICTED
    savings: Savings | None = None
    moves: Mapping[str, int] | None = None
    addressee: str | None = None
    answer_by: date | None = None
    possible_answers: tuple[DecisionKind, ...] = ()
    answer_overdue: bool | None = None
    facts: LifecycleFacts = field(default_factory=LifecycleFacts)

    def accepts(self, answer: DecisionKind) -> bool:
        """Tell whether an answer is one that the finding names; to take it in hand always is."""
        return (
            self.kind is not FindingKind.FEEDBACK
            or answer is DecisionKind.ACKNOWLEDGE
            or not self.possible_answers
            or answer in self.possible_answers
        )


def report_order(finding: Finding) -> tuple[int, str]:
    """Return the sort key of reports: heavy first, then by id."""
    return -finding.severity.rank, finding.id


def _rounded(value: float | Decimal, step: str) -> float:
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return float(exact.quantize(Decimal(step), rounding=ROUND_HALF_UP))


def rounded_metres(value: float | Decimal) -> float:
    """Return a distance rounded to 0.01 m, half away from zero."""
    return _rounded(value, "0.01")


def rounded_area(value: float) -> float:
    """Return an area rounded to 0.1 m², half away from zero."""
    return _rounded(value, "0.1")


def rounded_share(value: float | Decimal) -> float:
    """Return a share rounded to 0.0001, half away from zero."""
    return _rounded(value, "0.0001")
