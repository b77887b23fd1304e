"""Closed lists: the values of the standard that mean something to a plan, and what they mean.

Names and values are those of DATEX II version 3, situation model; version 2 uses the same ones. A
value that stands in no list is not passed on: it is counted under the name of its element.
"""

from __future__ import annotations

from hub.model.vocabulary import Classification, Discipline, Firmness, TrafficImpact, WorkType

WORKS = frozenset({"MaintenanceWorks", "ConstructionWorks"})
EVENTS = frozenset({"PublicEvent"})
MEASURES = frozenset(
    {
        "RoadOrCarriagewayOrLaneManagement",
        "SpeedManagement",
        "ReroutingManagement",
        "GeneralNetworkManagement",
        "GeneralInstructionOrMessageToRoadUsers",
    }
)
"""Record types that say what traffic meets because of a work; none is a work of its own."""
LANE_MEASURE = "RoadOrCarriagewayOrLaneManagement"

FIRMNESS_OF_STATUS = {
    "initial": Firmness.INDICATIVE,
    "readyForAlignment": Firmness.DRAFT,
    "alignmentStarted": Firmness.DRAFT,
    "alignmentFinished": Firmness.ADOPTED,
    "final": Firmness.ADOPTED,
    "readyForPublication": Firmness.COMMITTED,
    "published": Firmness.COMMITTED,
    "running": Firmness.IN_EXECUTION,
    "closed": Firmness.COMPLETED,
}
"""`roadworkStatus` of the NDW extension on the ladder of the hub."""

FIRMNESS_OF_PROBABILITY = {
    "riskOf": Firmness.INDICATIVE,
    "probable": Firmness.ADOPTED,
    "certain": Firmness.COMMITTED,
}
"""`probabilityOfOccurrence`, for records without a status: events, and other profiles. NDW uses
`probable` for what very likely takes place but may still move, `certain` for what surely does."""

FIRMNESS_OF_ACTION = {
    "requested": Firmness.DRAFT,
    "approved": Firmness.ADOPTED,
    "beingImplemented": Firmness.IN_EXECUTION,
    "implemented": Firmness.IN_EXECUTION,
    "beingTerminated": Firmness.IN_EXECUTION,
}
"""`operatorActionStatus`, the last resort: NDW sets `implemented` by the clock when a planned start
passes, so it proves less than a status or a probability."""

VALIDITY_SUSPENDED = "suspended"
VALIDITY_STATUSES = frozenset({"active", "definedByValidityTimeSpec", "planned", "suspended"})

REAL = "real"
INFORMATION_STATUSES = frozenset({"real", "securityExercise", "technicalExercise", "test"})

CLASSIFICATION_OF_CONFIDENTIALITY = {
    "noRestriction": Classification.PUBLIC,
    "internalUse": Classification.RESTRICTED,
    "restrictedToAuthorities": Classification.RESTRICTED,
    "restrictedToAuthoritiesAndTrafficOperators": Classification.RESTRICTED,
    "restrictedToAuthoritiesTrafficOperatorsAndPublishers": Classification.PARTNERS,
    "restrictedToAuthoritiesTrafficOperatorsAndVms": Classification.PARTNERS,
}
MOST_CLOSED = "internalUse"

DISCIPLINE_OF_SUBJECT = {
    "gasMainWork": Discipline.GAS,
    "heatingPipe": Discipline.HEAT,
    "sewer": Discipline.SEWER,
    "waterMain": Discipline.DRINKING_WATER,
    "lock": Discipline.SURFACE_WATER,
    "waterBank": Discipline.SURFACE_WATER,
    "lightingSystem": Discipline.PUBLIC_SPACE,
    "bridge": Discipline.ROAD,
    "crashBarrier": Discipline.ROAD,
    "cycleTrack": Discipline.ROAD,
    "footpath": Discipline.ROAD,
    "gallery": Discipline.ROAD,
    "gantry": Discipline.ROAD,
    "interchange": Discipline.ROAD,
    "junction": Discipline.ROAD,
    "levelCrossing": Discipline.ROAD,
    "measurementEquipment": Discipline.ROAD,
    "noiseProtection": Discipline.ROAD,
    "parking": Discipline.ROAD,
    "road": Discipline.ROAD,
    "roadSigns": Discipline.ROAD,
    "roadsideDrains": Discipline.ROAD,
    "roadsideEmbankment": Discipline.ROAD,
    "roadsideEquipment": Discipline.ROAD,
    "roundabout": Discipline.ROAD,
    "streetParking": Discipline.ROAD,
    "tollGate": Discipline.ROAD,
    "trafficSignals": Discipline.ROAD,
    "tunnel": Discipline.ROAD,
}
"""`subjectTypeOfWorks`. Buried cables and services are not here: they may be any network, so the
known words of the cause decide, or nothing does."""
SUBJECTS_OF_ANY_DISCIPLINE = frozenset(
    {
        "buriedCables",
        "buriedServices",
        "metro",
        "other",
        "publicTransportInfrastructure",
        "publicTransportStop",
    }
)
SUBJECTS = frozenset(DISCIPLINE_OF_SUBJECT) | SUBJECTS_OF_ANY_DISCIPLINE

DISCIPLINE_OF_MAINTENANCE = {
    "grassCuttingWork": Discipline.GREENERY,
    "treeAndVegetationCuttingWork": Discipline.GREENERY,
    "resurfacingWork": Discipline.ROAD,
    "roadMarkingWork": Discipline.ROAD,
    "roadsideWork": Discipline.ROAD,
    "accidentRepairWork": Discipline.ROAD,
    "rockFallPreventativeMaintenance": Discipline.ROAD,
    "saltingInProgress": Discipline.ROAD,
    "snowploughsInUse": Discipline.ROAD,
    "sweepingOfRoad": Discipline.ROAD,
    "litterClearance": Discipline.ROAD,
}
WORK_TYPE_OF_MAINTENANCE = {
    "accidentRepairWork": WorkType.MAINTAIN,
    "clearanceWork": WorkType.MAINTAIN,
    "grassCuttingWork": WorkType.MAINTAIN,
    "installationWork": WorkType.NEW,
    "litterClearance": WorkType.MAINTAIN,
    "maintenanceWork": WorkType.MAINTAIN,
    "repairWork": WorkType.MAINTAIN,
    "resurfacingWork": WorkType.RESURFACE,
    "roadMarkingWork": WorkType.MAINTAIN,
    "rockFallPreventativeMaintenance": WorkType.MAINTAIN,
    "saltingInProgress": WorkType.MAINTAIN,
    "snowploughsInUse": WorkType.MAINTAIN,
    "sweepingOfRoad": WorkType.MAINTAIN,
    "treeAndVegetationCuttingWork": WorkType.MAINTAIN,
}
"""`roadMaintenanceType`. NDW writes `maintenanceWork` for every work on cables and pipes too."""
MAINTENANCE_TYPES = frozenset(WORK_TYPE_OF_MAINTENANCE) | {
    "controlledAvalanche",
    "maintenancePeopleOnRoad",
    "other",
    "overheadWorks",
    "roadsideWork",
    "roadworks",
    "roadworksClearance",
}
KEEPS_SURFACE_CLOSED = frozenset(
    {
        "grassCuttingWork",
        "litterClearance",
        "overheadWorks",
        "roadMarkingWork",
        "saltingInProgress",
        "snowploughsInUse",
        "sweepingOfRoad",
        "treeAndVegetationCuttingWork",
    }
)
"""Maintenance that opens no street surface by its nature; all else leaves it unknown."""

WORK_TYPE_OF_CONSTRUCTION = {
    "blastingWork": WorkType.OTHER,
    "constructionWork": WorkType.NEW,
    "demolitionWork": WorkType.REMOVE,
    "roadImprovementOrUpgrading": WorkType.REDESIGN,
    "roadWideningWork": WorkType.REDESIGN,
}

IMPACT_OF_MANAGEMENT = {
    "carriagewayClosures": TrafficImpact.CLOSED,
    "closedPermanentlyForTheWinter": TrafficImpact.CLOSED,
    "roadClosed": TrafficImpact.CLOSED,
    "contraflow": TrafficImpact.PARTIAL,
    "doNotUseSpecifiedLanesOrCarriageways": TrafficImpact.PARTIAL,
    "hardShoulderRunningNotInOperation": TrafficImpact.PARTIAL,
    "heightRestrictionInOperation": TrafficImpact.PARTIAL,
    "intermittentShortTermClosures": TrafficImpact.PARTIAL,
    "keepToTheLeft": TrafficImpact.PARTIAL,
    "keepToTheRight": TrafficImpact.PARTIAL,
    "laneClosures": TrafficImpact.PARTIAL,
    "lanesDeviated": TrafficImpact.PARTIAL,
    "narrowLanes": TrafficImpact.PARTIAL,
    "newRoadworksLayout": TrafficImpact.PARTIAL,
    "overnightClosures": TrafficImpact.PARTIAL,
    "rollingRoadBlock": TrafficImpact.PARTIAL,
    "singleAlternateLineTraffic": TrafficImpact.PARTIAL,
    "turnAroundInOperation": TrafficImpact.PARTIAL,
    "useSpecifiedLanesOrCarriageways": TrafficImpact.PARTIAL,
    "weightRestrictionInOperation": TrafficImpact.PARTIAL,
}
"""`roadOrCarriagewayOrLaneManagementType` that takes something from traffic."""
OPENINGS = frozenset(
    {
        "carPoolLaneInOperation",
        "clearALaneForEmergencyVehicles",
        "clearALaneForSnowploughsAndGrittingVehicles",
        "hardShoulderRunningInOperation",
        "other",
        "roadCleared",
        "rushHourLaneInOperation",
        "tidalFlowLaneInOperation",
        "useOfSpecifiedLanesOrCarriagewaysAllowed",
        "vehicleStorageInOperation",
    }
)
"""Measures that give room or say nothing. NDW publishes the way kept free for the emergency
services as one of these, so their lines are no place of work."""
MANAGEMENT_TYPES = frozenset(IMPACT_OF_MANAGEMENT) | OPENINGS

NOT_MOTOR_VEHICLES = frozenset({"bicycle", "moped"})
VEHICLES = NOT_MOTOR_VEHICLES | {
    "agriculturalVehicle",
    "anyVehicle",
    "articulatedVehicle",
    "bus",
    "car",
    "carOrLightVehicle",
    "carWithCaravan",
    "carWithTrailer",
    "constructionOrMaintenanceVehicle",
    "heavyGoodsVehicle",
    "lightGoodsVehicle",
    "lorry",
    "motorcycle",
    "other",
    "tram",
    "van",
    "vehicleWithCaravan",
    "vehicleWithTrailer",
}
NOT_FOR_MOTOR_VEHICLES = frozenset({"cycleTrack", "footpath", "pedestrianPath", "sidewalk"})
"""`carriageway` values beside the road; the others are for motor traffic."""
CARRIAGEWAYS = NOT_FOR_MOTOR_VEHICLES | {
    "connectingCarriageway",
    "entrySlipRoad",
    "exitSlipRoad",
    "flyover",
    "leftHandFeederRoad",
    "leftHandParallelCarriageway",
    "mainCarriageway",
    "oppositeCarriageway",
    "parallelCarriageway",
    "rightHandFeederRoad",
    "rightHandParallelCarriageway",
    "roundabout",
    "serviceRoad",
    "slipRoads",
    "underpass",
    "unspecifiedCarriageway",
}

NO_DELAY_BAND = "negligible"
DELAY_BANDS = frozenset(
    {
        NO_DELAY_BAND,
        "upToTenMinutes",
        "betweenTenMinutesAndThirtyMinutes",
        "betweenThirtyMinutesAndOneHour",
        "betweenOneHourAndThreeHours",
        "betweenThreeHoursAndSixHours",
        "longerThanSixHours",
    }
)
NO_HINDRANCE_CLASS = "hindranceClass0"
HINDRANCE_CLASSES = frozenset(f"hindranceClass{number}" for number in range(6))

EVENT_TITLES = {
    "agriculturalShow": "landbouwshow",
    "airShow": "vliegshow",
    "artEvent": "kunstevenement",
    "athleticsMeeting": "atletiek",
    "ballGame": "balsport",
    "beerFestival": "bierfestival",
    "bicycleRace": "wielerronde",
    "bookFair": "boekenbeurs",
    "carnival": "carnaval",
    "commercialEvent": "commercieel evenement",
    "concert": "concert",
    "culturalEvent": "cultureel evenement",
    "exhibition": "tentoonstelling",
    "fair": "kermis",
    "festival": "festival",
    "filmTVMaking": "filmopname",
    "fireworkDisplay": "vuurwerk",
    "footballMatch": "voetbalwedstrijd",
    "funfair": "kermis",
    "garageSale": "garageverkoop",
    "marathon": "marathon",
    "market": "markt",
    "motorSportRaceMeeting": "motorsport",
    "openAirConcert": "openluchtconcert",
    "parade": "optocht",
    "procession": "processie",
    "raceMeeting": "wedstrijd",
    "sportsMeeting": "sportevenement",
    "streetFestival": "straatfestival",
    "winterSportMeeting": "wintersport",
}
"""`publicEventType` with the Dutch word a planner reads; the source's own name of an event is free
text and stays behind."""
EVENT_TYPES = frozenset(EVENT_TITLES) | {"other"}

STATUSES = frozenset(FIRMNESS_OF_STATUS)
PROBABILITIES = frozenset(FIRMNESS_OF_PROBABILITY)
ACTION_STATUSES = frozenset(FIRMNESS_OF_ACTION)
CONFIDENTIALITIES = frozenset(CLASSIFICATION_OF_CONFIDENTIALITY)
CONSTRUCTION_TYPES = frozenset(WORK_TYPE_OF_CONSTRUCTION)
