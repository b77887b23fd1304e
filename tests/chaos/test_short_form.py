"""The campaign's short form: one fault of each kind that matters most, on three brokers."""

from __future__ import annotations

import pytest

from tests.chaos.campaign import Options, run_campaign, told
from tests.chaos.faults import START

pytestmark = [pytest.mark.kafka, pytest.mark.cluster]

FAULTS = ("worker-kill", "worker-freeze", "broker-kill", "worker-cut-off", "connector-kill")


@pytest.mark.timeout(600)
def test_three_brokers_and_two_workers_lose_nothing() -> None:
    report = run_campaign(Options(seed=1, faults=FAULTS, programmes=4, lists=1, per_second=8))

    print(told(report))
    assert not report.problems, told(report)
    assert sorted(window.fault for window in report.windows) == sorted((START, *FAULTS))
    assert report.verdict.counts["findings"] > 100, "too quiet to prove anything"
    assert report.verdict.counts["dead letters"] == len(FAULTS) + 1
