"""All plans of the town on one day, from one seed."""

from __future__ import annotations

from datetime import date
from random import Random

from hub.demo import story
from hub.demo.background import plan_rest
from hub.demo.drafting import Drafts
from hub.demo.plans import Plans
from hub.demo.town import build_town


def plan_municipality(*, seed: int, day: date) -> Plans:
    """Return the same plans for the same seed and day, always."""
    random = Random(seed)
    town = build_town(random)
    drafts = Drafts(day, random)
    told = story.tell(town.story_street, drafts)
    rest = plan_rest(town, drafts)
    return Plans(
        town,
        day,
        (*told.sewer, *rest.sewer),
        (*told.heat, *rest.heat),
        (*told.power, *rest.power),
        (told.redesign, *rest.redesigns),
        (told.moratorium, *rest.moratoria),
    )
