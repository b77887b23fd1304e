"""Findings that tell one story, put together: a planner drowns above about three per work.

Four busy works in one street give six pairs, a sewer of eight pipe strings gives everything eight
times. The rules are right to tell each (each has its own id, answer and lifecycle), a reader is not
helped by it. So the text report folds what would be more than three findings of one severity
into one paragraph:

- *around* a work: findings between two works, of all works that have one with it, so that a street
  in which all meet all is one paragraph, and those about places where only these works meet.
  Around one work, as a bundle is (rules 4), and not along a chain of works that meet: a chain has
  no end in a city;
- *along* a work: the other findings of one rule about places, such as the sections of a street;
- *of* an organisation: findings of one rule about one work each.

The works of one project of one owner are one here. Nothing is folded that is about a goal: it has
an addressee of its own. Only the text is folded; JSON and the stream tell each finding.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from hub.model.finding import Certainty, Finding, report_order

MOST_IN_FULL = 3
"""As many findings of one severity with one subject are told each by itself: issue C asks what is
done about more than about three per work."""

Group = Callable[[str], str]
"""From a work to what stands for it: itself, or the project of which it is a part."""


class Kind(Enum):
    """What the findings of a paragraph have in common."""

    AROUND = "around"
    ALONG = "along"
    OF = "of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Findings that are told in one paragraph, the certain ones first.

    `subject` is the work, or one work of the project, that they are around or along, or the
    organisation that they are of.
    """

    kind: Kind
    subject: str
    findings: tuple[Finding, ...]

    @property
    def works(self) -> tuple[str, ...]:
        """Return all works that are named, sorted."""
        return tuple(sorted({party for finding in self.findings for party in finding.parties}))


Item = Finding | Fold


def folded(findings: Iterable[Finding], group_of: Group) -> list[Item]:
    """Return findings of one severity as they are told, in the order of a report.

    The order of the findings that come in does not matter.
    """
    pairs: list[Finding] = []
    places: list[Finding] = []
    singles: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    items: list[Item] = []
    for finding in sorted(findings, key=report_order):
        groups = len({group_of(party) for party in finding.parties})
        if finding.goal is not None or not finding.parties:
            items.append(finding)
        elif finding.area is not None and len(finding.parties) > 1:
            places.append(finding)
        elif groups == 1:
            singles[finding.rule, finding.must_act.organisation or ""].append(finding)
        elif groups == 2:
            pairs.append(finding)
        else:
            items.append(finding)
    spots = _Spots(places, group_of)
    items += _around(pairs, spots, group_of)
    for found in spots.by_rule():
        items += _along(found, group_of)
    for (_, organisation), found in singles.items():
        items += _told(Kind.OF, organisation, found)
    return sorted(items, key=_order)


def _order(item: Item) -> tuple[int, str]:
    if isinstance(item, Finding):
        return report_order(item)
    return min(report_order(finding) for finding in item.findings)


def _told(kind: Kind, subject: str, findings: Sequence[Finding]) -> Iterator[Item]:
    """Yield findings each by itself, or as one paragraph when they are too many."""
    if len(findings) <= MOST_IN_FULL or not subject:
        yield from findings
        return
    order = sorted(
        findings, key=lambda one: (one.certainty is not Certainty.CERTAIN, report_order(one))
    )
    yield Fold(kind=kind, subject=subject, findings=tuple(order))


class _Spots:
    """Findings about places, until they are told."""

    def __init__(self, findings: Sequence[Finding], group_of: Group) -> None:
        self._groups = {one.id: {group_of(party) for party in one.parties} for one in findings}
        self._left = {one.id: one for one in findings}
        self._at: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            for group in self._groups[finding.id]:
                self._at[group].append(finding)

    def take(self, members: set[str]) -> list[Finding]:
        """Return the findings in which only these works meet, and take them out."""
        near = {finding.id for member in members for finding in self._at[member]}
        inside = [key for key in near if key in self._left and self._groups[key] <= members]
        return [self._left.pop(key) for key in sorted(inside)]

    def by_rule(self) -> Iterator[list[Finding]]:
        """Yield what nobody took, per rule."""
        of: dict[str, list[Finding]] = defaultdict(list)
        for finding in self._left.values():
            of[finding.rule].append(finding)
        yield from of.values()


def _around(findings: Sequence[Finding], spots: _Spots, group_of: Group) -> Iterator[Item]:
    """Yield pairs around the works with most of them: a work, its neighbours, all between them."""
    between: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings:
        one, other = sorted({group_of(party) for party in finding.parties})
        between[one][other].append(finding)
        between[other][one].append(finding)
    counts = {key: sum(map(len, beside.values())) for key, beside in between.items()}
    busiest = [(-count, key) for key, count in counts.items()]
    heapq.heapify(busiest)
    while busiest:
        count, centre = heapq.heappop(busiest)
        if -count != counts[centre]:
            if counts[centre]:
                heapq.heappush(busiest, (-counts[centre], centre))
            continue
        members = {centre, *between[centre]}
        taken = _taken(members, between, counts)
        if len(taken) > MOST_IN_FULL:
            taken += spots.take(members)
        yield from _told(Kind.AROUND, _busiest_work(taken, centre, group_of), taken)


def _taken(
    members: set[str],
    between: dict[str, dict[str, list[Finding]]],
    counts: dict[str, int],
) -> list[Finding]:
    """Return what is between the members, and take it out."""
    taken = []
    for one in sorted(members):
        beside = between[one]
        inside = [other for other in beside if other in members and one < other]
        for other in inside:
            found = beside.pop(other)
            del between[other][one]
            counts[one] -= len(found)
            counts[other] -= len(found)
            taken += found
    return taken


def _busiest_work(findings: Sequence[Finding], centre: str, group_of: Group) -> str:
    """Return the work that a paragraph is named after, of those that stand for one group."""
    named = Counter(
        party for finding in findings for party in finding.parties if group_of(party) == centre
    )
    return min(named, key=lambda work: (-named[work], work))


def _along(findings: Sequence[Finding], group_of: Group) -> Iterator[Item]:
    """Yield findings about places by the work that is in most of them."""
    rest = {finding.id: finding for finding in findings}
    at: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for group in {group_of(party) for party in finding.parties}:
            at[group].append(finding)
    order = [(-len(found), group) for group, found in at.items()]
    heapq.heapify(order)
    while order:
        count, group = heapq.heappop(order)
        found = [finding for finding in at[group] if finding.id in rest]
        if len(found) < -count:
            if found:
                heapq.heappush(order, (-len(found), group))
            continue
        for finding in found:
            del rest[finding.id]
        yield from _told(Kind.ALONG, _busiest_work(found, group, group_of), found)
