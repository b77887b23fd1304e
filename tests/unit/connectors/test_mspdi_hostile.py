"""Whatever stands in a task, it costs at most that task, and never a fault of the connector."""

from __future__ import annotations

import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mspdi.project_file import TASK_ELEMENTS
from hub.connect.discovery import find_connector
from tests.unit.connectors.reading import read_with

PROFILE = find_connector("mspdi").folder / "profiles" / "any-schedule.toml"
NUMBERS = st.sampled_from(["0", "1", "7", "-1", "9" * 30, "9" * 5_000, "1e9", "٣", "²", "NaN"])
MOMENTS = st.sampled_from(
    [
        "2028-05-14T17:00:00",
        "1901-01-01T00:00:00",
        "2998-12-31T23:59:59",
        "9999-12-31T23:59:59",
        "0001-01-01T00:00:00",
        "2028-05-14T17:00:00+14:00",
        "2028-02-30T00:00:00",
        "2028-05-14",
        "",
    ]
)
TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)
CONTENT = NUMBERS | MOMENTS | TEXTS
ELEMENTS = st.dictionaries(
    st.sampled_from([name for name in TASK_ELEMENTS if name != "UID"]), CONTENT, max_size=10
)
LINKS = st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), NUMBERS, NUMBERS, NUMBERS), max_size=3)


def written(uid: int, elements: dict[str, str], links: list[tuple[str, ...]]) -> str:
    content = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
    content += "".join(
        f"<PredecessorLink><PredecessorUID>{before}</PredecessorUID><Type>{kind}</Type>"
        f"<LinkLag>{lag}</LinkLag><LagFormat>{form}</LagFormat></PredecessorLink>"
        for before, kind, lag, form in links
    )
    return f"<Task><UID>{uid}</UID>{content}</Task>"


@settings(max_examples=150, deadline=None)
@given(
    tasks=st.lists(st.tuples(ELEMENTS, LINKS), min_size=1, max_size=3),
    header=st.dictionaries(
        st.sampled_from(["MinutesPerDay", "MinutesPerWeek", "DefaultStartTime", "CurrencyCode"]),
        CONTENT,
    ),
)
def test_no_content_of_a_task_is_a_fault_of_the_connector(
    tasks: list[tuple[dict[str, str], list[tuple[str, ...]]]], header: dict[str, str]
) -> None:
    rows = "".join(written(uid, *task) for uid, task in enumerate(tasks, 1))
    head = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in header.items())
    with tempfile.TemporaryDirectory() as folder:
        schedule = Path(folder) / "plan.xml"
        schedule.write_text(
            f'<Project xmlns="http://schemas.microsoft.com/project">{head}<Tasks>{rows}</Tasks>'
            "</Project>",
            "utf-8",
        )
        read = read_with("mspdi", schedule, PROFILE)
    assert "fault" not in " ".join(read.refusals)
    assert len(read.works) <= len(tasks)
