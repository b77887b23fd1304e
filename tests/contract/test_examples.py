"""The example records: real, current, readable, and refused where they must be."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from hub.contracts.codec import Codec
from hub.contracts.schema_store import RECORD_TYPES
from hub.errors import RejectedRecordError, RejectReason
from tests.support.wire_examples import FOLDER, decoded, files

CODEC = Codec()
DECODERS = {
    "PlanChange": CODEC.decode_plan_change,
    "Decision": CODEC.decode_decision,
    "ReferenceItem": CODEC.decode_reference_item,
    "ProgrammeEntry": CODEC.decode_programme_entry,
    "FacetState": CODEC.decode_facet_state,
    "LogEntry": CODEC.decode_log_entry,
    "Conflict": CODEC.decode_finding,
    "CouplingOpportunity": CODEC.decode_finding,
    "PolicyFeedback": CODEC.decode_finding,
    "ConnectorState": CODEC.decode_connector_state,
}
VALID = sorted(FOLDER.glob("*/*.json"))
INVALID = sorted(FOLDER.glob("*/invalid/*.json"))


def test_every_record_type_has_examples_and_some_are_refused() -> None:
    assert {path.parent.name for path in VALID} == set(RECORD_TYPES) == set(DECODERS)
    assert len(INVALID) >= 15


def test_the_files_are_what_the_codec_makes_today() -> None:
    on_disk = {path: path.read_text(encoding="utf-8") for path in (*VALID, *INVALID)}

    assert on_disk == files(), "run `python -m tests.support.wire_examples`"


@pytest.mark.parametrize("path", VALID, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_valid_example_is_read(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    value = base64.b64decode(content["value_base64"])

    assert DECODERS[path.parent.name](value) is not None
    assert set(decoded(value, type_name=path.parent.name)) == set(content["record"])
    assert content["headers"]["ce_subject"] == content["key"]


@pytest.mark.parametrize("path", INVALID, ids=lambda p: f"{p.parents[1].name}-{p.stem}")
def test_an_invalid_example_is_refused_with_its_reason_and_path(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    value = base64.b64decode(content["value_base64"])

    with pytest.raises(RejectedRecordError) as refused:
        DECODERS[path.parents[1].name](value)

    refusal = refused.value.refusal
    assert {"reason": refusal.reason, "path": refusal.path} == content["refused"]
    assert refusal.reason in set(RejectReason)
    assert refusal.came
    assert refusal.expected
