"""`hub reference publish`: what differs is sent, nothing else; a policy change re-evaluates."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub import bootstrap
from hub.cli import cli
from hub.contracts.codec import Codec
from hub.errors import ConfigurationError, RejectedRecordError
from hub.kafka.client_config import KafkaConnection
from tests.kafka.live_programme import LiveProgramme
from tests.unit.check.programmes import work

pytestmark = pytest.mark.kafka

GOALS = '[[goals]]\nid = "rain"\npolicy_owner = "climate"\ntarget_amount = 1200\nunit = "m2"\n'
POLICY = """
[[policy]]
version = "gm0999-2027"
municipality = "GM0999"
{valid_from}
values = {{ buffer_important_m = {buffer}, hysteresis_m = 0 }}
"""


@pytest.fixture
def live(
    connection: KafkaConnection, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> LiveProgramme:
    return LiveProgramme(connection, prefix, monkeypatch)


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def publish(*files: Path, preview: bool = False) -> int:
    return bootstrap.publish_reference(files, programme="main", preview=preview)


def test_only_what_differs_is_sent_and_it_is_told(
    live: LiveProgramme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goals = file(tmp_path, "goals.toml", GOALS)
    policy = file(tmp_path, "policy.toml", POLICY.format(valid_from="", buffer=10))

    assert publish(goals, policy, preview=True) == 0
    assert live.count("reference") == 0
    assert "would add goal:rain" in capsys.readouterr().out

    assert publish(goals, policy) == 0
    assert live.count("reference") == 2
    assert "2 added, 0 changed, 0 as they were" in capsys.readouterr().out

    assert publish(goals, policy) == 0
    assert live.count("reference") == 2
    assert "0 added, 0 changed, 2 as they were" in capsys.readouterr().out

    changed = file(tmp_path, "policy.toml", POLICY.format(valid_from="", buffer=12))
    assert publish(changed) == 0
    assert live.count("reference") == 3
    told = capsys.readouterr().out
    assert "changed policy:GM0999:gm0999-2027" in told
    assert "values.buffer_important_m: 10 → 12" in told
    assert "Leaving an item out removes nothing" in told
    assert "goal:rain" in told


def test_the_shipped_calendar_is_published_once(
    live: LiveProgramme, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = sorted((Path(__file__).resolve().parents[2] / "deploy" / "reference").glob("*.toml"))

    typed = CliRunner().invoke(cli, ["reference", "publish", *map(str, shipped)])
    assert (typed.exit_code, typed.stderr) == (0, "")
    sent = live.count("reference")
    assert publish(*shipped) == 0

    assert sent > 300
    assert live.count("reference") == sent


def test_a_wrong_file_sends_nothing_of_any_file(
    live: LiveProgramme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = file(tmp_path, "wrong.toml", '[[goals]]\nid = "x"\n')

    assert publish(file(tmp_path, "goals.toml", GOALS), wrong) == 2

    assert live.count("reference") == 0
    assert "goals[0].policy_owner: came nothing" in capsys.readouterr().err


def test_a_policy_that_contradicts_one_on_the_topic_is_refused(
    live: LiveProgramme, tmp_path: Path
) -> None:
    publish(file(tmp_path, "first.toml", POLICY.format(valid_from="", buffer=10)))
    other = POLICY.format(valid_from="valid_from = 2027-06-01", buffer=20).replace(
        "gm0999-2027", "gm0999-2028"
    )

    with pytest.raises(RejectedRecordError, match="together with 'gm0999-2027'"):
        publish(file(tmp_path, "second.toml", other))

    assert live.count("reference") == 1


def test_a_programme_that_is_none_is_told(live: LiveProgramme, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="expected one of main"):
        bootstrap.publish_reference(
            [file(tmp_path, "goals.toml", GOALS)], programme="other", preview=False
        )


def test_a_policy_change_evaluates_again_and_can_be_traced(
    live: LiveProgramme, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(file(tmp_path, "policy.toml", POLICY.format(valid_from="", buffer=10)))
    near = work("heat:1", "2029-07-01", "2029-10-01")
    near["geometry"]["coordinates"] = [
        [[x, y + 26] for x, y in near["geometry"]["coordinates"][0]]  # 18 m from the sewer
    ]
    live.send(
        {**work("sewer:1", "2029-03-01", "2029-09-01", role="leading",
                title="Riool Lindestraat"),
         "source": {"system": "sewer-plan", "key": "S-1", "revision": 4}},
        {**near, "source": {"system": "heat-net", "key": "H-1", "revision": 2}},
    )  # fmt: skip
    with live.worker() as worker:
        worker.wait_ready(2)
        live.topics.wait_drained(worker)
        publish(file(tmp_path, "policy.toml", POLICY.format(valid_from="", buffer=8)))
        live.topics.wait_drained(worker)
        publish(file(tmp_path, "policy.toml", POLICY.format(valid_from="", buffer=9.5)))
        live.topics.wait_drained(worker)
    capsys.readouterr()

    finding = "C01:heat:1|sewer:1"
    assert bootstrap.explain_finding(finding, programme="main", lang="en") == 0

    text = capsys.readouterr().out
    assert "buffer_important_m = 9.5 m — policy 'gm0999-2027' (GM0999)" in text
    assert "revision 2: resolved" in text
    assert "policy changed (policy:GM0999:gm0999-2027@" in text
    assert "revision 3: new" in text
    assert "window: 2029-07-01 – 2029-10-01  [heat-net, H-1, revision 2]" in text
    last = live.topics.read("conflicts", 0)[-1]
    event_text = Codec().decode_explanation(last.value).en
    assert event_text.startswith("heat:1 and Riool Lindestraat (sewer:1) are at the same place")
    assert event_text in text, "the explanation is the one of the event"
