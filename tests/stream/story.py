"""A small programme that lives: works along a street, and what happens to them, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from hub.contracts.codec import Codec
from hub.contracts.json_codec import read
from hub.contracts.records import Cause, Record
from hub.model.change import PlanChange, WithdrawnSource
from hub.model.decision import Decision
from hub.model.intervention import Intervention
from hub.model.reference import DigMoratorium, PolicyConfig, ReferenceItem
from hub.model.vocabulary import DecisionKind

TODAY = date(2026, 11, 23)
SYSTEMS = {"sewer": "sewer-plan", "heat": "heat-net", "electricity": "grid", "road": "assets"}
FIRMNESS = ("indicative", "draft", "adopted", "committed")


@dataclass
class Story:
    """Gives plan changes, one after the other, of one programme."""

    seed: int
    partition: int = 0
    works: int = 24

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._codec = Codec(source="/test")
        self._present: dict[str, dict[str, Any]] = {}

    def reference(self) -> list[Record]:
        along = {
            "type": "Polygon",
            "coordinates": [
                [
                    [155000, 463000],
                    [155120, 463000],
                    [155120, 463010],
                    [155000, 463010],
                    [155000, 463000],
                ]
            ],
        }
        items: list[ReferenceItem] = [
            _read(
                DigMoratorium,
                {
                    "id": "m:1",
                    "geometry": along,
                    "start": "2028-01-01",
                    "end": "2031-01-01",
                    "effect": "review",
                },
            ),
            self.policy("1", buffer_m=10),
        ]
        return [self._reference(item) for item in items]

    def policy(self, version: str, *, buffer_m: int) -> PolicyConfig:
        return _read(  # type: ignore[no-any-return]
            PolicyConfig,
            {
                "municipality": "*",
                "version": version,
                "valid_from": "2026-01-01",
                "values": {"buffer_important_m": buffer_m},
            },
        )

    def policy_change(self, version: str, *, buffer_m: int) -> Record:
        return self._reference(self.policy(version, buffer_m=buffer_m))

    def announcements(self) -> list[Record]:
        return [self._announce(number) for number in range(self.works)]

    def changes(self, count: int) -> list[Record]:
        return [self._happen() for _ in range(count)]

    def answer(self, finding: str, *, kind: DecisionKind = DecisionKind.ACKNOWLEDGE) -> Record:
        decision = Decision(
            id=f"{finding.replace('|', '-')}:{kind}",
            kind=kind,
            by="city",
            on=TODAY,
            finding=finding,
        )
        return self._codec.encode_decision(decision, cause=_cause(), partition=self.partition)

    def _announce(self, number: int) -> Record:
        discipline = self._random.choice(tuple(SYSTEMS))
        work = f"{discipline}:{number}"
        self._present[work] = {
            "id": work,
            "source": {"system": SYSTEMS[discipline], "key": str(number), "revision": 1},
            "plan_owner": f"{discipline}-co",
            "discipline": discipline,
            "firmness": self._random.choice(FIRMNESS),
            "window": self._window(),
            "geometry": _strip(155000 + 40 * number, length=100),
            "opens_surface": True,
            "traffic_impact": self._random.choice(("closed", "partial", "none")),
            "shift_room": {"earliest_start": "2028-01", "latest_end": "2033-01"},
        }
        return self._change(work)

    def _happen(self) -> Record:
        work = self._random.choice(sorted(self._present))
        plan = self._present[work]
        plan["source"] = {**plan["source"], "revision": plan["source"]["revision"] + 1}
        what = self._random.random()
        if what < 0.12:
            return self._withdraw(work)
        if what < 0.6:
            plan["window"] = self._window()
        elif what < 0.8:
            plan["firmness"] = self._random.choice(FIRMNESS)
        else:
            beside = int(plan["source"]["key"]) + self._random.randrange(-3, 4)
            plan["geometry"] = _strip(155000 + 40 * max(0, beside), length=100)
        return self._change(work)

    def _window(self) -> dict[str, str]:
        start = self._random.randrange(0, 30)
        end = start + self._random.randrange(2, 9)
        return {"start": _month(start), "end": _month(end)}

    def _change(self, work: str) -> Record:
        change = PlanChange(at=TODAY, intervention=_read(Intervention, self._present[work]))
        return self._plan_change(change)

    def _withdraw(self, work: str) -> Record:
        source = self._present[work]["source"]
        return self._plan_change(
            PlanChange(
                at=TODAY,
                withdraw=work,
                source=WithdrawnSource(source["system"], source["key"], source["revision"]),
                cause="no longer planned",
            )
        )

    def _plan_change(self, change: PlanChange) -> Record:
        return self._codec.encode_plan_change(change, cause=_cause(), partition=self.partition)

    def _reference(self, item: ReferenceItem) -> Record:
        record = self._codec.encode_reference_item(item, cause=_cause(), partition=self.partition)
        return replace(record, partition=self.partition)


def _month(number: int) -> str:
    return f"{2029 + number // 12}-{number % 12 + 1:02d}"


def _strip(x: float, *, length: float) -> dict[str, Any]:
    left, right, low, high = x, x + length, 463000, 463006
    ring = [[left, low], [right, low], [right, high], [left, high], [left, low]]
    return {"type": "Polygon", "coordinates": [ring]}


def _cause() -> Cause:
    return Cause(time=datetime.now(UTC))


def _read(cls: Any, value: dict[str, Any]) -> Any:
    return read(cls, value)
