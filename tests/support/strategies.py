"""Hypothesis strategies for whole objects of the model: valid ones, with every field in play."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from hub.contracts.connector_state import ConnectorState
from hub.model import vocabulary as words
from hub.model.change import ChangeKind, PlanChange, WithdrawnSource
from hub.model.dates import PlanDate, ShiftRoom, Window
from hub.model.decision import Decision
from hub.model.facets import Facet, FacetState, TakenDecision
from hub.model.finding import (
    Certainty,
    Evidence,
    Feasibility,
    Finding,
    FindingKind,
    LifecycleFacts,
    MustAct,
    Option,
    Realised,
    ResolutionCause,
    Savings,
    Severity,
    Status,
)
from hub.model.geometry import Geometry, GeometryType
from hub.model.intervention import (
    Dependency,
    FundingLine,
    GoalContribution,
    Governance,
    Intervention,
    Participation,
    RequiredDecision,
    Source,
)
from hub.model.policy import THRESHOLDS
from hub.model.programme import LastChange, LogEntry, ProgrammeEntry, Tick, WorkState
from hub.model.reference import (
    AreaProfile,
    CalendarEntry,
    DigMoratorium,
    Instrument,
    KnownNetwork,
    PolicyConfig,
    PolicyGoal,
)
from hub.model.vocabulary import NOBODY

MAX_CENTS = 2**53 - 1


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """Return a strategy that also gives None: unknown."""
    return st.none() | strategy


ids = st.text("abcXYZ0189._:/-", min_size=1, max_size=12)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
municipalities = st.integers(0, 9999).map(lambda n: f"GM{n:04d}")
days = st.dates(date(1900, 1, 1), date(2999, 12, 31))
plan_days = st.dates(date(2020, 1, 1), date(2050, 12, 31))
durations = st.integers(1, 36_525)
cents = st.integers(0, MAX_CENTS) | st.integers(0, 10_000_000)
years = st.integers(1900, 2999)
decimals = st.decimals(
    min_value=Decimal("0.000001"), max_value=Decimal(10**9), places=6, allow_nan=False
).map(lambda number: number.normalize())
amounts = (
    decimals | decimals.map(lambda number: -number) | st.integers(-(10**9), 10**9).map(Decimal)
)
shares = st.integers(0, 10**6).map(lambda n: Decimal(n) / 10**6)


@st.composite
def plan_dates(draw: st.DrawFn, first: date = date(2020, 1, 1)) -> PlanDate:
    """Give a plan date of any of the four precisions, not before a day's year."""
    day = draw(st.dates(first, date(2060, 12, 31)))
    form = draw(st.sampled_from(("%Y", "%Y-%m", "%Y-%m-%d", "quarter")))
    quarter = f"{day.year}-Q{(day.month + 2) // 3}"
    return PlanDate.parse(quarter if form == "quarter" else day.strftime(form))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Give a window that is not empty, with any pair of precisions."""
    pair = draw(
        st.tuples(plan_dates(), plan_dates()).filter(
            lambda pair: not Window(*pair).is_empty or not Window(*reversed(pair)).is_empty
        )
    )
    window = Window(*pair)
    return Window(pair[1], pair[0]) if window.is_empty else window


@st.composite
def shift_rooms(draw: st.DrawFn) -> ShiftRoom:
    """Give a shift room with one side, both or none."""
    window = draw(windows())
    return ShiftRoom(
        window.start if draw(st.booleans()) else None, window.end if draw(st.booleans()) else None
    )


@st.composite
def _rectangles(draw: st.DrawFn, left: float, bottom: float) -> tuple:
    width = draw(st.integers(1, 400_000)) / 1000
    height = draw(st.integers(1, 400_000)) / 1000
    right, top = left + width, bottom + height
    ring = ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))
    if draw(st.booleans()):
        return (ring,)
    hole = tuple(
        (left + (x - left) / 4 + width / 4, bottom + (y - bottom) / 4 + height / 4) for x, y in ring
    )
    return ring, hole


@st.composite
def geometries(draw: st.DrawFn, *, only_surfaces: bool = False) -> Geometry:
    """Give a valid geometry of any of the six types, somewhere in the Netherlands."""
    kinds = [kind for kind in GeometryType if kind.is_surface or not only_surfaces]
    kind = draw(st.sampled_from(kinds))
    x = draw(st.integers(10_000_000, 270_000_000)) / 1000
    y = draw(st.integers(310_000_000, 610_000_000)) / 1000
    point = (x, y)
    steps = draw(st.lists(st.integers(1, 50_000), min_size=1, max_size=6))
    line = tuple((x + sum(steps[:n]) / 1000, y + (n % 2)) for n in range(len(steps) + 1))
    match kind:
        case GeometryType.POINT:
            return Geometry(kind, point)
        case GeometryType.MULTI_POINT | GeometryType.LINE_STRING:
            return Geometry(kind, line)
        case GeometryType.MULTI_LINE_STRING:
            return Geometry(kind, (line, tuple((px, py + 10) for px, py in line)))
        case GeometryType.POLYGON:
            return Geometry(kind, draw(_rectangles(x, y)))
    parts = draw(st.integers(1, 3))
    return Geometry(kind, tuple(draw(_rectangles(x + 1000 * n, y)) for n in range(parts)))


funding_lines = st.builds(
    FundingLine,
    source=texts,
    amount_cents=cents,
    status=st.sampled_from(words.FundingStatus),
    budget_year=maybe(years),
    decided_by=maybe(st.sampled_from(words.DecisionLevel)),
)
required_decisions = st.builds(
    RequiredDecision,
    id=ids,
    level=st.sampled_from(words.DecisionLevel),
    status=st.sampled_from(words.RequiredDecisionStatus),
    submitted_on=maybe(days),
    needed_by=maybe(days),
)
governances = st.builds(
    Governance,
    political_client=maybe(texts | st.just(NOBODY)),
    official_client=maybe(texts | st.just(NOBODY)),
    delivery_lead=maybe(texts | st.just(NOBODY)),
    mandate_cents=maybe(cents),
    support=maybe(st.sampled_from(words.Support)),
    capacity=maybe(st.sampled_from(words.Capacity)),
    portfolios=maybe(st.lists(texts, max_size=3).map(tuple)),
)
sources = st.builds(
    Source,
    system=maybe(ids),
    key=maybe(texts),
    revision=maybe(st.integers(-(2**53) + 1, 2**53 - 1)),
    registered_on=maybe(days),
    updated_on=maybe(days),
)


@st.composite
def participations(draw: st.DrawFn) -> Participation:
    """Give a participation process whose end is after its start."""
    window = draw(windows())
    return Participation(
        draw(st.sampled_from(words.ParticipationStatus)),
        window.start if draw(st.booleans()) else None,
        window.end if draw(st.booleans()) else None,
        draw(maybe(durations)),
    )


@st.composite
def interventions(
    draw: st.DrawFn, *, id: str | None = None, complete: bool = False
) -> Intervention:
    """Give an intervention without contradictions; `complete` ones have what a work must have."""
    work_id = draw(ids) if id is None else id
    other = ids.filter(lambda name: name != work_id)
    dependencies = st.lists(
        st.builds(
            Dependency,
            on=other,
            type=st.sampled_from(words.DependencyType),
            lag_days=st.integers(-36_525, 36_525),
        ),
        max_size=3,
        unique_by=lambda item: (item.on, item.type),
    )
    must = (lambda strategy: strategy) if complete else maybe
    return draw(
        st.builds(
            Intervention,
            id=st.just(work_id),
            title=maybe(texts),
            plan_owner=must(ids),
            municipality=maybe(municipalities),
            discipline=must(st.sampled_from(words.Discipline)),
            work_type=maybe(st.sampled_from(words.WorkType)),
            firmness=must(st.sampled_from(words.Firmness)),
            role=maybe(st.sampled_from(words.Role)),
            window=maybe(windows()),
            duration_days=maybe(durations),
            shift_room=maybe(shift_rooms()),
            baseline_start=maybe(plan_dates()),
            geometry=maybe(geometries()),
            opens_surface=maybe(st.booleans()),
            renews_surface=maybe(st.booleans()),
            surface_type=maybe(st.sampled_from(words.SurfaceType)),
            traffic_impact=maybe(st.sampled_from(words.TrafficImpact)),
            below_ground_width_m=maybe(decimals),
            exemption=maybe(st.sampled_from(words.Exemption)),
            ride_along_with=maybe(other),
            dependencies=maybe(dependencies.map(tuple)),
            cost_cents=maybe(cents),
            funding=maybe(st.lists(funding_lines, max_size=3).map(tuple)),
            required_decisions=maybe(
                st.lists(required_decisions, max_size=3, unique_by=lambda d: d.id).map(tuple)
            ),
            participation=maybe(participations()),
            governance=maybe(governances),
            goal_contributions=maybe(
                st.lists(
                    st.builds(GoalContribution, goal=ids, amount=amounts, instrument=maybe(ids)),
                    max_size=3,
                ).map(tuple)
            ),
            approach_adapted=maybe(st.booleans()),
            classification=maybe(st.sampled_from(words.Classification)),
            project_number=maybe(texts),
            source=maybe(sources),
        )
    )


def plan_changes() -> st.SearchStrategy[PlanChange]:
    """Give an upsert or a withdrawal."""
    withdrawn = st.builds(
        WithdrawnSource, system=ids, key=maybe(texts), revision=maybe(st.integers(0, 10**6))
    )
    return st.builds(
        PlanChange, at=days, intervention=interventions(), cause=maybe(texts)
    ) | st.builds(PlanChange, at=days, withdraw=ids, source=maybe(withdrawn), cause=maybe(texts))


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Give a decision with the references its kind needs."""
    kind = draw(st.sampled_from(words.DecisionKind))
    taken = kind is words.DecisionKind.TAKEN
    finding = st.builds(lambda a, b: f"C01:{a}|{b}", ids, ids)
    return Decision(
        id=draw(ids),
        kind=kind,
        by=draw(ids),
        on=draw(days),
        finding=draw(maybe(finding) if taken else finding),
        intervention=draw(ids if taken else maybe(ids)),
        required_decision=draw(ids if taken else maybe(ids)),
        reason=draw(maybe(texts)),
    )


@st.composite
def _periods(draw: st.DrawFn) -> tuple[date, date]:
    start = draw(plan_days)
    return start, start + timedelta(days=draw(st.integers(1, 4000)))


@st.composite
def calendar_entries(draw: st.DrawFn) -> CalendarEntry:
    """Give a period, a meeting or a gate."""
    kind = draw(st.sampled_from(words.CalendarKind))
    start, end = draw(_periods())
    return CalendarEntry(
        id=draw(ids),
        kind=kind,
        start=start,
        end=end if kind.is_period else None,
        repeat_yearly=draw(st.booleans()),
        municipality=draw(maybe(municipalities)),
        disciplines=draw(maybe(st.lists(st.sampled_from(words.Discipline), max_size=3).map(tuple))),
        work_types=draw(maybe(st.lists(st.sampled_from(words.WorkType), max_size=3).map(tuple))),
        geometry=draw(maybe(geometries())),
    )


@st.composite
def moratoria(draw: st.DrawFn) -> DigMoratorium:
    """Give a dig moratorium."""
    start, end = draw(_periods())
    return DigMoratorium(
        id=draw(ids),
        geometry=draw(geometries()),
        start=start,
        end=end,
        effect=draw(st.sampled_from(words.MoratoriumEffect)),
        exempt=tuple(draw(st.lists(st.sampled_from(words.Exemption), max_size=2))),
        caused_by=draw(maybe(ids)),
    )


instruments = st.builds(
    Instrument,
    id=ids,
    title=maybe(texts),
    expected_amount=maybe(decimals),
    from_year=maybe(st.integers(1900, 2000)),
    to_year=maybe(st.integers(2000, 2999)),
)
goals = st.builds(
    PolicyGoal,
    id=ids,
    policy_owner=ids,
    title=maybe(texts),
    policy_field=maybe(texts),
    target_amount=maybe(decimals),
    unit=maybe(texts),
    due_year=maybe(years),
    area=maybe(ids),
    municipality=maybe(municipalities),
    rides_on_disciplines=maybe(st.lists(st.sampled_from(words.Discipline), max_size=3).map(tuple)),
    instruments=maybe(st.lists(instruments, max_size=2, unique_by=lambda i: i.id).map(tuple)),
)
areas = st.builds(
    AreaProfile,
    id=ids,
    geometry=geometries(only_surfaces=True),
    kind=st.sampled_from(words.AreaKind),
    vulnerable_share=maybe(shares),
    below_ground_free_width_m=maybe(decimals),
    past_openings=maybe(st.lists(days, max_size=3).map(tuple)),
    known_networks=maybe(
        st.lists(
            st.builds(
                KnownNetwork,
                discipline=st.sampled_from(words.Discipline),
                organisation=ids,
                answer=maybe(st.sampled_from(words.PartnerAnswer)),
                asked_on=maybe(days),
            ),
            max_size=3,
            unique_by=lambda n: (n.discipline, n.organisation),
        ).map(tuple)
    ),
)


@st.composite
def policies(draw: st.DrawFn) -> PolicyConfig:
    """Give a policy with values of the form their threshold asks for."""
    start, end = draw(_periods())
    names = draw(st.lists(st.sampled_from(sorted(THRESHOLDS)), max_size=6, unique=True))
    return PolicyConfig(
        version=draw(ids),
        municipality=draw(municipalities | st.just("*")),
        valid_from=draw(maybe(st.just(start))),
        valid_to=draw(maybe(st.just(end))),
        values={name: draw(_threshold_values(name)) for name in names},
    )


def _threshold_values(name: str) -> st.SearchStrategy:
    form = THRESHOLDS[name].form
    if form.kind == "fields":
        item: st.SearchStrategy = st.lists(st.sampled_from(sorted(form.members)), max_size=3)
    elif form.kind == "list":
        item = st.lists(st.sampled_from(sorted(form.members)), max_size=3)
    elif form.kind == "flag":
        item = st.booleans()
    elif form.kind == "organisation":
        item = ids
    elif form.kind == "share":
        item = shares | st.sampled_from((0, 1))
    elif form.kind in ("days", "years", "cents", "count"):
        item = st.integers(0, 500)
    else:
        item = st.integers(0, 500) | decimals.filter(lambda n: n < 1000)
    if not form.keys:
        return item
    return st.dictionaries(st.sampled_from(sorted(form.keys)), item, max_size=3)


def reference_items() -> st.SearchStrategy:
    """Give a goal, calendar entry, moratorium, area or policy."""
    return goals | calendar_entries() | moratoria() | areas | policies()


last_changes = st.builds(
    LastChange,
    kinds=st.lists(st.sampled_from(ChangeKind), max_size=3).map(tuple),
    at=days,
    cause=maybe(texts),
    fields=st.lists(
        st.sampled_from([f.name for f in dataclasses.fields(Intervention)]), max_size=3
    ).map(tuple),
    before=maybe(interventions()),
)
programme_entries = st.builds(
    ProgrammeEntry,
    intervention=interventions(complete=True),
    revision=st.integers(1, 10**6),
    change=last_changes,
    provenance=st.dictionaries(texts, texts, max_size=3),
    first_adopted_start=maybe(plan_dates()),
    window_cause=maybe(texts),
)
facet_states = st.builds(
    FacetState,
    id=ids,
    facets=st.lists(
        st.builds(
            Facet, system=maybe(ids), intervention=interventions(), at=days, cause=maybe(texts)
        ),
        max_size=2,
    ).map(tuple),
    entry=maybe(programme_entries),
    taken=st.lists(
        st.builds(TakenDecision, decision=ids, required_decision=ids, on=days), max_size=2
    ).map(tuple),
    positions=st.dictionaries(texts, st.integers(0, 2**62), max_size=3),
)


def log_entries() -> st.SearchStrategy[LogEntry]:
    """Give a record of the programme log with any body."""
    works = st.builds(
        WorkState,
        intervention=interventions(complete=True),
        revision=st.integers(1, 10**6),
        first_adopted_start=maybe(plan_dates()),
        window_cause=maybe(texts),
    )
    bodies = works | decisions() | reference_items() | st.builds(Tick, day=days)
    return st.builds(LogEntry, at=days, body=bodies)


finite = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(-(2**63), 2**63 - 1)
evidence = st.builds(
    Evidence,
    name=texts,
    value=maybe(
        st.booleans()
        | whole
        | finite
        | texts
        | st.lists(texts, max_size=3).map(tuple)
        | st.lists(whole, max_size=3).map(tuple)
    ),
    unit=maybe(texts),
    threshold=maybe(st.booleans() | whole | finite | texts),
    volatile=st.booleans(),
)
options = st.builds(
    Option,
    action=texts,
    intervention=maybe(ids),
    days=maybe(st.integers(-36_525, 36_525)),
    feasible=st.sampled_from(Feasibility),
    closes=st.lists(ids, max_size=2).map(tuple),
    opens=st.lists(ids, max_size=2).map(tuple),
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Give a conflict, opportunity or feedback with the fields of its kind."""
    kind = draw(st.sampled_from(FindingKind))
    own = {}
    if kind is FindingKind.OPPORTUNITY:
        own = {
            "savings": draw(
                maybe(
                    st.builds(
                        Savings,
                        area_m2=maybe(finite),
                        amount_cents=maybe(cents),
                        nuisance_days=maybe(st.integers(0, 5000)),
                    )
                )
            ),
            "moves": draw(maybe(st.dictionaries(ids, st.integers(-5000, 5000), max_size=3))),
        }
    if kind is FindingKind.FEEDBACK:
        own = {
            "addressee": draw(maybe(texts)),
            "answer_by": draw(maybe(days)),
            "possible_answers": tuple(draw(st.lists(st.sampled_from(words.DecisionKind)))),
            "answer_overdue": draw(maybe(st.booleans())),
        }
    parties = tuple(sorted(draw(st.lists(ids, max_size=2, unique=True))))
    return Finding(
        id=f"C01:{'|'.join(parties)}",
        kind=kind,
        rule=draw(texts),
        rule_version=draw(st.integers(1, 99)),
        policy_version=draw(texts),
        certainty=draw(st.sampled_from(Certainty)),
        severity=draw(st.sampled_from(Severity)),
        parties=parties,
        must_act=draw(st.builds(MustAct, maybe(texts), maybe(ids), texts)),
        area=draw(maybe(ids)),
        goal=draw(maybe(ids)),
        evidence=tuple(draw(st.lists(evidence, max_size=4))),
        options=tuple(draw(st.lists(options, max_size=2))),
        status=draw(st.sampled_from(Status)),
        revision=draw(st.integers(1, 10**6)),
        first_seen=draw(days),
        last_changed=draw(days),
        cause=draw(maybe(st.sampled_from(ResolutionCause))),
        classification=draw(st.sampled_from(words.Classification)),
        facts=draw(
            st.builds(
                LifecycleFacts,
                as_of=maybe(st.integers(0, 2**62)),
                ever_answered=st.booleans(),
                declined_material=maybe(texts),
                made_as_of=maybe(st.integers(0, 2**62)),
                realised=st.lists(
                    st.builds(
                        Realised,
                        on=days,
                        as_of=maybe(st.integers(0, 2**62)),
                        work=maybe(ids),
                    ),
                    max_size=2,
                ).map(tuple),
            )
        ),
        **own,
    )


def connector_states() -> st.SearchStrategy[ConnectorState]:
    """Give the state of a row, or the cursor of a stream."""
    row = st.builds(
        ConnectorState,
        connector=ids,
        stream=ids,
        row_key=texts,
        content_hash=maybe(texts),
        intervention=maybe(interventions()),
        withdrawn=st.booleans(),
    )
    cursor = st.builds(
        ConnectorState,
        connector=ids,
        stream=ids,
        cursor=maybe(texts),
        cursor_version=st.integers(1, 9),
    )
    return row | cursor
