"""`hub decide`: a decision shows in the finding, and one without effect is answered and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hub import bootstrap
from hub.cli import cli
from hub.contracts.codec import Codec
from hub.contracts.dead_letters import original_of
from hub.contracts.records import header
from hub.errors import ConfigurationError, RejectedRecordError, RejectReason
from hub.kafka.client_config import KafkaConnection
from hub.live.deciding import decision_id
from hub.model.decision import Decision
from hub.model.vocabulary import DecisionKind
from hub.parking.letters import full_record
from tests.kafka.live_programme import LiveProgramme
from tests.unit.check.programmes import work

pytestmark = pytest.mark.kafka

FINDING = "C01:heat:1|sewer:1"


@pytest.fixture
def live(
    connection: KafkaConnection, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> LiveProgramme:
    return LiveProgramme(connection, prefix, monkeypatch)


def sent_by(system: str, value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "source": {"system": system, "key": value["id"]}}


def sewer(**more: Any) -> dict[str, Any]:
    return sent_by(
        "sewer-plan", work("sewer:1", "2029-03-01", "2029-09-01", role="leading", **more)
    )


def heat(start: str, end: str) -> dict[str, Any]:
    return sent_by("heat-net", work("heat:1", start, end))


def decide(kind: str, *, patience_s: float = 30, **about: str) -> int:
    said: dict[str, Any] = {"kind": kind, "by": "heat-co", "on": None, "reason": None, "id": None}
    said |= {key: about.pop(key) for key in list(about) if key in said}
    return bootstrap.send_decision(about, said, programme="main", patience_s=patience_s)


def test_what_people_decide_shows_and_what_has_no_effect_is_answered(
    live: LiveProgramme, capsys: pytest.CaptureFixture[str]
) -> None:
    def told() -> str:
        return capsys.readouterr().out

    credit = {"id": "credit", "level": "municipal_council", "status": "not_started"}
    live.send(sewer(required_decisions=[credit]), heat("2029-07-01", "2029-10-01"))
    with live.worker() as worker:
        worker.wait_ready(2)
        live.topics.wait_drained(worker)

        assert decide("acknowledge", finding=FINDING, reason="in the area team") == 0
        assert f"{FINDING} is acknowledged, revision 2" in told()

        sent = live.count("decisions")
        assert decide("acknowledge", finding=FINDING, reason="in the area team") == 0
        text = told()
        assert "was sent before, with the same content" in text
        assert f"{FINDING} is acknowledged, revision 2. To decide anew give another --id" in text
        assert live.count("decisions") == sent

        assert decide("accept", finding=FINDING, by="sewer-co") == 0
        assert "was acknowledged already, revision 2; nothing changed" in told()

        assert decide("decline", finding="C01:heat:1|sewer:2") == 1
        assert "there is no finding 'C01:heat:1|sewer:2'; the decision is kept" in told()

        taken = {"intervention": "sewer:1", "required_decision": "credit", "by": "council"}
        assert decide("taken", **taken) == 0
        assert "decision 'credit' of sewer:1 is taken, revision 2 of the work" in told()

        assert decide("taken", **{**taken, "by": "board"}) == 0
        assert "was taken already" in told()

        assert decide("taken", **{**taken, "required_decision": "permit"}) == 1
        assert "there is no decision 'permit' of sewer:1; it is kept beside the work" in told()

        assert decide("taken", **{**taken, "intervention": "sewer:9"}) == 1
        assert "there is no work 'sewer:9'" in told()

        assert bootstrap.show_bundle("sewer:1", programme="main", lang="en") == 0
        assert "decision credit (municipal council, taken)" in told()

        live.send(heat("2031-07-01", "2031-10-01"), cause="permit refused")
        live.topics.wait_drained(worker)
        assert decide("acknowledge", finding=FINDING, id="too-late") == 1
        assert f"{FINDING} was resolved on" in told()

        assert bootstrap.show_burdens(programme="main", lang="en") == 0
        rows = [line.split() for line in told().splitlines()]
        assert ["heat-co", "1", "0", "62", "1", "1", "730"] in rows

        assert bootstrap.explain_finding(FINDING, programme="main", lang="en") == 0
        text = told()
        assert "revision 2: acknowledged" in text
        assert "acknowledged by heat-co: in the area team" in text
        assert "[too-late]" in text
        assert "required_decisions" not in text, "C01 reads no decisions"
        live.topics.wait_drained(worker)
        assert worker.stop() == 0

    kept = [record.key for record in live.topics.read("decisions", 0)]
    assert kept.count(b"C01:heat:1|sewer:2") == 1
    assert live.count("dead-letters") == 0


def test_a_declined_opportunity_is_resolved_and_an_answer_after_that_is_late(
    live: LiveProgramme, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = "O01:heat:1|sewer:1"
    works = [work("sewer:1", "2031", "2031"), work("heat:1", "2031", "2031")]
    live.send(*(sent_by(f"system-{index}", value) for index, value in enumerate(works)))
    with live.worker() as worker:
        worker.wait_ready(2)
        live.topics.wait_drained(worker)

        assert decide("decline", finding=chance, reason="no permit", id="d-7") == 0
        assert f"d-7: {chance} is resolved (declined), revision 2" in capsys.readouterr().out

        assert decide("accept", finding=chance) == 1
        assert "(declined); the decision is kept" in capsys.readouterr().out

        assert decide("decline", finding=chance, by="other-co", id="d-7") == 0
        assert "with other content, which stays" in capsys.readouterr().out
        assert worker.stop() == 0


def test_a_policy_owner_answers_feedback_and_sees_it_processed(
    live: LiveProgramme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goals = tmp_path / "goals.yaml"
    goals.write_text(
        "goals:\n- {id: rain, policy_owner: climate, target_amount: 1200, unit: m2,"
        f" due_year: {datetime.now(UTC).year + 3}, instruments: [{{id: rule}}]}}\n"
    )
    assert bootstrap.publish_reference([goals], programme="main", preview=False) == 0
    live.send(sewer(goal_contributions=[{"goal": "rain", "amount": 350}]))
    with live.worker() as worker:
        worker.wait_ready(2)
        live.topics.wait_drained(worker)
        capsys.readouterr()

        assert bootstrap.explain_finding("F01:rain", programme="main", lang="en") == 0
        text = capsys.readouterr().out
        assert "hub decide counter 'F01:rain' --by climate" in text
        assert "goal:rain" in text

        assert decide("counter", finding="F01:rain", by="climate", reason="in 2032") == 0
        assert "F01:rain is acknowledged, revision 2" in capsys.readouterr().out

        assert bootstrap.explain_finding("F01:rain", programme="main", lang="en") == 0
        assert "countered by climate: in 2032" in capsys.readouterr().out
        assert worker.stop() == 0


def test_an_answer_that_feedback_does_not_take_is_not_sent_and_refused_by_the_stream(
    live: LiveProgramme, capsys: pytest.CaptureFixture[str]
) -> None:
    slipped = "F03:sewer:1"
    early = Decision(
        id="early", kind=DecisionKind.DECLINE, by="sewer-co", on=live.today, finding=slipped
    )
    with live.worker() as worker:
        worker.wait_ready(2)
        live.decide(early)  # of a finding that is not there yet: without effect
        live.topics.wait_drained(worker)
        live.send(sewer(baseline_start="2026-03-01"))
        live.topics.wait_drained(worker)

        with pytest.raises(RejectedRecordError) as refused:
            decide("decline", finding=slipped, by="sewer-co")
        live.decide(replace(early, id="other-client"))
        live.topics.wait_drained(worker)
        assert decide("counter", finding=slipped, by="sewer-co") == 0
        assert f"{slipped} is acknowledged, revision 2" in capsys.readouterr().out
        assert worker.stop() == 0

    assert str(refused.value) == (
        f"decision about {slipped}: came 'decline', which this finding does not take; expected one"
        " of its possible answers: accept, counter, acknowledge; nothing was sent"
    )
    assert live.count("decisions") == 3
    (raw,) = live.topics.read("dead-letters", 0, headers=True)
    letter = full_record(raw)
    original = original_of(letter)
    assert original is not None
    assert original.value == live.topics.read("programme-log", 0)[original.offset].value
    assert header(letter.headers, "hub-error-stage") == "detect"
    assert header(letter.headers, "hub-error-reason") == RejectReason.INVALID_VALUE
    assert "(decision other-client)" in (header(letter.headers, "hub-error-message") or "")


def test_a_decision_that_no_worker_takes_is_kept_and_said_so(live: LiveProgramme) -> None:
    typed = ["decide", "counter", FINDING, "--by", "heat-co", "--on", "2026-11-20"]

    ran = CliRunner().invoke(cli, [*typed, "--reason", "in 2030", "--id", "d-1", "--wait", "0.5"])

    assert ran.exit_code == 3
    assert "d-1: sent, and kept on" in ran.output
    assert "no worker has processed it" in ran.output
    (kept,) = live.topics.read("decisions", 0)
    decision = Codec().decode_decision(kept.value)
    assert (decision.kind, decision.by, decision.reason) == ("counter", "heat-co", "in 2030")
    assert decision.on == date(2026, 11, 20)


def test_a_decision_that_is_none_is_told_and_not_sent(live: LiveProgramme) -> None:
    with pytest.raises(ConfigurationError, match="expected rule and key"):
        decide("acknowledge", finding="heat")
    with pytest.raises(RejectedRecordError, match="decision: by: came 'heat co'"):
        decide("acknowledge", finding=FINDING, by="heat co")
    with pytest.raises(RejectedRecordError, match="decision: id"):
        decide("acknowledge", finding=FINDING, id="with a space")
    ahead = datetime.now(UTC).date() + timedelta(days=3)
    with pytest.raises(ConfigurationError, match="expected a day up to"):
        bootstrap.send_decision(
            {"finding": FINDING},
            {"kind": "accept", "by": "x", "on": ahead, "reason": None, "id": None},
            programme="main",
            patience_s=1,
        )
    with pytest.raises(ConfigurationError, match="expected one of main"):
        bootstrap.send_decision(
            {"finding": FINDING},
            {"kind": "accept", "by": "x", "on": None, "reason": None, "id": None},
            programme="elsewhere",
            patience_s=1,
        )

    assert live.count("decisions") == 0


def test_a_finding_that_is_nowhere_is_answered_with_those_it_may_have_meant(
    live: LiveProgramme,
) -> None:
    with pytest.raises(ConfigurationError, match="programme 'main': came 'C01:heat:1"):
        bootstrap.explain_finding(FINDING, programme="main", lang="nl")


def test_the_same_decision_has_the_same_id_and_another_one_another() -> None:
    ack, on = DecisionKind.ACKNOWLEDGE, date(2027, 1, 1)
    one = decision_id(ack, about="C01:a|b", by="x", on=on)

    assert one == decision_id(ack, about="C01:a|b", by="x", on=on)
    assert len({
        one,
        decision_id(DecisionKind.ACCEPT, about="C01:a|b", by="x", on=on),
        decision_id(ack, about="C01:a|c", by="x", on=on),
        decision_id(ack, about="C01:a|b", by="y", on=on),
        decision_id(ack, about="C01:a|b", by="x", on=date(2027, 1, 2)),
    }) == 5  # fmt: skip
