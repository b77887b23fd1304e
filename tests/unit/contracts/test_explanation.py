"""The explanation travels with a finding for its readers, and changes nothing else of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hub.contracts.codec import Codec, Explanation
from hub.contracts.records import Cause
from hub.model.finding import Certainty, Finding, FindingKind, MustAct, Severity

CAUSE = Cause(time=datetime(2026, 11, 23, tzinfo=UTC), correlation_id="x")
FINDING = Finding(
    id="C01:heat:7|sewer:K-118",
    kind=FindingKind.CONFLICT,
    rule="C01",
    rule_version=1,
    policy_version="default",
    certainty=Certainty.CERTAIN,
    severity=Severity.HEAVY,
    parties=("heat:7", "sewer:K-118"),
    must_act=MustAct("heat-co", "heat:7", "role"),
    first_seen=date(2026, 11, 23),
    last_changed=date(2026, 11, 23),
)


def test_an_explanation_comes_back_in_both_languages_and_the_finding_is_as_it_was():
    told = Explanation("Zij zijn op dezelfde plek.", "They are at the same place.")

    record = Codec().encode_finding(FINDING, cause=CAUSE, partition=0, explanation=told)

    assert Codec().decode_explanation(record.value) == told
    assert Codec().decode_finding(record.value) == FINDING


def test_a_finding_without_words_has_an_empty_explanation():
    record = Codec().encode_finding(FINDING, cause=CAUSE, partition=0)

    assert Codec().decode_explanation(record.value) == Explanation()
