"""C19: a rider and its leading work do not fit (*meekoppelaar buiten de leidende opgave*).

Version 1. Essay 1.3: the leading work sets the room; 1.8: a partner that is ready to invest cannot
wait for a plan that is not sure. A leading work that is over by its own plan but neither completed
nor withdrawn is no gone leader: C18 asks its owner first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.model.dates import iso
from hub.model.finding import Certainty, Evidence, Feasibility, Finding, MustAct, Option, Severity
from hub.model.vocabulary import Firmness
from hub.rules.facts import WorkFacts
from hub.rules.movement import earlier, later
from hub.rules.rule import Draft, Language, Rule, Scope, Texts, key_of, unit_of_work
from hub.rules.wording import day_of, days, value
from hub.rules.work import SOFT_FIRMNESS, Work

_GONE, _OUTSIDE, _UNCERTAIN = "leader_gone", "outside_room", "uncertain_investment"
_COMMITTED = Firmness.COMMITTED.rank


def find(facts: WorkFacts) -> Iterator[Draft]:
    """Yield what does not fit between a rider and its leading work."""
    rider, leading = facts.work, facts.leader
    if leading is None or not rider.is_active(facts.ref):
        return
    if leading.is_withdrawn or leading.is_completed:
        yield _leader_gone(rider, leading)
        return
    if leading.is_active(facts.ref):
        yield from _outside_room(facts, leading)
    if rider.rank >= _COMMITTED and leading.firmness in SOFT_FIRMNESS:
        yield _uncertain_investment(rider, leading)


def _leader_gone(rider: Work, leading: Work) -> Draft:
    """Return the finding of a rider left alone.

    The cap would look at a leading work only if it were a draft, and a withdrawn or completed one
    is none, so it looks at the rider alone without being told.
    """
    return _draft(
        (rider, leading),
        _GONE,
        Severity.HEAVY,
        act=MustAct(rider.owner, rider.id, "leader_gone"),
        evidence=(Evidence("leader_firmness", leading.firmness.value),),
        options=lambda: (_decouple(rider),),
    )


def _outside_room(facts: WorkFacts, leading: Work) -> Iterator[Draft]:
    rider, room, ref = facts.work, leading.room_window, facts.ref
    span = rider.span
    if span is None or room is None:
        return
    start, end = room
    before, after = max(0, start - span.s_lo), max(0, span.e_hi - end)
    if not before and not after:
        return

    def options() -> tuple[Option, ...]:
        moves = [later(rider, before)] if before else []
        moves += [earlier(rider, after, ref)] if after else []
        return (*moves, _decouple(rider))

    is_certain = span.s_hi < start or span.e_lo > end
    is_apart = span.e_hi <= start or span.s_lo >= end
    yield _draft(
        (rider, leading),
        _OUTSIDE,
        Severity.HEAVY if is_apart else Severity.LIGHT,
        certainty=Certainty.CERTAIN if is_certain else Certainty.POSSIBLE,
        act=MustAct(rider.owner, rider.id, "leading_sets_room"),
        evidence=(
            Evidence("room_start", iso(start)),
            Evidence("room_end", iso(end)),
            Evidence("days_before", before, "days"),
            Evidence("days_after", after, "days"),
        ),
        options=options,
    )


def _uncertain_investment(rider: Work, leading: Work) -> Draft:
    return _draft(
        (rider, leading),
        _UNCERTAIN,
        Severity.LIGHT,
        act=MustAct(leading.owner, leading.id, "leading_uncertain"),
        evidence=(
            Evidence("rider_firmness", rider.firmness.value),
            Evidence("leader_firmness", leading.firmness.value),
        ),
        options=lambda: (
            Option(action="confirm_window", intervention=leading.id),
            _decouple(rider),
        ),
    )


def _decouple(rider: Work) -> Option:
    return Option(action="decouple", intervention=rider.id, feasible=Feasibility.YES)


def _draft(
    works: tuple[Work, Work],
    variant: str,
    severity: Severity,
    *,
    act: MustAct,
    evidence: tuple[Evidence, ...],
    options: Callable[[], tuple[Option, ...]],
    certainty: Certainty = Certainty.CERTAIN,
) -> Draft:
    rider, leading = works
    first, second = sorted((rider.id, leading.id))
    return Draft(
        key=(rider.id, leading.id, variant),
        certainty=certainty,
        severity=severity,
        parties=(first, second),
        must_act=act,
        evidence=(Evidence("variant", variant), *evidence),
        options=options,
    )


def explain(finding: Finding, language: Language, name: Callable[[str], str]) -> str:
    """Return what does not fit, in words."""
    rider, leading = (name(work) for work in key_of(finding.id)[:2])
    variant, dutch = value(finding, "variant"), language is Language.NL
    if variant == _GONE:
        withdrawn = value(finding, "leader_firmness") == Firmness.WITHDRAWN
        if dutch:
            how = "is vervallen" if withdrawn else "is al klaar"
            return f"{rider} rijdt mee met {leading}, maar dat werk {how}."
        how = "is withdrawn" if withdrawn else "is done already"
        return f"{rider} rides along with {leading}, but that work {how}."
    if variant == _UNCERTAIN:
        if dutch:
            return f"{rider} ligt vast en rijdt mee met {leading}, maar dat plan is nog niet zeker."
        return f"{rider} is fixed and rides along with {leading}, but that plan is not sure yet."
    start, end = (day_of(finding, item, language) for item in ("room_start", "room_end"))
    before, after = value(finding, "days_before"), value(finding, "days_after")
    if dutch:
        off = [f"{days(before, language)} ervoor"] if before else []
        off += [f"{days(after, language)} erna"] if after else []
        return (
            f"{rider} rijdt mee met {leading}, dat ruimte heeft van {start} tot {end}, maar valt "
            f"daarbuiten: {' en '.join(off)}."
        )
    off = [f"{days(before, language)} before it"] if before else []
    off += [f"{days(after, language)} after it"] if after else []
    return (
        f"{rider} rides along with {leading}, which has room from {start} until {end}, but falls "
        f"outside it: {' and '.join(off)}."
    )


RULE = Rule(
    id="C19",
    title=Texts(
        nl="Meekoppelaar buiten de leidende opgave",
        en="Rider and leading work do not fit",
    ),
    purpose=Texts(
        nl="Een meekoppelend werk waarvan de leidende opgave weg, elders in de tijd of onzeker is.",
        en="A rider whose leading work is gone, elsewhere in time, or unsure.",
    ),
    find={Scope.WORK: find},
    unit_of=unit_of_work,
    thresholds=(),
    depends_on_date=True,
    reads=(
        "role",
        "shift_room",
        "ride_along_with",
    ),
    sums=(
        Texts(
            "ruimte leidende opgave {room_start} – {room_end}: {days_before} ervoor,"
            " {days_after} erna",
            "room of the leading work {room_start} – {room_end}: {days_before} before it,"
            " {days_after} after it",
        ),
    ),
    explain=explain,
)
