"""The topic catalogue: what ships is what the design promises, and wrong entries are named."""

from __future__ import annotations

import pytest

from hub.contracts.catalogue import load_catalogue, parse_catalogue
from hub.errors import ConfigurationError

DAY_MS = "86400000"
PER_PROGRAMME = {
    *("plan-changes", "decisions", "reference", "programme", "facets", "programme-log"),
    *("conflicts", "opportunities", "feedback"),
}
ENTRY = """
[defaults]
max_record_bytes = 1000
[topics.{name}]
partitions = {partitions}
clean_up = "{clean_up}"
{more}
purpose = "p"
key = "k"
written_by = []
read_by = []
"""


def one_topic(
    *, name: str = "plans", partitions: str = "1", clean_up: str = "keep", more: str = ""
) -> str:
    return ENTRY.format(name=name, partitions=partitions, clean_up=clean_up, more=more)


def test_topics_of_a_programme_share_their_partition_count() -> None:
    catalogue = load_catalogue()

    assert {spec.name for spec in catalogue if spec.partitions_of_programme} == PER_PROGRAMME
    assert {spec.name: spec.partitions(7) for spec in catalogue if spec.name in PER_PROGRAMME} == (
        dict.fromkeys(PER_PROGRAMME, 7)
    )
    assert catalogue.spec("dead-letters").partitions(7) == 1


@pytest.mark.parametrize("name", ["plan-changes", "decisions", "reference"])
def test_inputs_are_kept_for_ever(name: str) -> None:
    config = load_catalogue().spec(name).config

    assert config["cleanup.policy"] == "delete"
    assert (config["retention.ms"], config["retention.bytes"]) == ("-1", "-1")


def test_the_programme_log_keeps_a_day_of_every_record() -> None:
    spec = load_catalogue().spec("programme-log")

    assert spec.compacted
    assert spec.config["min.compaction.lag.ms"] == spec.config["segment.ms"] == DAY_MS


@pytest.mark.parametrize("name", ["conflicts", "opportunities", "feedback"])
def test_findings_are_compacted_after_a_day(name: str) -> None:
    spec = load_catalogue().spec(name)

    assert spec.compacted
    assert spec.config["min.compaction.lag.ms"] == DAY_MS


def test_dead_letters_stay_ninety_days_and_hold_an_original_of_full_size() -> None:
    catalogue = load_catalogue()
    letters = catalogue.spec("dead-letters")

    assert letters.config["retention.ms"] == str(90 * int(DAY_MS))
    assert letters.value is None
    assert letters.max_record_bytes > max(
        spec.max_record_bytes for spec in catalogue if spec is not letters
    )


def test_every_topic_uses_broker_time_and_says_what_it_is_for() -> None:
    catalogue = load_catalogue()

    assert len(list(catalogue)) == 11
    for spec in catalogue:
        assert spec.config["message.timestamp.type"] == "LogAppendTime", spec.name
        assert spec.purpose.endswith("."), spec.name
        assert spec.key, spec.name
        assert spec.written_by, spec.name
        assert spec.read_by, spec.name


def test_a_topic_carries_the_prefix_on_the_broker_only() -> None:
    catalogue = load_catalogue("city-west.")

    assert catalogue.topic("plan-changes") == "city-west.plan-changes"
    assert catalogue.name_of("city-west.plan-changes") == "plan-changes"


@pytest.mark.parametrize("topic", ["hub.plan-changes", "city-west.unknown", "plan-changes"])
def test_a_topic_of_someone_else_has_no_name_here(topic: str) -> None:
    with pytest.raises(KeyError):
        load_catalogue("city-west.").name_of(topic)


@pytest.mark.parametrize("prefix", ["", "hub", "Hub.", "a.b.", ".", "hub_.", "hub.\n", "é."])
def test_a_prefix_that_topics_cannot_have_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="topic prefix"):
        load_catalogue(prefix)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (one_topic(name="Plans"), "Plans.name"),
        (one_topic(partitions="0"), "plans.partitions"),
        (one_topic(partitions='"many"'), "plans.partitions"),
        (one_topic(clean_up="shred"), "plans.clean_up"),
        (one_topic(clean_up="expire"), "plans.retention_days"),
        (one_topic(more="retention_days = 3"), "plans.retention_days"),
        (one_topic(more="lag_days = 3"), "plans.lag_days"),
    ],
)
def test_a_wrong_entry_is_named(entry: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        parse_catalogue(entry)
