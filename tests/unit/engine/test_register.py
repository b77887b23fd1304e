"""Register: facets of several sources become one work, and one ordered log."""

from __future__ import annotations

from datetime import date

import pytest

from hub.contracts.json_codec import read
from hub.engine.merge import SourcePrecedence
from hub.engine.register import InputPosition, Outcome, Register
from hub.errors import RejectedRecordError, RejectReason
from hub.model.change import ChangeKind, PlanChange, WithdrawnSource
from hub.model.decision import Decision
from hub.model.intervention import Intervention
from hub.model.programme import Tick
from hub.model.vocabulary import DecisionKind, Discipline, Firmness, RequiredDecisionStatus

DAY = date(2026, 11, 23)


def facet(system: str, **fields) -> PlanChange:
    source = {"system": system, **fields.pop("source", {})}
    value = {"id": "sewer:1", **fields, "source": source}
    return PlanChange(at=DAY, intervention=read(Intervention, value), cause="yearly round")


SEWER = {"plan_owner": "water", "discipline": "sewer", "firmness": "adopted"}


def test_a_work_is_incomplete_until_some_source_gives_what_it_needs():
    register = Register()

    first = register.apply_change(facet("gis", title="Lindestraat"))
    assert first.outcome is Outcome.INCOMPLETE
    assert first.log == ()
    assert [(i.id, i.missing, i.sources) for i in register.incomplete()] == [
        ("sewer:1", ("plan_owner", "discipline", "firmness"), ("gis",))
    ]

    second = register.apply_change(facet("tool", **SEWER))
    assert second.outcome is Outcome.CHANGED
    assert second.entry.intervention.title == "Lindestraat"
    assert second.entry.provenance["title"] == "gis"
    assert second.entry.provenance["firmness"] == "tool"
    assert register.incomplete() == []


def test_fields_come_from_the_source_that_is_believed_first():
    register = Register(SourcePrecedence(("tool", "gis"), {"title": ("gis",)}))

    register.apply_change(facet("gis", title="from gis", window={"start": "2030", "end": "2030"}))
    merged = register.apply_change(
        facet("tool", title="from tool", window={"start": "2029", "end": "2029"}, **SEWER)
    ).entry

    assert merged.intervention.title == "from gis"
    assert merged.intervention.window.start.text == "2029"
    assert merged.intervention.source.system == "tool"


def test_systems_that_nobody_listed_follow_sorted_by_name():
    register = Register(SourcePrecedence(("zeta",)))

    register.apply_change(facet("beta", title="b"))
    register.apply_change(facet("alpha", title="a"))
    assert register.apply_change(facet("gamma", **SEWER)).entry.intervention.title == "a"
    assert register.apply_change(facet("zeta", title="z")).entry.intervention.title == "z"


def test_an_empty_list_is_a_value_and_hides_the_list_of_a_later_source():
    register = Register(SourcePrecedence(("tool", "gis")))
    line = {"source": "levy", "amount_cents": 5, "status": "approved"}

    register.apply_change(facet("gis", funding=[line]))
    merged = register.apply_change(facet("tool", funding=[], **SEWER)).entry

    assert merged.intervention.funding == ()


def test_the_merge_is_registered_when_the_first_source_registered_it():
    register = Register()

    register.apply_change(facet("gis", source={"registered_on": "2022-01-01", "revision": 7}))
    merged = register.apply_change(
        facet(
            "tool",
            source={"registered_on": "2024-01-01", "revision": 3},
            **SEWER,
            window={"start": "2029", "end": "2029"},
        )
    ).entry

    assert merged.intervention.source.registered_on == date(2022, 1, 1)
    assert merged.intervention.source.revision == 3


def test_the_withdrawal_of_one_source_takes_only_its_facet():
    register = Register()
    register.apply_change(facet("gis", title="Lindestraat"))
    register.apply_change(facet("tool", **SEWER))

    gone = register.apply_change(
        PlanChange(at=DAY, withdraw="sewer:1", source=WithdrawnSource("gis"))
    )

    assert gone.entry.intervention.title is None
    assert gone.entry.intervention.firmness is Firmness.ADOPTED


def test_a_work_that_is_no_longer_complete_is_withdrawn_with_its_last_state():
    register = Register()
    register.apply_change(facet("gis", title="Lindestraat"))
    register.apply_change(facet("tool", **SEWER))

    gone = register.apply_change(
        PlanChange(at=DAY, withdraw="sewer:1", source=WithdrawnSource("tool"))
    )

    assert gone.entry.change.kinds == (ChangeKind.WITHDRAWN,)
    assert gone.entry.intervention.firmness is Firmness.WITHDRAWN
    assert gone.entry.intervention.discipline is Discipline.SEWER
    back = register.apply_change(facet("tool", **SEWER))
    assert back.entry.change.kinds == (ChangeKind.ADDED,)
    assert back.entry.revision == gone.entry.revision + 1


def test_withdrawing_what_a_source_never_sent_changes_nothing():
    register = Register()
    register.apply_change(facet("tool", **SEWER))

    nothing = register.apply_change(
        PlanChange(at=DAY, withdraw="sewer:1", source=WithdrawnSource("gis"))
    )

    assert nothing.outcome is Outcome.UNCHANGED


def test_an_older_revision_is_dropped_and_an_equal_one_is_no_change():
    register = Register()
    change = facet("tool", source={"revision": 5}, **SEWER)
    register.apply_change(change)

    assert register.apply_change(change).outcome is Outcome.UNCHANGED
    older = facet("tool", source={"revision": 4}, title="old", **SEWER)
    assert register.apply_change(older).outcome is Outcome.OLDER_REVISION


def test_an_equal_revision_with_other_content_is_rejected():
    register = Register()
    register.apply_change(facet("tool", source={"revision": 5}, **SEWER))

    with pytest.raises(RejectedRecordError) as caught:
        register.apply_change(facet("tool", source={"revision": 5}, title="other", **SEWER))

    assert caught.value.refusal.reason is RejectReason.CONFLICTING_REVISION
    assert caught.value.refusal.path == "intervention.source.revision"


def test_after_a_withdrawal_revisions_are_compared_with_nothing():
    register = Register()
    register.apply_change(facet("tool", source={"revision": 5}, **SEWER))
    register.apply_change(PlanChange(at=DAY, withdraw="sewer:1", source=WithdrawnSource("tool")))

    again = register.apply_change(facet("tool", source={"revision": 1}, **SEWER))

    assert again.outcome is Outcome.CHANGED


def taken(decision: str = "d-1") -> Decision:
    return Decision(
        id=decision,
        kind=DecisionKind.TAKEN,
        by="council",
        on=DAY,
        intervention="sewer:1",
        required_decision="credit",
    )


DECISIONS = [{"id": "credit", "level": "municipal_council", "status": "submitted"}]


def test_a_taken_decision_holds_for_every_later_revision_that_has_it():
    register = Register()
    register.apply_change(facet("tool", required_decisions=DECISIONS, **SEWER))

    first = register.apply_decision(taken())
    assert first.entry.intervention.required_decisions[0].status is RequiredDecisionStatus.TAKEN
    assert register.apply_decision(taken()).outcome is Outcome.UNCHANGED
    later = register.apply_change(
        facet("tool", required_decisions=DECISIONS, title="later", **SEWER)
    )
    assert later.entry.intervention.required_decisions[0].status is RequiredDecisionStatus.TAKEN


def test_a_decision_taken_before_the_work_is_known_is_not_lost():
    register = Register()
    assert register.apply_decision(taken()).outcome is Outcome.INCOMPLETE
    assert register.incomplete() == []

    merged = register.apply_change(facet("tool", required_decisions=DECISIONS, **SEWER))

    assert merged.entry.intervention.required_decisions[0].status is RequiredDecisionStatus.TAKEN


def test_an_answer_to_a_finding_goes_into_the_log_as_it_is():
    answer = Decision(
        id="d-2", kind=DecisionKind.ACKNOWLEDGE, by="heat-co", on=DAY, finding="C01:a|b"
    )

    result = Register().apply_decision(answer)

    assert [entry.body for entry in result.log] == [answer]


def test_a_record_at_or_below_the_applied_offset_is_a_replay():
    register = Register()
    position = InputPosition("plan-changes", 7)
    written = register.apply_change(facet("tool", **SEWER), position).state
    restarted = Register()
    restarted.restore(written)

    replayed = restarted.apply_change(facet("tool", **SEWER), position)
    assert replayed.outcome is Outcome.REPLAYED
    next_one = facet("tool", title="next", **SEWER)
    assert restarted.apply_change(next_one, InputPosition("plan-changes", 8)).state is not None


def test_the_first_adopted_start_and_the_cause_of_a_moved_window_are_kept():
    register = Register()
    early = facet(
        "tool",
        plan_owner="water",
        discipline="sewer",
        firmness="draft",
        window={"start": "2027", "end": "2027"},
    )
    register.apply_change(early)
    register.apply_change(facet("tool", **SEWER, window={"start": "2028", "end": "2028"}))
    moved = register.apply_change(facet("tool", **SEWER, window={"start": "2030", "end": "2030"}))
    described = register.apply_change(
        facet("tool", **SEWER, window={"start": "2030", "end": "2030"}, title="x")
    )

    assert moved.entry.first_adopted_start.text == "2028"
    assert described.entry.window_cause == "yearly round"
    assert described.entry.change.before == moved.entry.intervention


def test_time_only_advances():
    register = Register()

    assert [entry.body for entry in register.tick(DAY).log] == [Tick(DAY)]
    assert register.tick(DAY).outcome is Outcome.UNCHANGED
    assert register.tick(date(2026, 1, 1)).log == ()
