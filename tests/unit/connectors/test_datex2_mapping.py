"""What a situation of the national feed becomes, field by field."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.model.vocabulary import Classification, Discipline, Firmness, TrafficImpact, WorkType
from tests.support.datex2_feed import (
    event,
    itinerary,
    measure,
    point,
    publication,
    situation,
    work,
)
from tests.unit.connectors.datex2_reading import read_feed, read_one


def test_a_work_gets_identity_version_owner_and_project_from_its_situation(tmp_path: Path) -> None:
    found = read_one(tmp_path, work("A_1_MAN", version="4"))

    assert found.id == "ndw:A_1_MAN"
    assert found.plan_owner == "gemeente-delft"
    assert found.municipality == "GM0503"
    assert found.project_number == "A_1"
    assert found.classification is Classification.PUBLIC
    assert found.source is not None
    assert (found.source.system, found.source.key, found.source.revision) == ("ndw", "A_1_MAN", 4)
    assert found.source.registered_on == date(2026, 5, 1)
    assert found.source.updated_on == date(2026, 7, 1)


def test_a_situation_that_belongs_to_another_carries_the_number_of_that_one(
    tmp_path: Path,
) -> None:
    read = read_feed(
        tmp_path,
        publication(
            situation("A_1", work("A_1_MAN")), situation("A_2", work("A_2_MAN"), related="A_1")
        ),
    )

    assert {found.project_number for found in read.works.values()} == {"A_1"}


def test_measures_are_no_works_of_their_own(tmp_path: Path) -> None:
    read = read_feed(
        tmp_path,
        publication(
            situation(
                "A_1",
                work("A_1_MAN"),
                measure("A_1_RSC"),
                measure("A_1_RSS", kind="SpeedManagement"),
                measure("A_1_DET", kind="ReroutingManagement"),
            ),
            situation("A_2", measure("A_2_RSC")),
        ),
    )

    assert read.keys == ["A_1_MAN"]
    assert read.refusals == []


def test_two_works_in_one_situation_are_two_works_of_one_project(tmp_path: Path) -> None:
    read = read_feed(
        tmp_path,
        publication(situation("A_1", work("A_1_MAN"), work("A_1_CON", kind="ConstructionWorks"))),
    )

    assert read.keys == ["A_1_MAN", "A_1_CON"]
    assert {found.project_number for found in read.works.values()} == {"A_1"}


class TestPlace:
    def test_latitude_comes_first(self, tmp_path: Path) -> None:
        found = read_one(tmp_path, work("A_1_MAN", place=point(52.0012, 4.3571)))

        assert found.geometry is not None
        assert found.geometry.type == "Point"
        x, y = found.geometry.coordinates
        # Delft lies around x 84 km, y 446 km.
        assert (round(x / 1000), round(y / 1000)) == (84, 446)

    def test_the_line_of_a_closure_is_better_than_the_point_of_the_work(
        self, tmp_path: Path
    ) -> None:
        found = read_one(tmp_path, work("A_1_MAN"), measure("A_1_RSC"))

        assert found.geometry is not None
        assert found.geometry.type == "LineString"
        assert len(found.geometry.coordinates) == 3

    def test_the_lines_of_several_closures_are_one_place_and_the_same_line_counts_once(
        self, tmp_path: Path
    ) -> None:
        one, other = "52.001 4.357 52.002 4.358", "52.003 4.357 52.004 4.358"
        found = read_one(
            tmp_path,
            work("A_1_MAN"),
            measure("A_1_RSC_1", lines=(one, other)),
            measure("A_1_RSC_2", lines=(one,)),
        )

        assert found.geometry is not None
        assert found.geometry.type == "MultiLineString"
        assert len(found.geometry.coordinates) == 2

    def test_the_own_line_of_a_work_is_better_than_that_of_a_closure(self, tmp_path: Path) -> None:
        own = itinerary("52.001 4.357 52.002 4.358")
        found = read_one(tmp_path, work("A_1_MAN", place=own), measure("A_1_RSC"))

        assert found.geometry is not None
        assert len(found.geometry.coordinates) == 2

    @pytest.mark.parametrize(
        "other",
        [
            measure("A_1_DET", kind="ReroutingManagement"),
            measure("A_1_RSS", kind="SpeedManagement"),
            measure("A_1_EME", "useOfSpecifiedLanesOrCarriagewaysAllowed"),
        ],
        ids=["diversion", "speed limit", "way for the emergency services"],
    )
    def test_lines_where_the_work_is_not_are_not_its_place(
        self, tmp_path: Path, other: str
    ) -> None:
        found = read_one(tmp_path, work("A_1_MAN"), other)

        assert found.geometry is not None
        assert found.geometry.type == "Point"

    def test_a_height_is_dropped(self, tmp_path: Path) -> None:
        place = itinerary("52.001 4.357 1.5 52.002 4.358 1.6", srs='srsDimension="3"')
        found = read_one(tmp_path, work("A_1_MAN", place=place))

        assert found.geometry is not None
        assert found.geometry.type == "LineString"
        assert len(found.geometry.coordinates) == 2

    def test_a_line_without_length_is_a_point(self, tmp_path: Path) -> None:
        place = itinerary("52.001 4.357 52.001 4.357")
        found = read_one(tmp_path, work("A_1_MAN", place=place))

        assert found.geometry is not None
        assert found.geometry.type == "Point"

    def test_a_work_without_any_position_has_an_unknown_place(self, tmp_path: Path) -> None:
        alert_c = (
            "<sit:locationReference><loc:alertCPoint><loc:alertCLocationCountryCode>8"
            "</loc:alertCLocationCountryCode></loc:alertCPoint></sit:locationReference>"
        )
        assert read_one(tmp_path, work("A_1_MAN", place=alert_c)).geometry is None

    def test_swapped_axes_are_refused_with_the_reason(self, tmp_path: Path) -> None:
        text = publication(situation("A_1", work("A_1_MAN", place=point(4.3571, 52.0012))))
        read = read_feed(tmp_path, text)

        assert read.works == {}
        assert len(read.refusals) == 1
        assert "situation A_1 record A_1_MAN locationReference" in read.refusals[0]
        assert "far away" in read.refusals[0] or "swapped" in read.refusals[0]

    def test_a_broken_closure_leaves_the_work_its_own_place(self, tmp_path: Path) -> None:
        found = read_one(tmp_path, work("A_1_MAN"), measure("A_1_RSC", lines=("52.0 4.3 52.1",)))

        assert found.geometry is not None
        assert found.geometry.type == "Point"
        assert found.traffic_impact is TrafficImpact.CLOSED

    def test_a_surface_is_read_with_its_hole(self, tmp_path: Path) -> None:
        outer = "52.000 4.350 52.000 4.360 52.010 4.360 52.010 4.350 52.000 4.350"
        inner = "52.004 4.354 52.004 4.356 52.006 4.356 52.006 4.354 52.004 4.354"
        place = (
            "<sit:locationReference><loc:gmlMultiPolygon><loc:gmlPolygon><loc:exterior>"
            f"<loc:posList>{outer}</loc:posList></loc:exterior><loc:interior>"
            f"<loc:posList>{inner}</loc:posList></loc:interior></loc:gmlPolygon>"
            "</loc:gmlMultiPolygon></sit:locationReference>"
        )
        found = read_one(tmp_path, work("A_1_MAN", place=place), measure("A_1_RSC"))

        assert found.geometry is not None
        assert found.geometry.type == "Polygon"
        assert len(found.geometry.coordinates) == 2


class TestFirmness:
    @pytest.mark.parametrize(
        ("status", "firmness"),
        [
            ("initial", Firmness.INDICATIVE),
            ("readyForAlignment", Firmness.DRAFT),
            ("alignmentStarted", Firmness.DRAFT),
            ("alignmentFinished", Firmness.ADOPTED),
            ("final", Firmness.ADOPTED),
            ("readyForPublication", Firmness.COMMITTED),
            ("published", Firmness.COMMITTED),
            ("running", Firmness.IN_EXECUTION),
            ("closed", Firmness.COMPLETED),
        ],
    )
    def test_the_planning_status_decides(
        self, tmp_path: Path, status: str, firmness: Firmness
    ) -> None:
        assert read_one(tmp_path, work("A_1_MAN", status=status)).firmness is firmness

    @pytest.mark.parametrize(
        ("probability", "firmness"),
        [
            ("riskOf", Firmness.INDICATIVE),
            ("probable", Firmness.ADOPTED),
            ("certain", Firmness.COMMITTED),
        ],
    )
    def test_without_a_status_the_probability_does(
        self, tmp_path: Path, probability: str, firmness: Firmness
    ) -> None:
        found = read_one(tmp_path, work("A_1_MAN", status=None, probability=probability))
        assert found.firmness is firmness

    def test_without_both_the_action_status_does(self, tmp_path: Path) -> None:
        found = read_one(tmp_path, work("A_1_MAN", status=None, probability=None))
        assert found.firmness is Firmness.ADOPTED

    def test_an_unknown_status_falls_back_and_is_counted_not_kept(self, tmp_path: Path) -> None:
        found = read_one(tmp_path, work("A_1_MAN", status="halfway", probability="certain"))
        assert found.firmness is Firmness.COMMITTED


class TestDiscipline:
    @pytest.mark.parametrize(
        ("cause", "subject", "discipline", "work_type"),
        [
            ("Kabels / Leidingen, , Warmtenet 7.1 b.", "other", Discipline.HEAT, "maintain"),
            ("Kabels / Leidingen, , vervanging gas- en waterleiding", "other", "gas", "maintain"),
            ("Kabels / Leidingen, , SPOED waterleiding", "other", "drinking_water", "maintain"),
            ("Kabels / Leidingen, , glasvezelaansluiting", "other", "telecom", "maintain"),
            ("Kabels / Leidingen, , Vervanging LS kabel", "other", "electricity", "maintain"),
            ("Kabels / Leidingen, , Plaatsen van een laadpaal", "other", "electricity", "new"),
            ("Kabels / Leidingen, , Fase 3", "other", "other", "maintain"),
            ("Kabels / Leidingen, , Fase 3", "gasMainWork", "gas", "maintain"),
            ("Kabels / Leidingen, , Fase 3", "buriedCables", "other", "maintain"),
            ("Rioleringswerkzaamheden, , relinen en riool werk", "other", "sewer", "renovate"),
            ("Herinrichting / onderhoud van, Weg, opnieuw bestraten", "road", "road", "resurface"),
            ("Herinrichting / onderhoud van, Brug, Onderhoud brug", "other", "road", "maintain"),
            ("Aanleg van, Weg, Definitieve inrichting", "road", "road", "new"),
            ("Overig, , bagger werkzaamheden", "other", "surface_water", "maintain"),
            ("Overig, , water op de weg", "other", "other", "maintain"),
            ("Kappen / Snoeien, , Snoeiwerkzaamheden", "other", "greenery", "maintain"),
            ("iets heel anders", "other", "other", "maintain"),
        ],
    )
    def test_typed_fields_and_known_words_decide(
        self, tmp_path: Path, cause: str, subject: str, discipline: str, work_type: str
    ) -> None:
        found = read_one(tmp_path, work("A_1_MAN", cause=cause, subject=subject))

        assert found.discipline == discipline
        assert found.work_type == work_type

    def test_an_unknown_kind_of_work_is_other(self, tmp_path: Path) -> None:
        found = read_one(
            tmp_path, work("A_1_MAN", cause="Overig, , verhuizing", maintenance="other")
        )
        assert found.discipline is Discipline.OTHER
        assert found.work_type is WorkType.OTHER

    def test_repaving_renews_the_surface_and_cutting_trees_opens_none(self, tmp_path: Path) -> None:
        repaved = read_one(tmp_path, work("A_1_MAN", cause="Overig, , straat te herstraten"))
        trimmed = read_one(tmp_path, work("A_1_MAN", maintenance="treeAndVegetationCuttingWork"))

        assert repaved.renews_surface is True
        assert repaved.surface_type == "paving"
        assert repaved.opens_surface is None
        assert trimmed.opens_surface is False
        assert trimmed.discipline is Discipline.GREENERY

    def test_the_title_is_made_of_known_words_only(self, tmp_path: Path) -> None:
        found = read_one(
            tmp_path, work("A_1_MAN", cause="Kabels / Leidingen, , gas en water bij Jansen")
        )
        assert found.title == "Kabels / Leidingen: gas, drinkwater"


class TestTrafficImpact:
    @pytest.mark.parametrize(
        ("measures", "impact"),
        [
            ([measure("A_1_RSC")], TrafficImpact.CLOSED),
            ([measure("A_1_RSC", "laneClosures")], TrafficImpact.PARTIAL),
            ([measure("A_1_RSC", vehicles=("bicycle",))], TrafficImpact.NONE),
            ([measure("A_1_RSC", vehicles=("bicycle", "bus"))], TrafficImpact.CLOSED),
            ([measure("A_1_RSC", carriageway="cycleTrack")], TrafficImpact.NONE),
            (
                [measure("A_1_RSC_1", "narrowLanes"), measure("A_1_RSC_2", "roadClosed")],
                TrafficImpact.CLOSED,
            ),
            ([measure("A_1_EME", "useOfSpecifiedLanesOrCarriagewaysAllowed")], None),
            ([], None),
        ],
    )
    def test_the_gravest_lane_record_counts_for_motor_traffic(
        self, tmp_path: Path, measures: list[str], impact: TrafficImpact | None
    ) -> None:
        assert read_one(tmp_path, work("A_1_MAN"), *measures).traffic_impact is impact

    def test_no_expected_delay_and_no_measure_is_no_hindrance(self, tmp_path: Path) -> None:
        found = read_one(tmp_path, work("A_1_MAN", hindrance="hindranceClass0"))
        assert found.traffic_impact is TrafficImpact.NONE


class TestOwner:
    @pytest.mark.parametrize(
        ("name", "owner", "municipality"),
        [
            ("Gemeente Delft", "gemeente-delft", "GM0503"),
            ("gemeente  delft", "gemeente-delft", "GM0503"),
            ("Gemeente Den Haag", "gemeente-s-gravenhage", "GM0518"),
            ("Gemeente 's-Gravenhage", "gemeente-s-gravenhage", "GM0518"),
            ("Gemeente Súdwest-Fryslân", "gemeente-sudwest-fryslan", "GM1900"),
            ("Gemeente Bergen (NH.)", "gemeente-bergen-nh", "GM0373"),
            ("Gemeente Bergen", None, None),
            ("Provincie Zuid-Holland", "provincie-zuid-holland", None),
            ("RWS WNZ District Noord", "rijkswaterstaat", None),
            ("Hoogheemraadschap van Delfland", "waterschap-delfland", None),
            ("Gemeente Nergenshuizen", None, None),
            ("J. Jansen, 06-12345678", None, None),
        ],
    )
    def test_only_known_names_become_owners(
        self, tmp_path: Path, name: str, owner: str | None, municipality: str | None
    ) -> None:
        found = read_one(tmp_path, work("A_1_MAN", owner=name))

        assert found.plan_owner == owner
        assert found.municipality == municipality

    def test_a_setting_gives_an_organisation_its_own_id_and_keeps_the_municipality(
        self, tmp_path: Path
    ) -> None:
        own = {"Gemeente Delft": "delft", "Havenbedrijf": "harbour"}
        named = read_one(tmp_path, work("A_1_MAN"), owners=own)
        added = read_one(tmp_path, work("A_1_MAN", owner="havenbedrijf"), owners=own)

        assert (named.plan_owner, named.municipality) == ("delft", "GM0503")
        assert (added.plan_owner, added.municipality) == ("harbour", None)


class TestClassification:
    @pytest.mark.parametrize(
        ("confidentiality", "classification"),
        [
            ("noRestriction", Classification.PUBLIC),
            ("restrictedToAuthorities", Classification.RESTRICTED),
            ("restrictedToAuthoritiesTrafficOperatorsAndPublishers", Classification.PARTNERS),
            ("somethingNew", Classification.RESTRICTED),
            ("", Classification.PARTNERS),
        ],
    )
    def test_what_is_not_known_to_be_open_is_closed(
        self, tmp_path: Path, confidentiality: str, classification: Classification
    ) -> None:
        text = publication(
            situation("A_1", work("A_1_MAN"), confidentiality=confidentiality),
        )
        read = read_feed(tmp_path, text, default_classification="partners")
        assert read.works["ndw:A_1_MAN"].classification is classification


class TestEvents:
    def test_an_event_is_a_work_of_discipline_other_that_opens_nothing(
        self, tmp_path: Path
    ) -> None:
        found = read_one(tmp_path, event("A_1_EVE"), measure("A_1_RSC"))

        assert found.id == "ndw:A_1_EVE"
        assert found.discipline is Discipline.OTHER
        assert found.work_type is WorkType.OTHER
        assert found.opens_surface is False
        assert found.traffic_impact is TrafficImpact.CLOSED
        assert found.firmness is Firmness.ADOPTED
        assert found.title == "Evenement: festival"

    def test_events_can_be_left_out(self, tmp_path: Path) -> None:
        text = publication(situation("A_1", event("A_1_EVE")), situation("A_2", work("A_2_MAN")))
        assert read_feed(tmp_path, text, events=False).keys == ["A_2_MAN"]


def test_the_revision_is_the_highest_version_of_all_that_was_used(tmp_path: Path) -> None:
    found = read_one(
        tmp_path,
        work("A_1_MAN", version="3"),
        measure("A_1_RSC", version="5"),
        measure("A_1_DET", kind="ReroutingManagement", version="9"),
    )
    assert found.source is not None
    assert found.source.revision == 5


def test_an_exercise_is_refused(tmp_path: Path) -> None:
    text = publication(situation("A_1", work("A_1_MAN"), information="technicalExercise"))
    read = read_feed(tmp_path, text)

    assert read.works == {}
    assert len(read.refusals) == 1
    assert "an exercise or a test" in read.refusals[0]


def test_all_that_is_wrong_with_a_record_is_told_at_once_and_the_next_one_is_read(
    tmp_path: Path,
) -> None:
    broken = work("A_1_MAN", start="next week", end="2026-02-30T10:00:00Z", place=point("x", "y"))
    text = publication(situation("A_1", broken), situation("A_2", work("A_2_MAN")))
    read = read_feed(tmp_path, text)

    assert read.keys == ["A_2_MAN"]
    assert [item.split(": came")[0] for item in read.refusals] == [
        "feed.xml: situation A_1 record A_1_MAN validityTimeSpecification overallStartTime",
        "feed.xml: situation A_1 record A_1_MAN validityTimeSpecification overallEndTime",
        "feed.xml: situation A_1 record A_1_MAN validityTimeSpecification startOfPeriod",
        "feed.xml: situation A_1 record A_1_MAN validityTimeSpecification endOfPeriod",
        "feed.xml: situation A_1 record A_1_MAN locationReference",
    ]
    assert not any("next week" in item for item in read.refusals)


def test_a_situation_or_record_without_an_id_is_refused_and_named_by_what_holds_it(
    tmp_path: Path,
) -> None:
    text = publication(
        situation("", work("A_1_MAN")),
        situation("A_2", work("no id at all")),
        situation("A_3", work("A_3_MAN")),
    )
    read = read_feed(tmp_path, text)

    assert read.keys == ["A_3_MAN"]
    assert len(read.refusals) == 2
    assert "situation A_2: situationRecord" in read.refusals[1]


def test_a_record_that_comes_twice_is_used_once(tmp_path: Path) -> None:
    text = publication(situation("A_1", work("A_1_MAN")), situation("A_1", work("A_1_MAN")))
    read = read_feed(tmp_path, text)

    assert read.keys == ["A_1_MAN"]
    assert len(read.refusals) == 1
    assert "a second time" in read.refusals[0]
