"""The campaign's short form: one fault of each kind that matters most, on three brokers."""

from __future__ import annotations

import pytest

from tests.chaos.campaign import Options, run_campaign, told

pytestmark = [pytest.mark.kafka, pytest.mark.cluster]

FAULTS = ("worker-kill", "worker-freeze", "broker-kill", "worker-cut-off")


def test_three_brokers_and_two_workers_lose_nothing() -> None:
    report = run_campaign(Options(seed=1, faults=FAULTS, programmes=4, per_second=10))

    print(told(report))
    assert not report.problems, told(report)
    assert sorted(window.fault for window in report.windows) == sorted(FAULTS)
    assert report.verdict.counts["findings"] > 100, "too quiet to prove anything"
