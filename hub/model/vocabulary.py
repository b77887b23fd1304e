"""The closed lists of the field, and the sentinel for "known to be nobody".

Dutch words stand beside the English ones where a planner would look for them.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Nobody(Enum):
    """Known to be nobody, as opposed to unknown (`None`)."""

    NOBODY = "nobody"


NOBODY = Nobody.NOBODY


class Discipline(StrEnum):
    """Asset or field a work belongs to."""

    SEWER = "sewer"
    DRINKING_WATER = "drinking_water"
    GAS = "gas"
    ELECTRICITY = "electricity"
    HEAT = "heat"
    TELECOM = "telecom"
    ROAD = "road"
    PUBLIC_SPACE = "public_space"
    GREENERY = "greenery"
    HOUSING = "housing"
    SURFACE_WATER = "surface_water"
    SOCIAL = "social"
    OTHER = "other"


NETWORK_DISCIPLINES = frozenset(
    {
        Discipline.SEWER,
        Discipline.DRINKING_WATER,
        Discipline.GAS,
        Discipline.ELECTRICITY,
        Discipline.HEAT,
        Discipline.TELECOM,
    }
)


class WorkType(StrEnum):
    """What is done."""

    REPLACE = "replace"
    RENOVATE = "renovate"
    NEW = "new"
    MAINTAIN = "maintain"
    RESURFACE = "resurface"
    REMOVE = "remove"
    REDESIGN = "redesign"
    GROUND_RAISING = "ground_raising"
    OTHER = "other"


class Firmness(StrEnum):
    """How certain a plan is (*hardheid*), from a signal to a finished work."""

    INDICATIVE = "indicative"
    DRAFT = "draft"
    ADOPTED = "adopted"
    COMMITTED = "committed"
    IN_EXECUTION = "in_execution"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"

    @property
    def rank(self) -> int:
        """Return the place on the ladder, 0 to 5; `withdrawn` stands below it at -1."""
        return _FIRMNESS_RANK[self]

    @property
    def is_live(self) -> bool:
        """Tell whether the work is still to be done or being done."""
        return 0 <= self.rank <= 4


_FIRMNESS_RANK = {
    Firmness.INDICATIVE: 0,
    Firmness.DRAFT: 1,
    Firmness.ADOPTED: 2,
    Firmness.COMMITTED: 3,
    Firmness.IN_EXECUTION: 4,
    Firmness.COMPLETED: 5,
    Firmness.WITHDRAWN: -1,
}


class Role(StrEnum):
    """Whether a work's window leads the others (*leidend*) or follows (*volgend*)."""

    LEADING = "leading"
    FOLLOWING = "following"


class SurfaceType(StrEnum):
    """The street surface, now and after renewal."""

    ASPHALT = "asphalt"
    CONCRETE = "concrete"
    PAVING = "paving"
    GREEN = "green"
    OTHER = "other"


class TrafficImpact(StrEnum):
    """Hindrance to motor traffic."""

    NONE = "none"
    PARTIAL = "partial"
    CLOSED = "closed"


class Exemption(StrEnum):
    """Ground for opening a street during a moratorium."""

    EMERGENCY = "emergency"
    UNFORESEEABLE = "unforeseeable"
    NEW_CONNECTION = "new_connection"


class DependencyType(StrEnum):
    """Which ends of two works are tied together."""

    FINISH_TO_START = "finish_to_start"
    START_TO_START = "start_to_start"
    FINISH_TO_FINISH = "finish_to_finish"


class FundingStatus(StrEnum):
    """How far a money line is decided."""

    REQUESTED = "requested"
    RESERVED = "reserved"
    APPROVED = "approved"
    REJECTED = "rejected"


class DecisionLevel(StrEnum):
    """Who decides: executive (*college*), council (*raad*) or the owner's own organisation."""

    MUNICIPAL_EXECUTIVE = "municipal_executive"
    MUNICIPAL_COUNCIL = "municipal_council"
    OWN_ORGANISATION = "own_organisation"


class RequiredDecisionStatus(StrEnum):
    """How far a decision that a work needs has come."""

    NOT_STARTED = "not_started"
    SUBMITTED = "submitted"
    TAKEN = "taken"
    REJECTED = "rejected"


class ParticipationStatus(StrEnum):
    """How far the process with residents has come."""

    NOT_NEEDED = "not_needed"
    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"


class Support(StrEnum):
    """Support for the work (*draagvlak*)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Capacity(StrEnum):
    """Time and people available."""

    SUFFICIENT = "sufficient"
    INSUFFICIENT = "insufficient"


class Classification(StrEnum):
    """Who may see a work or a finding, from open to closed."""

    PUBLIC = "public"
    PARTNERS = "partners"
    RESTRICTED = "restricted"


class DecisionKind(StrEnum):
    """What people tell the hub."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    DECLINE = "decline"
    COUNTER = "counter"
    TAKEN = "taken"


class CalendarKind(StrEnum):
    """What a calendar entry is."""

    CLOSED_PERIOD = "closed_period"
    SENSITIVE_PERIOD = "sensitive_period"
    COUNCIL_MEETING = "council_meeting"
    EXECUTIVE_MEETING = "executive_meeting"
    BUDGET_GATE = "budget_gate"

    @property
    def is_period(self) -> bool:
        """Tell whether entries of this kind last from a start to an end."""
        return self in (CalendarKind.CLOSED_PERIOD, CalendarKind.SENSITIVE_PERIOD)


class MoratoriumEffect(StrEnum):
    """Graded effect of a moratorium (*graafrust*)."""

    BLOCK = "block"
    FEE = "fee"
    REVIEW = "review"


class AreaKind(StrEnum):
    """What an area profile describes."""

    STREET_SEGMENT = "street_segment"
    NEIGHBOURHOOD = "neighbourhood"
    OTHER = "other"


class PartnerAnswer(StrEnum):
    """What an organisation with assets in an area answered."""

    HAS_NEED = "has_need"
    NO_NEED = "no_need"
    NO_ANSWER = "no_answer"
