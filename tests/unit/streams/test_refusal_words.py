"""A missing right is told with what it is missing on."""

from __future__ import annotations

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    NotLeaderForPartitionError,
    TopicAuthorizationFailedError,
)

from hub.streams.refusals import in_words


def test_a_missing_right_names_topic_or_group_and_where_rights_are_listed() -> None:
    topic = in_words(TopicAuthorizationFailedError("hub.conflicts"))
    group = in_words(GroupAuthorizationFailedError("hub.detect"))

    assert topic.startswith("topic hub.conflicts: came TopicAuthorizationFailedError; expected")
    assert group.startswith("consumer group hub.detect: came")
    assert topic.endswith("deploy/kafka/acls.toml lists")


def test_any_other_error_is_told_as_it_is() -> None:
    error = NotLeaderForPartitionError("x")

    assert in_words(error) == repr(error)
