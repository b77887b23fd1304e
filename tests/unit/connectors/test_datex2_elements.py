"""The parser: whole documents of any envelope come through, broken ones say so, memory stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.datex2 import elements
from connectors.datex2.elements import (
    Element,
    SituationParser,
    TooLargeSituation,
    UnreadableFeedError,
)
from tests.support.datex2_feed import comment, measure, publication, situation, work

TWO = publication(
    situation("A_1", work("A_1_MAN")), situation("A_2", work("A_2_MAN"), measure("R"))
)


def parsed(document: str | bytes, *, size: int = 1 << 16) -> list[Element]:
    content = document.encode() if isinstance(document, str) else document
    chunks = (content[start : start + size] for start in range(0, len(content), size))
    return list(SituationParser().situations(chunks))


@given(size=st.integers(1, 700))
@settings(max_examples=30, deadline=None)
def test_it_does_not_matter_where_the_bytes_are_cut_into_chunks(size: int) -> None:
    assert parsed(TWO, size=size) == parsed(TWO)


@given(kept=st.integers(1, len(TWO.encode()) - 1))
@settings(max_examples=80, deadline=None)
def test_a_document_that_is_cut_short_anywhere_is_never_taken_for_a_whole_one(kept: int) -> None:
    with pytest.raises(UnreadableFeedError):
        parsed(TWO.encode()[:kept])


def test_a_situation_is_given_out_before_the_next_one_is_read() -> None:
    read: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(1, 100):
            read.append(number)
            start = publication().partition("</mc:payload>")[0] if number == 1 else ""
            yield (start + situation(f"A_{number}", work(f"A_{number}_MAN"))).encode()

    situations = SituationParser().situations(chunks())
    assert [next(situations).attributes["id"] for _ in range(3)] == ["A_1", "A_2", "A_3"]
    assert len(read) <= 4


def test_what_is_on_no_list_is_not_kept_and_what_nobody_knows_is_counted_by_name() -> None:
    document = publication(
        situation(
            "A_1",
            work(
                "A_1_MAN",
                more=comment("free text")
                + "<sit:newThing><com:value>secret</com:value></sit:newThing>"
                + "<sit:newThing/>",
            ),
        )
    )
    parser = SituationParser()
    found = list(parser.situations([document.encode()]))

    texts = {element.text for element in found[0].below("value")}
    assert texts == {"Gemeente Delft", "Kabels / Leidingen, , Warmtenet fase 2"}
    assert dict(parser.publication.unknown_elements) == {"newThing": 2}


def test_names_without_end_are_counted_together() -> None:
    more = "".join(f"<sit:made{number}/>" for number in range(5_000))
    parser = SituationParser()
    list(parser.situations([publication(situation("A_1", work("M", more=more))).encode()]))

    counted = parser.publication.unknown_elements
    assert len(counted) == elements.MAX_COUNTED_NAMES + 1
    assert sum(counted.values()) == 5_000


@pytest.mark.parametrize(
    ("document", "came"),
    [
        ("", "an empty file"),
        ("no xml at all", "syntax error"),
        ("<!DOCTYPE html><html><body>Maintenance</body></html>", "a document type declaration"),
        ("<html><body>Maintenance</body></html>", "a page of HTML"),
        ("<Project><Tasks/></Project>", "XML without a payload"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
            "a document type declaration",
        ),
        (
            '<d2LogicalModel xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<payloadPublication xsi:type="MeasuredDataPublication"/></d2LogicalModel>',
            "a publication of MeasuredDataPublication",
        ),
        (TWO.replace("</sit:situation>", "</sit:wrong>", 1), "mismatched tag"),
    ],
)
def test_what_is_no_whole_publication_says_what_came(document: str, came: str) -> None:
    with pytest.raises(UnreadableFeedError) as caught:
        parsed(document)
    assert came in caught.value.came


def test_a_situation_larger_than_any_real_one_costs_itself_and_not_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elements, "MAX_SITUATION_ELEMENTS", 60)
    wide = situation("A_1", *(work(f"A_1_{number}") for number in range(5)))
    found = parsed(publication(wide, situation("A_2", work("A_2_MAN"))))

    assert isinstance(found[0], TooLargeSituation)
    assert [element.attributes["id"] for element in found] == ["A_1", "A_2"]


def test_a_text_larger_than_any_real_one_costs_its_situation_and_not_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(elements, "MAX_SITUATION_CHARACTERS", 2_000)
    long = situation("A_1", work("A_1_MAN"), measure("R", lines=("52.0 4.3 " * 400,)))
    found = parsed(publication(long, situation("A_2", work("A_2_MAN"))), size=512)

    assert isinstance(found[0], TooLargeSituation)
    assert [element.attributes["id"] for element in found] == ["A_1", "A_2"]


def test_the_second_version_of_the_standard_comes_in_another_envelope_and_is_read() -> None:
    document = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>'
        '<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0" modelBaseVersion="2" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<exchange><supplierIdentification><country>de</country></supplierIdentification>"
        '</exchange><payloadPublication xsi:type="SituationPublication" lang="de">'
        "<publicationTime>2026-07-26T10:45:00+02:00</publicationTime>"
        '<situation id="B_1"><situationRecord xsi:type="ConstructionWorks" id="B_1_1">'
        "<source><sourceName><values><value>Straßenbauamt Köln</value></values></sourceName>"
        "</source></situationRecord></situation></payloadPublication></d2LogicalModel>"
    )
    parser = SituationParser()
    found = list(parser.situations([document.encode("latin-1")]))

    assert parser.publication.publication_time == "2026-07-26T10:45:00+02:00"
    assert next(found[0].below("value")).text == "Straßenbauamt Köln"
