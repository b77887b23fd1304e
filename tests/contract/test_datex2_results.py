"""The page on the real Delft sample says what comes out of it, and every finding was read."""

from __future__ import annotations

from hub.connect.files import read_file
from tests.support.datex2_results import (
    DELFT,
    DOCUMENT,
    POLICIES,
    READ_ALOUD,
    VERDICTS,
    outcome_of,
    with_blocks,
)
from tests.support.shared import needs_shared


@needs_shared
def test_the_page_says_what_comes_out_of_the_sample() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert with_blocks(text) == text


@needs_shared
def test_at_least_ten_findings_were_looked_up_in_the_source() -> None:
    findings = {finding.id for finding in outcome_of(POLICIES[READ_ALOUD]).findings}
    assert len(findings) >= 10
    assert findings == set(VERDICTS)


@needs_shared
def test_the_sample_is_read_whole() -> None:
    reading = read_file(DELFT)
    assert (reading.connector, reading.system) == ("datex2", "ndw")
    assert (reading.rows_read, len(reading.interventions), reading.refusals) == (198, 198, ())
    assert dict(reading.notes) == {"situations": 167}
