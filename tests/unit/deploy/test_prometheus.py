"""Alerts fire when they should and not just before; rules and dashboards ask for what exists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deploy.promql import (
    PROMETHEUS,
    Rule,
    dashboard_panels,
    known_series,
    problems,
    rules,
)

CASES = Path(__file__).with_name("alerts.test.yml")
ALERTS = rules("alerts.yml", "alert")
RECORDED = rules("recording.yml", "record")
DASHBOARDS = sorted((PROMETHEUS.parent / "grafana").glob("*.json"))
UNITS = {"none", "s", "percentunit", "cps"}

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="no promtool; install Debian's package prometheus, or run .ci/run, which does",
)


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["promtool", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def told(ran: subprocess.CompletedProcess[str]) -> str:
    return ran.stdout + ran.stderr


def cases() -> list[Any]:
    tests: list[Any] = yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]
    return tests


def test_there_are_rules_and_dashboards() -> None:
    assert len(ALERTS) >= 10
    assert len(RECORDED) >= 3
    assert len(DASHBOARDS) == 2


@needs_promtool
def test_promtool_accepts_rules_and_configurations() -> None:
    configurations = sorted(PROMETHEUS.glob("prometheus*.yml"))

    assert len(configurations) == 2
    for configuration in configurations:
        ran = promtool("check", "config", configuration)
        assert ran.returncode == 0, told(ran)
        assert f"{len(ALERTS)} rules found" in told(ran)


@needs_promtool
def test_every_alert_fires_when_it_should_and_not_before() -> None:
    ran = promtool("test", "rules", CASES)

    assert ran.returncode == 0, told(ran)


@needs_promtool
def test_an_alert_that_no_longer_fires_is_noticed(tmp_path: Path) -> None:
    text = (PROMETHEUS / "alerts.yml").read_text(encoding="utf-8")
    assert text.count("hub_breaker_open == 1") == 1
    (tmp_path / "alerts.yml").write_text(text.replace("hub_breaker_open == 1", "vector(0) == 1"))
    shutil.copy(PROMETHEUS / "recording.yml", tmp_path)
    content = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    content["rule_files"] = ["recording.yml", "alerts.yml"]
    content["tests"] = [case for case in content["tests"] if "HubBreakerOpen" in case["name"]]
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(content))

    ran = promtool("test", "rules", tmp_path / "cases.yml")

    assert ran.returncode != 0
    assert "HubBreakerOpen" in told(ran)


@needs_promtool
def test_promtool_accepts_the_queries_of_the_dashboards(tmp_path: Path) -> None:
    queries = [
        {"record": "dashboard", "labels": {"number": str(number)}, "expr": expr}
        for number, (_, expr, _) in enumerate(
            query
            for file in DASHBOARDS
            for query in dashboard_panels(json.loads(file.read_text(encoding="utf-8")))
        )
    ]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": queries}]}))

    ran = promtool("check", "rules", file)

    assert ran.returncode == 0, told(ran)
    assert f"{len(queries)} rules found" in told(ran)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule.name)
def test_an_alert_has_a_case_that_fires_and_a_near_miss(alert: Rule) -> None:
    firing, missing = 0, 0
    for case in cases():
        if not case["name"].startswith(f"{alert.name}: "):
            continue
        tests = [test for test in case["promql_expr_test"] if alert.name in test["expr"]]
        assert tests, case["name"]
        if case["name"].startswith(f"{alert.name}: near miss"):
            missing += not any(test.get("exp_samples") for test in tests)
        else:
            firing += any(test.get("exp_samples") for test in tests)

    assert firing >= 1
    assert missing >= 1


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule.name)
def test_an_alert_says_what_is_the_matter_and_what_to_do(alert: Rule) -> None:
    assert alert.labels["severity"] in {"page", "ticket"}
    assert set(alert.annotations) == {"summary", "action", "runbook"}
    assert alert.annotations["summary"].endswith(".")
    assert alert.annotations["action"].endswith(".")
    assert alert.annotations["runbook"] == f"deploy/RUNBOOK.md#{alert.name.lower()}"


@pytest.mark.parametrize("rule", [*ALERTS, *RECORDED], ids=lambda rule: rule.name)
def test_a_rule_asks_for_metrics_and_labels_that_exist(rule: Rule) -> None:
    shown = rule.annotations.get("summary", "")
    assert problems(rule.expr, known_series(), shown=shown) == []


def test_what_does_not_exist_is_noticed() -> None:
    known = known_series()

    assert problems("rate(hub_gone_total[5m])", known) == ["hub_gone_total is no metric"]
    assert problems('hub_breaker_open{topic="x"}', known) == ["hub_breaker_open has no label topic"]
    assert problems('hub_breaker_open{stage="serve"}', known) == [
        "hub_breaker_open: stage is never serve"
    ]
    assert problems("sum by (rule) (hub_interventions)", known) == [
        "rule is a label of none of its metrics"
    ]
    assert problems("hub:dead_letters:increase1h", known, shown="{{ $labels.topic }}") == [
        "topic is a label of none of its metrics"
    ]


def test_the_jobs_that_alerts_go_by_are_scraped() -> None:
    named = {
        job
        for rule in [*ALERTS, *RECORDED]
        for group in re.findall(r'job=~?"hub-\(?([\w|]+)\)?"', rule.expr)
        for job in group.split("|")
    }

    assert named == {"worker", "connector"}
    for file in PROMETHEUS.glob("prometheus*.yml"):
        jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["scrape_configs"]
        assert {job["job_name"] for job in jobs} == {f"hub-{name}" for name in named}


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_asks_for_metrics_and_labels_that_exist(file: Path) -> None:
    dashboard = json.loads(file.read_text(encoding="utf-8"))
    known = known_series()

    queries = list(dashboard_panels(dashboard))
    assert len(queries) >= 8
    for title, expr, legend in queries:
        assert problems(expr, known, shown=legend) == [], title


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_is_small_and_every_panel_has_a_unit_and_says_what_it_shows(file: Path) -> None:
    dashboard = json.loads(file.read_text(encoding="utf-8"))
    panels = dashboard["panels"]

    assert len(panels) <= 10
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["title"]
        assert panel["description"].endswith(".")
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    corners = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(corners) == len(panels)
