"""Findings that tell one story become one paragraph; none is lost, and few stay as they are."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.check.folding import MOST_IN_FULL, Fold, Item, Kind, folded
from hub.check.selection import Selection
from hub.model.finding import Certainty, Finding, FindingKind, MustAct, Severity

TODAY = date(2026, 11, 24)


def finding(
    key: str,
    *parties: str,
    rule: str = "O02",
    who: str | None = "a-co",
    area: str | None = None,
    goal: str | None = None,
    certainty: Certainty = Certainty.CERTAIN,
) -> Finding:
    return Finding(
        id=f"{rule}:{key}",
        kind=FindingKind.OPPORTUNITY if rule.startswith("O") else FindingKind.CONFLICT,
        rule=rule,
        rule_version=1,
        policy_version="default",
        certainty=certainty,
        severity=Severity.LIGHT,
        parties=tuple(sorted(parties)),
        must_act=MustAct(who, None, "role"),
        evidence=(),
        area=area,
        goal=goal,
        first_seen=TODAY,
        last_changed=TODAY,
    )


def pair(one: str, other: str) -> Finding:
    first, second = sorted((one, other))
    return finding(f"{first}|{second}", first, second)


def itself(work: str) -> str:
    return work


def told(item: Item) -> list[str]:
    return [one.id for one in item.findings] if isinstance(item, Fold) else [item.id]


def test_three_pairs_of_a_work_stay_by_themselves_and_the_fourth_folds_them():
    pairs = [pair("hub", f"w{number}") for number in range(4)]

    assert folded(pairs[:3], itself) == pairs[:3]
    (fold,) = folded(pairs, itself)
    assert isinstance(fold, Fold)
    assert (fold.kind, fold.subject) == (Kind.AROUND, "hub")
    assert fold.works == ("hub", "w0", "w1", "w2", "w3")


def test_a_street_in_which_all_meet_all_is_one_paragraph():
    pairs = [pair(*two) for two in combinations([f"w{number}" for number in range(12)], 2)]

    (fold,) = folded(pairs, itself)

    assert isinstance(fold, Fold)
    assert len(fold.findings) == 66


def test_a_chain_of_works_is_not_one_paragraph():
    chain = [pair(f"w{number:02}", f"w{number + 1:02}") for number in range(40)]

    items = folded(chain, itself)

    assert max(len(told(item)) for item in items) <= MOST_IN_FULL


def test_the_strings_of_one_sewer_are_one_to_a_reader():
    strings = [finding(f"heat|sewer-{n}", "heat", f"sewer-{n}") for n in range(8)]

    (fold,) = folded(strings, lambda work: work.partition("-")[0])

    assert isinstance(fold, Fold)
    assert fold.subject == "heat"
    assert len(fold.works) == 9


def test_the_sections_of_a_street_fold_along_the_work_that_is_in_most():
    places = [
        finding(f"seg-{n}", "sewer", "heat" if n % 2 else "gas", rule="C13", area=f"seg-{n}")
        for n in range(6)
    ]

    (fold,) = folded(places, itself)

    assert isinstance(fold, Fold)
    assert (fold.kind, fold.subject) == (Kind.ALONG, "sewer")


def test_places_where_only_these_works_meet_join_their_paragraph():
    pairs = [pair("hub", f"w{number}") for number in range(4)]
    inside = finding("seg-1", "hub", "w1", "w2", rule="C13", area="seg-1")
    beyond = finding("seg-2", "hub", "stranger", rule="C13", area="seg-2")

    items = folded([*pairs, inside, beyond], itself)

    (fold,) = [item for item in items if isinstance(item, Fold)]
    assert inside.id in told(fold)
    assert beyond in items


def test_what_one_organisation_must_do_for_many_works_is_one_list():
    late = [finding(f"w{n}|credit", f"w{n}", rule="C07") for n in range(5)]
    other = [finding("x|credit", "x", rule="C07", who="b-co")]

    fold, alone = folded([*late, *other], itself)

    assert isinstance(fold, Fold)
    assert (fold.kind, fold.subject) == (Kind.OF, "a-co")
    assert alone == other[0]


def test_what_a_policy_owner_is_asked_stands_by_itself():
    goals = [finding(f"goal-{n}", "a", "b", rule="O03", goal=f"goal-{n}") for n in range(6)]

    assert folded(goals, itself) == goals


def test_certain_findings_come_first_in_a_paragraph():
    unsure = [finding(f"a{n}|hub", "hub", f"a{n}", certainty=Certainty.POSSIBLE) for n in range(4)]
    sure = pair("hub", "z")

    (fold,) = folded([*unsure, sure], itself)

    assert told(fold)[0] == sure.id


_WORKS = st.sampled_from([f"w{number}" for number in range(12)])
_PAIRS = st.sets(st.tuples(_WORKS, _WORKS).filter(lambda two: two[0] < two[1]), max_size=66)


_PLACES = st.lists(st.sets(_WORKS, min_size=2, max_size=5), max_size=12)


@given(pairs=_PAIRS, places=_PLACES, lone=st.sets(_WORKS), shuffle=st.randoms())
def test_every_finding_is_told_once_and_the_order_of_the_input_does_not_matter(
    pairs, places, lone, shuffle
):
    found = [pair(*two) for two in pairs] + [finding(one, one, rule="C17") for one in lone]
    found += [finding(f"s{n}", *works, rule="C13", area=f"s{n}") for n, works in enumerate(places)]
    mixed = list(found)
    shuffle.shuffle(mixed)

    items = folded(found, itself)

    counts = Counter(one for item in items for one in told(item))
    assert counts == Counter(one.id for one in found)
    assert folded(mixed, itself) == items
    assert all(len(told(item)) > MOST_IN_FULL for item in items if isinstance(item, Fold))


@pytest.mark.parametrize(
    ("selection", "is_shown"),
    [
        (Selection(), True),
        (Selection(min_severity=Severity.LIGHT), True),
        (Selection(min_severity=Severity.HEAVY), False),
        (Selection(organisation="a-co"), True),
        (Selection(organisation="owner-of-y"), True),
        (Selection(organisation="b-co"), False),
        (Selection(about="x"), True),
        (Selection(about="z"), False),
    ],
)
def test_a_selection_shows_what_was_asked(selection: Selection, is_shown: bool):
    assert selection.takes(pair("x", "y"), lambda work: f"owner-of-{work}") is is_shown
